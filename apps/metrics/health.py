"""How well the numbers come in: each source at one look, and what waits."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, Sum

from . import partitions
from .models import DirtyBucket, Source
from .rules.freshness import Freshness


@dataclass(frozen=True)
class Health:
    """One source: its freshness, and what its runs of the last day did."""

    source: Source
    freshness: Freshness
    lag: float | None  # seconds since its last sample
    rows: int
    corrections: int
    rejected: int

    @property
    def word(self) -> str:
        """What the badge says: switched off is neither fresh nor stale."""
        return self.freshness.value if self.source.enabled else "off"


def of_sources(at: datetime) -> list[Health]:
    """Every source, those in trouble first."""
    day = Q(runs__started_at__gte=at - timedelta(days=1))
    sources = Source.objects.with_metric().annotate(
        rows=Sum("runs__inserted", filter=day),
        corrections=Sum("runs__changed", filter=day),
        refused=Sum("runs__rejected", filter=day),
    )
    found = [
        Health(
            source,
            source.freshness(at),
            (at - source.watermark).total_seconds() if source.watermark else None,
            source.rows or 0,
            source.corrections or 0,
            source.refused or 0,
        )
        for source in sources
    ]
    order = {Freshness.STALE: 0, Freshness.UNKNOWN: 1, Freshness.FRESH: 2}
    return sorted(
        found, key=lambda one: (not one.source.enabled, order[one.freshness], one.source.name)
    )


@dataclass(frozen=True)
class Waiting:
    """What has not been computed, and what landed outside every month."""

    buckets: int
    stray: int


def waiting() -> Waiting:
    return Waiting(DirtyBucket.objects.all()[:10_001].count(), partitions.stray())
