"""How saved views and habits are asked for."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from apps.accounts.models import User


class ViewQuerySet(models.QuerySet):
    """Saved views."""

    def visible_to(self, person: User) -> "ViewQuerySet":
        """One's own, one's teams', and everybody's; who shares views sees every shared one."""
        shared = Q(owner=None)
        if not person.may("views.share"):
            shared &= Q(team=None) | Q(team__in=person.teams.values("pk"))
        return self.filter(Q(owner=person) | shared, deleted_at=None)

    def with_people(self) -> "ViewQuerySet":
        return self.select_related("owner", "team", "made_by")


class HabitQuerySet(models.QuerySet):
    """What people like."""

    def columns_of(self, person: User, view: int | None) -> list[str]:
        """The columns somebody chose for a list; none for the usual ones."""
        return self.filter(person=person, view=view).values_list("columns", flat=True).first() or []

    def choose_columns(self, person: User, view: models.Model | None, columns: list[str]) -> None:
        self.update_or_create(person=person, view=view, defaults={"columns": columns})

    def to_count(self, *, slow: int, before: datetime) -> "HabitQuerySet":
        """Pinned views that the rail does not count by itself, the longest uncounted first."""
        due = Q(took=None) | (Q(took__gte=slow) & Q(counted_at__lt=before))
        found = self.filter(due, pinned=True, view__deleted_at=None)
        return found.order_by(F("counted_at").asc(nulls_first=True), "pk")
