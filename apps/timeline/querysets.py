"""How the memory is asked."""

from django.db import models


class ActivityQuerySet(models.QuerySet):
    """Activity rows, oldest first within a subject."""

    def about(self, kind: str, subject_id: int) -> "ActivityQuerySet":
        return self.filter(kind=kind, subject_id=subject_id).in_order()

    def in_order(self) -> "ActivityQuerySet":
        return self.order_by("at", "id")

    def latest_first(self) -> "ActivityQuerySet":
        return self.order_by("-at", "-id")

    def with_people(self) -> "ActivityQuerySet":
        return self.select_related("actor")
