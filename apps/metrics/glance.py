"""Many metrics at one look: value, state, age, and the last day in hours; three queries in all."""

# ruff: noqa: S608  (the names put into statements are our own tables and columns)

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from apps.figures.figure import Reading
from apps.figures.rules import Better, State

from .choices import Joined, MetricKind
from .models import Metric
from .rules.freshness import Freshness, freshness
from .rules.histograms import merge, quantile
from .stores import joined_as

HOURS = 24


@dataclass
class Glance:
    """A metric as a list shows it."""

    metric: Metric
    reading: Reading
    freshness: Freshness
    last: datetime | None
    series: int = 0
    hours: list[float | None] = field(default_factory=list)  # oldest first


def glances(metrics: Sequence[Metric], *, at: datetime) -> dict[int, Glance]:
    """By the metrics' ids."""
    ids = [metric.pk for metric in metrics]
    news = _news(ids)
    start = at.replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS)
    worth = _hours(metrics, start)
    found = {}
    for metric in metrics:
        last, count, joined = news.get(metric.pk, (None, 0, {}))
        places = [start + timedelta(hours=hour) for hour in range(HOURS + 1)]
        hours = [worth.get((metric.pk, place)) for place in places]
        age = freshness(last.timestamp() if last else None, at.timestamp(), metric.freshness)
        value = _value(metric, joined, hours)
        found[metric.pk] = Glance(
            metric, _reading(metric, value, age, last), age, last, count, hours[:HOURS]
        )
    return found


def _value(metric: Metric, joined: dict[str, float], hours: list[float | None]) -> float | None:
    if metric.form in (MetricKind.GAUGE, MetricKind.RATIO, MetricKind.QUANTILE):
        return joined.get(joined_as(metric))
    return hours[HOURS - 1]  # the last full hour; the current one is still growing


def _reading(metric: Metric, value: float | None, age: Freshness, last: datetime | None) -> Reading:
    words = {
        "title": metric.title,
        "unit": metric.unit or "count",
        "target": metric.target,
        "better": Better(metric.better) if metric.better else None,
        "as_of": last,
    }
    if age is Freshness.UNKNOWN:
        return Reading.missing(State.NO_DATA, "No sample has come yet.", **words)
    if age is Freshness.STALE:
        return Reading(value=value, state=State.STALE, **words)
    if not metric.better:
        words["target"] = None  # which side is good is not said
    return Reading(value=value, **words)


def _news(ids: list[int]) -> dict[int, tuple[datetime | None, int, dict[str, float]]]:
    """(last good sample, series, last values joined in every way) of each metric.

    Series that fell silent long before the others take no part.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT m.id, max(s.last_good_ts), count(s.id),
                sum(x.value), avg(x.value), max(x.value), min(x.value)
            FROM metrics_metric m
            LEFT JOIN metrics_series s ON s.metric_id = m.id
            LEFT JOIN LATERAL (
                SELECT max(other.last_good_ts) AS last_good_ts FROM metrics_series other
                WHERE other.metric_id = m.id
            ) newest ON true
            LEFT JOIN LATERAL (
                SELECT p.value FROM metrics_sample p
                WHERE p.series_id = s.id AND p.retention = s.retention AND p.ts = s.last_good_ts
                  AND s.last_good_ts >= newest.last_good_ts - make_interval(secs => m.freshness)
            ) x ON true
            WHERE m.id = ANY(%s) GROUP BY m.id
            """,
            [ids],
        )
        ways = (Joined.SUM, Joined.MEAN, Joined.MAX, Joined.MIN)
        return {
            pk: (last, count, dict(zip(ways, values, strict=True)))
            for pk, last, count, *values in cursor.fetchall()
        }


_WORTH = {
    MetricKind.GAUGE: {
        Joined.SUM: "sum(r.total / r.n)",
        Joined.MEAN: "avg(r.total / r.n)",
        Joined.MAX: "max(r.high)",
        Joined.MIN: "min(r.low)",
    },
    MetricKind.DELTA: dict.fromkeys(Joined, "sum(r.total)"),
    MetricKind.COUNTER: dict.fromkeys(Joined, "sum(r.increase)"),
}
_HIGHEST = dict.fromkeys(Joined, "max(r.high)")


def _hours(metrics: Sequence[Metric], start: datetime) -> dict[tuple[int, datetime], float]:
    """What each hour of each metric was worth."""
    found: dict[tuple[int, datetime], float] = {}
    cases = " ".join(
        f"WHEN {metric.pk} THEN {_WORTH.get(metric.form, _HIGHEST)[joined_as(metric)]}"
        for metric in metrics
        if not metric.form.is_histogram
    )
    if cases:
        rows = _ask(
            f"SELECT s.metric_id, r.bucket, CASE s.metric_id {cases} END"
            " FROM metrics_rollup r JOIN metrics_series s ON s.id = r.series_id"
            " WHERE s.metric_id = ANY(%s) AND r.level = 1 AND r.bucket >= %s AND r.n > 0"
            " GROUP BY s.metric_id, r.bucket",
            [metric.pk for metric in metrics],
            start,
        )
        found |= {(pk, at.astimezone(UTC)): value for pk, at, value in rows}
    histograms = [metric.pk for metric in metrics if metric.form.is_histogram]
    if histograms:
        merged: dict[tuple[int, datetime, tuple[float, ...]], list[Any]] = defaultdict(list)
        rows = _ask(
            "SELECT s.metric_id, r.bucket, l.bounds, r.counts FROM metrics_rollupdist r"
            " JOIN metrics_series s ON s.id = r.series_id"
            " JOIN metrics_histogramlayout l ON l.id = r.layout_id"
            " WHERE s.metric_id = ANY(%s) AND r.level = 1 AND r.bucket >= %s",
            histograms,
            start,
        )
        for pk, at, bounds, counts in rows:
            merged[pk, at.astimezone(UTC), tuple(bounds)].append(counts)
        for (pk, at, bounds), many in merged.items():
            estimate = quantile(bounds, merge(many), 0.95)
            if estimate is not None:
                found[pk, at] = max(estimate.value, found.get((pk, at), estimate.value))
    return found


def _ask(statement: str, ids: list[int], start: datetime) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [ids, start])
        return cursor.fetchall()
