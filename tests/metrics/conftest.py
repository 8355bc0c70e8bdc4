"""What the tests of metrics share."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from apps.metrics.booking import book
from apps.metrics.choices import Origin
from apps.metrics.importers.records import Batch, HistogramTrack, settle
from apps.metrics.models import ImportRun, Metric, Sample, Source

NOON = 1_795_435_200  # 2026-11-23 12:00 UTC, a whole hour
AT = datetime(2026, 11, 23, 15, tzinfo=UTC)
_next = count(1)


def instant(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def metric(key: str = "", **fields: Any) -> Metric:
    return Metric.objects.create(
        key=key or f"metric{next(_next)}", **{"title": "A metric", **fields}
    )


def source(of: Metric, **fields: Any) -> Source:
    usual = {"name": f"source-{next(_next)}", "sort": "prometheus"}
    return Source.objects.create(metric=of, **(usual | fields))


def batch(*points: tuple[float, Any], labels: dict[str, str] | None = None) -> Batch:
    """Points (seconds after noon, value); None is missing, "nan" is not a number."""
    words = {"nan": (None, 1), "inf": (None, 2), None: (None, 4)}
    rows = [
        (NOON + at, *words.get(value, (value, 0)), None, row)
        for row, (at, value) in enumerate(points)
    ]
    track, repeated = settle(labels or {}, rows)
    return Batch(tracks=[track], received=len(points), repeated=repeated)


def histograms(
    *points: tuple[float, list[float]], bounds: tuple[float, ...] = (0.1, 0.2), **labels: str
) -> Batch:
    track = HistogramTrack(
        labels,
        bounds,
        [NOON + at for at, _ in points],
        [counts for _, counts in points],
        [float(sum(counts)) for _, counts in points],
    )
    return Batch(histograms=[track], received=len(points))


def take(of: Metric, what: Batch, **options: Any) -> ImportRun:
    options = {"origin": Origin.COMMAND, "started_at": AT, "at": AT} | options
    return book({of: what}, **options)


def samples(of: Metric) -> list[tuple[float, float | None, int]]:
    """(seconds after noon, value, state) in order."""
    found = Sample.objects.filter(series__metric=of).order_by("series_id", "ts")
    return [
        (at.timestamp() - NOON, value, state)
        for at, value, state in found.values_list("ts", "value", "state")
    ]


@pytest.fixture
def load(db) -> Metric:
    """A gauge without samples."""
    return metric("load", unit="ratio")


@pytest.fixture
def hits(db) -> Metric:
    """A counter without samples."""
    return metric("hits", shape="counter", joined="sum")
