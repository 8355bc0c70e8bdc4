"""Reports that were measured before anybody opened them."""

from datetime import datetime
from typing import Any

from django.db import models

from apps.figures.figure import Window


class ReadyQuerySet(models.QuerySet):
    """Prepared reports."""

    def of(self, place: str, window: Window) -> "ReadyQuerySet":
        return self.filter(place=place, start=window.start, end=window.end)

    def keep(self, place: str, window: Window, figures: list[dict[str, Any]], at: datetime) -> None:
        """Write it, over the one there is."""
        self.update_or_create(
            place=place, start=window.start, end=window.end, defaults={"figures": figures, "at": at}
        )


class Ready(models.Model):
    """All figures of one period by the midnights of one zone, nothing filtered, as of `at`."""

    place = models.CharField(max_length=64)
    start = models.DateTimeField()
    end = models.DateTimeField()
    at = models.DateTimeField()
    figures = models.JSONField()

    objects = ReadyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "ready"
        constraints = [models.UniqueConstraint(fields=["place", "start", "end"], name="ready_once")]

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%d} to {self.end:%Y-%m-%d}, {self.place}"
