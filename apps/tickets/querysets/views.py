"""How saved views and habits are asked for."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from apps.accounts.models import Team, User


class ViewQuerySet(models.QuerySet):
    """Saved views."""

    def visible_to(self, person: User) -> "ViewQuerySet":
        """One's own, one's teams', and everybody's; who shares views sees every shared one."""
        return self.visible(person.pk, shares=person.may("views.share"))

    def visible(self, person: Any, *, shares: bool) -> "ViewQuerySet":
        """The same by the number of a person, and whether they share views."""
        shared = Q(owner=None)
        if not shares:
            teams = Team.objects.filter(members=person)
            shared &= Q(team=None) | Q(team__in=teams.values("pk"))
        return self.filter(Q(owner=person) | shared, deleted_at=None)

    def in_order(self) -> "ViewQuerySet":
        return self.order_by("owner", "position", "name")

    def with_people(self) -> "ViewQuerySet":
        return self.select_related("owner", "team", "made_by")


class HabitQuerySet(models.QuerySet):
    """What people like."""

    def columns_of(self, person: User, view: int | None) -> list[str]:
        """The columns somebody chose for a list; none for the usual ones."""
        chosen = self.on(person.pk, view or 0)
        return chosen.values_list("columns", flat=True).first() or []

    def on(self, person: Any, view: Any) -> "HabitQuerySet":
        """How a person likes the lists of this view; 0 for every list that is of none."""
        return self.alias(_view=Coalesce("view_id", 0)).filter(person=person, _view=view)

    def choose_columns(self, person: User, view: models.Model | None, columns: list[str]) -> None:
        self.update_or_create(person=person, view=view, defaults={"columns": columns})

    def to_count(self, *, slow: int, before: datetime) -> "HabitQuerySet":
        """Pinned views that the rail does not count by itself, the longest uncounted first."""
        due = Q(took=None) | (Q(took__gte=slow) & Q(counted_at__lt=before))
        found = self.filter(due, pinned=True, view__deleted_at=None)
        return found.order_by(F("counted_at").asc(nulls_first=True), "pk")
