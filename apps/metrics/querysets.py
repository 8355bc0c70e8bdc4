"""How numbers from elsewhere are asked for."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q

from .choices import SourceKind


class MetricQuerySet(models.QuerySet):
    """What we measure."""

    def with_people(self) -> "MetricQuerySet":
        return self.select_related("owner", "component")

    def as_role(self, role: str, *, own: bool = False) -> "MetricQuerySet":
        """Those the scorecard reads as this."""
        return self.filter(role=role, own=own)

    def search(self, words: str) -> "MetricQuerySet":
        return self.filter(Q(key__icontains=words) | Q(title__icontains=words))


class SourceQuerySet(models.QuerySet):
    """Where samples come from."""

    def with_metric(self) -> "SourceQuerySet":
        return self.select_related("metric", "metric__owner")

    def polled(self) -> "SourceQuerySet":
        return self.filter(enabled=True).exclude(sort=SourceKind.PUSH)

    def due(self, at: datetime) -> "SourceQuerySet":
        """Those to be asked; one that never was is due at once."""
        return self.polled().filter(Q(next_at__isnull=True) | Q(next_at__lte=at))


class ImportRunQuerySet(models.QuerySet):
    """Deliveries of samples."""

    def standing(self, sha256: str) -> Any:
        """The run that took this very file and was not undone."""
        return self.filter(sha256=sha256, undone_at__isnull=True).first()

    def without_effect_before(self, instant: datetime) -> "ImportRunQuerySet":
        """Old runs that wrote nothing: nobody needs them to undo or to explain."""
        return self.filter(
            finished_at__lt=instant, inserted=0, changed=0, withdrawn=0, rejected=0, sha256=""
        )


class MarkerQuerySet(models.QuerySet):
    """What happened beside the numbers."""

    def touching(self, start: datetime, end: datetime) -> "MarkerQuerySet":
        return self.filter(Q(ends_at__gte=start) | Q(starts_at__gte=start), starts_at__lt=end)

    def about(self, component_id: int | None) -> "MarkerQuerySet":
        """Those of a component and those of none, which touch everything."""
        return self.filter(Q(component_id=component_id) | Q(component_id__isnull=True))
