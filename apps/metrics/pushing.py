"""Samples a program sends: booked like any other delivery."""

from datetime import datetime
from typing import Any

from apps.accounts.models import User
from apps.timeline.refusal import Refused

from .booking import Busy, book
from .choices import Origin, SourceKind
from .importers import push
from .models import ImportRun, Metric


def take(metric: Metric, points: list[Any], *, by: User | None, at: datetime) -> ImportRun:
    """Write the good points; the bad ones are rejected by their place."""
    if metric.form.is_histogram:
        raise Refused("Histograms cannot be pushed; their buckets are read from a source.")
    if len(points) > push.MOST_POINTS:
        raise Refused(f"{len(points):,} points; {push.MOST_POINTS:,} are taken at once.")
    source = metric.sources.filter(sort=SourceKind.PUSH, enabled=True).first()
    try:
        return book(
            {metric: push.read(points)},
            origin=Origin.PUSH,
            started_at=at,
            at=at,
            source=source,
            by=by if source is None else None,  # a source's own pushes are not told one by one
        )
    except Busy:
        raise Refused("Another delivery is being written: send it again.", code="busy") from None
