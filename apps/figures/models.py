"""Figures that were frozen: snapshots under one id, and every day's history."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models, transaction

from .figure import Figure
from .querysets import FigureDayQuerySet
from .registry import compute


class Snapshot(models.Model):
    """A set of figures as they stood at one instant; nothing changes it afterwards."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=120, blank=True)
    taken_at = models.DateTimeField()
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        ordering = ["-taken_at"]
        indexes = [models.Index(fields=["-taken_at"], name="snapshot_latest")]
        triggers = [pgtrigger.Protect(name="frozen", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return self.title or f"Figures of {self.taken_at:%d %b %Y %H:%M} UTC"

    def get_absolute_url(self) -> str:
        return f"/figures/snapshots/{self.pk}/"

    @classmethod
    def take(
        cls, keys: Iterable[str], *, by: Any = None, at: datetime, title: str = ""
    ) -> "Snapshot":
        """Compute these figures now and keep them as they are."""
        return cls.hold([compute(key, at=at) for key in keys], by=by, at=at, title=title)

    @classmethod
    @transaction.atomic
    def hold(
        cls, figures: Iterable[Figure], *, by: Any = None, at: datetime, title: str = ""
    ) -> "Snapshot":
        """Keep figures that were computed already, such as those of a report."""
        snapshot = cls.objects.create(taken_at=at, taken_by=by, title=title)
        SnapshotFigure.objects.bulk_create(
            SnapshotFigure(
                snapshot=snapshot, position=position, key=figure.key, frozen=figure.as_dict()
            )
            for position, figure in enumerate(figures)
        )
        return snapshot

    @property
    def figures(self) -> list[Figure]:
        """In the order they were asked for."""
        return [row.figure for row in self.rows.all()]


class SnapshotFigure(models.Model):
    """One frozen figure of a snapshot."""

    snapshot = models.ForeignKey(Snapshot, models.CASCADE, related_name="rows")
    position = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=100)
    frozen = models.JSONField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "position"], name="snapshot_position")
        ]
        triggers = [pgtrigger.Protect(name="frozen", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return self.key

    @property
    def figure(self) -> Figure:
        return Figure.from_dict(self.frozen)


class FigureDay(models.Model):
    """A figure as it stood at the end of one day, in UTC; a re-run corrects the day it names."""

    key = models.CharField(max_length=100)
    day = models.DateField()
    frozen = models.JSONField()
    kept_at = models.DateTimeField()

    objects = FigureDayQuerySet.as_manager()

    class Meta:
        ordering = ["key", "day"]
        constraints = [models.UniqueConstraint(fields=["key", "day"], name="figure_day")]

    def __str__(self) -> str:
        return f"{self.key} on {self.day}"

    @property
    def figure(self) -> Figure:
        return Figure.from_dict(self.frozen)
