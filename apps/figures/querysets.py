"""How the history of figures is asked."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db import models


class FigureDayQuerySet(models.QuerySet[Any]):
    """Days of history, oldest first within a key."""

    def of(self, keys: Iterable[str]) -> "FigureDayQuerySet":
        return self.filter(key__in=list(keys))

    def weeks(self, count: int, *, until: date) -> "FigureDayQuerySet":
        """The days of the last `count` weeks."""
        return self.filter(day__gt=until - timedelta(weeks=count), day__lte=until)

    def keep(self, days: Iterable[Any]) -> None:
        """Write these days, correcting those already there."""
        self.bulk_create(
            list(days),
            update_conflicts=True,
            unique_fields=["key", "day"],
            update_fields=["frozen", "kept_at"],
        )
