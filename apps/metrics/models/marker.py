"""Marker: what happened beside the numbers."""

from django.db import models

from apps.timeline.models import Tracked

from ..choices import MarkerKind
from ..querysets import MarkerQuerySet


class Marker(Tracked):
    """A deploy, incident, maintenance, release or note, drawn on every chart it touches."""

    kind = "marker"

    sort = models.CharField(max_length=20, choices=MarkerKind, default=MarkerKind.NOTE)
    title = models.CharField(max_length=200)
    url = models.CharField(max_length=300, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    component = models.ForeignKey(
        "catalog.Component", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    source_key = models.CharField(max_length=200, null=True, blank=True, unique=True)

    objects = MarkerQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at"]
        indexes = [models.Index(fields=["starts_at"], name="marker_time")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__isnull=True)
                | models.Q(ends_at__gte=models.F("starts_at")),
                name="marker_ends_after_it_starts",
            )
        ]

    def __str__(self) -> str:
        return self.title
