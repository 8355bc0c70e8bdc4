"""How actions and decisions are asked for."""

from datetime import date

from django.db import models

from .choices import State


class ActionQuerySet(models.QuerySet):
    """Actions, the earliest due first."""

    def open(self) -> "ActionQuerySet":
        return self.filter(state=State.OPEN)

    def overdue(self, *, today: date) -> "ActionQuerySet":
        return self.open().filter(due__lt=today)

    def owned_by(self, person) -> "ActionQuerySet":
        return self.filter(owner=person)

    def from_origin(self, kind: str, origin_id: int) -> "ActionQuerySet":
        return self.filter(origin_kind=kind, origin_id=origin_id)

    def by_due(self) -> "ActionQuerySet":
        return self.order_by("due", "pk")

    def with_people(self) -> "ActionQuerySet":
        return self.select_related("owner")


class DecisionQuerySet(models.QuerySet):
    """Decisions, the newest question first."""

    def wanted(self) -> "DecisionQuerySet":
        return self.filter(decided_at=None)

    def to_review(self, *, today: date) -> "DecisionQuerySet":
        """Decided, and due to be looked at again."""
        return self.filter(decided_at__isnull=False, review_on__lte=today)

    def with_people(self) -> "DecisionQuerySet":
        return self.select_related("asked_by", "decided_by")
