"""Where charts read from: our own tables, or the PromQL server that keeps the raw samples.

Both answer the same questions in the same words, so a page does not know which it asked.
"""

# ruff: noqa: S608  (the names put into statements are our own tables and columns)

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Protocol

from django.db import connection

from . import fetching
from .choices import Joined, MetricKind, Store
from .importers.records import HistogramTrack, Unusable
from .models import HistogramLayout, Metric, Series, Source
from .rules import grid
from .rules.histograms import merge
from .rules.values import State

HOUR, DAY = 3_600, 86_400
MOST_LINES = 6
_OK = State.OK.value


class StoreAway(Exception):
    """The store cannot answer; the text says why."""


@dataclass(frozen=True)
class Point:
    """One bin of a line: a bin without samples is not there at all."""

    at: float
    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Line:
    """What one series, or several joined ones, were over a range."""

    name: str
    points: tuple[Point, ...]


@dataclass
class Heat:
    """Histograms of one layout, bin by bin."""

    bounds: tuple[float, ...]
    bins: dict[float, list[float]] = field(default_factory=dict)

    @property
    def merged(self) -> list[float]:
        return merge(self.bins.values())

    @property
    def n(self) -> float:
        return sum(map(sum, self.bins.values()))


class MetricStore(Protocol):
    """What charts ask of a store; both ends are epoch seconds, the end is not included."""

    def lines(self, metric: Metric, start: int, end: int, step: int) -> list[Line]:
        """Values in bins of `step` seconds, a line for each series, or one when they are many."""

    def heat(self, metric: Metric, start: int, end: int, step: int) -> list[Heat]:
        """Histograms in bins of `step` seconds, one for each layout."""


def store_of(metric: Metric) -> MetricStore:
    """The store that keeps this metric."""
    if metric.store == Store.HERE:
        return PostgresStore()
    source = metric.sources.filter(enabled=True).first()
    if source is None:
        raise StoreAway("The server that keeps these samples has no source here.")
    return PromqlStore(source)


# What a bin of each kind amounts to, from the columns raw samples and rollups both have.
_WORTH = {
    MetricKind.GAUGE: "total / n",
    MetricKind.DELTA: "total",
    MetricKind.COUNTER: "increase",
    MetricKind.RATIO: "last",
    MetricKind.QUANTILE: "high",
}
_JOIN = {Joined.SUM: "sum", Joined.MEAN: "avg", Joined.MAX: "max", Joined.MIN: "min"}


class PostgresStore:
    """Raw samples for bins under an hour, rollups for longer ones."""

    def lines(self, metric: Metric, start: int, end: int, step: int) -> list[Line]:
        if metric.form.is_histogram:
            return []
        names = {
            series.pk: series.name
            for series in Series.objects.filter(metric=metric).order_by("pk")[: MOST_LINES + 1]
        }
        many = len(names) > MOST_LINES
        bins = self._raw_bins(metric) if step < HOUR else self._rolled_bins(step)
        worth = _WORTH[metric.form]
        known = {
            "metric": metric.pk,
            "retention": metric.retention,
            "start": datetime.fromtimestamp(start, UTC),
            "end": datetime.fromtimestamp(end, UTC),
            "step": step,
        }
        each = f"SELECT *, {worth} AS worth FROM ({bins}) b WHERE {worth} IS NOT NULL"
        if many:
            joined = _JOIN[joined_as(metric)]
            each = (
                f"SELECT 0 AS series_id, bin, {joined}(worth) AS worth, min(low) AS low,"
                f" max(high) AS high, sum(n) AS n FROM ({each}) e GROUP BY bin"
            )
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT series_id, extract(epoch FROM bin)::float8, worth, low, high, n::int"
                f" FROM ({each}) found ORDER BY series_id, bin",
                known,
            )
            rows = cursor.fetchall()
        return _as_lines(rows, {0: _joined_words(metric)} if many else names, metric)

    def _raw_bins(self, metric: Metric) -> str:
        where = (
            "FROM metrics_sample s JOIN metrics_series r ON r.id = s.series_id"
            " WHERE r.metric_id = %(metric)s AND s.retention = %(retention)s"
            f" AND s.ts < %(end)s AND s.state = {_OK}"
        )
        bin_of = "date_bin(make_interval(secs => %(step)s), ts, 'epoch')"
        if metric.form is MetricKind.COUNTER:  # the reading before the range tells the first step
            return (
                f"SELECT series_id, {bin_of} AS bin, count(*) AS n,"
                " sum(step) AS increase, min(step) AS low, max(step) AS high FROM ("
                "SELECT series_id, ts, CASE WHEN value >= before THEN value - before"
                " ELSE value END AS step FROM (SELECT s.series_id, s.ts, s.value,"
                " lag(s.value) OVER (PARTITION BY s.series_id ORDER BY s.ts) AS before"
                f" {where} AND s.ts >= %(start)s - interval '1 hour') w"
                " WHERE before IS NOT NULL AND ts >= %(start)s) d GROUP BY 1, 2"
            )
        return (
            f"SELECT s.series_id, {bin_of} AS bin, count(*) AS n, sum(s.value) AS total,"
            " min(s.value) AS low, max(s.value) AS high,"
            " (array_agg(s.value ORDER BY s.ts DESC))[1] AS last"
            f" {where} AND s.ts >= %(start)s GROUP BY 1, 2"
        )

    def _rolled_bins(self, step: int) -> str:
        level = 24 if step % DAY == 0 else 1
        return (
            "SELECT r.series_id, date_bin(make_interval(secs => %(step)s), r.bucket, 'epoch')"
            " AS bin, sum(r.n) AS n, sum(r.total) AS total, min(r.low) AS low,"
            " max(r.high) AS high, sum(r.increase) AS increase,"
            " (array_agg(r.last ORDER BY r.bucket DESC) FILTER (WHERE r.n > 0))[1] AS last"
            " FROM metrics_rollup r JOIN metrics_series s ON s.id = r.series_id"
            f" WHERE s.metric_id = %(metric)s AND r.level = {level} AND r.n > 0"
            " AND r.bucket >= %(start)s AND r.bucket < %(end)s GROUP BY 1, 2"
        )

    def heat(self, metric: Metric, start: int, end: int, step: int) -> list[Heat]:
        if not metric.form.is_histogram:
            return []
        rows = (
            self._raw_histograms(metric, start, end)
            if step < HOUR
            else self._rolled_histograms(metric, start, end)
        )
        bounds = {
            layout.pk: tuple(layout.bounds)
            for layout in HistogramLayout.objects.filter(metric=metric)
        }
        return binned(((at, bounds[layout], counts) for at, layout, counts in rows), step)

    def _rolled_histograms(self, metric: Metric, start: int, end: int) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT extract(epoch FROM r.bucket)::float8, r.layout_id, r.counts"
                " FROM metrics_rollupdist r JOIN metrics_series s ON s.id = r.series_id"
                " WHERE s.metric_id = %s AND r.level = 1 AND r.bucket >= to_timestamp(%s)"
                " AND r.bucket < to_timestamp(%s) ORDER BY r.bucket",
                [metric.pk, start, end],
            )
            return cursor.fetchall()

    def _raw_histograms(self, metric: Metric, start: int, end: int) -> list[Any]:
        early = start - HOUR if metric.form.counts_up else start
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT d.series_id, extract(epoch FROM d.ts)::float8, d.layout_id, d.counts"
                " FROM metrics_sampledist d JOIN metrics_series s ON s.id = d.series_id"
                " WHERE s.metric_id = %s AND d.retention = %s AND d.ts >= to_timestamp(%s)"
                f" AND d.ts < to_timestamp(%s) AND d.state = {_OK} ORDER BY d.series_id, d.ts",
                [metric.pk, metric.retention, early, end],
            )
            rows = cursor.fetchall()
        if not metric.form.counts_up:
            return [(at, layout, counts) for _, at, layout, counts in rows]
        return [
            (at, layout, differenced(before[3], counts))
            for before, (series, at, layout, counts) in pairwise(rows)
            if before[0] == series and before[2] == layout and at >= start
        ]


class PromqlStore:
    """Asks the PromQL server of a source, so that raw samples stay where they are."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def lines(self, metric: Metric, start: int, end: int, step: int) -> list[Line]:
        batch = self._ask(start, end, step)
        found = []
        for track in batch.tracks[:MOST_LINES]:
            states = track.states or [_OK] * len(track)
            points = [
                Point(at, value, value, value, 1)
                for at, value, state in zip(track.times, track.values, states, strict=True)
                if state == _OK and value is not None
            ]
            if metric.form is MetricKind.COUNTER:
                points = _steps(points)
            name = Series(labels={k: v for k, v in track.labels.items() if k != "__name__"}).name
            found.append(Line(name, tuple(points)))
        return found

    def heat(self, metric: Metric, start: int, end: int, step: int) -> list[Heat]:
        batch = self._ask(start - step if metric.form.counts_up else start, end, step)
        rows = []
        for track in batch.histograms:
            rows += _rows_of(track, counts_up=metric.form.counts_up)
        return binned(rows, step)

    def _ask(self, start: int, end: int, step: int) -> Any:
        piece = grid.Piece(grid.floor(start, step), grid.floor(end - 1, step), step)
        try:
            return fetching.fetch(self.source, piece)
        except Unusable as error:
            raise StoreAway(str(error)) from None


def _steps(points: Sequence[Point]) -> list[Point]:
    found = []
    for before, point in pairwise(points):
        step = point.value - before.value if point.value >= before.value else point.value
        found.append(Point(point.at, step, step, step, 1))
    return found


def _rows_of(track: HistogramTrack, *, counts_up: bool) -> list[tuple[float, tuple, list[float]]]:
    if not counts_up:
        return [(at, track.bounds, c) for at, c in zip(track.times, track.counts, strict=True)]
    pairs = pairwise(zip(track.times, track.counts, strict=True))
    return [(at, track.bounds, differenced(old, counts)) for (_, old), (at, counts) in pairs]


def differenced(before: Sequence[float], counts: Sequence[float]) -> list[float]:
    """What a histogram that counts up added; fewer observations than before is a restart."""
    if sum(counts) < sum(before):
        return list(counts)
    return [max(new - old, 0.0) for old, new in zip(before, counts, strict=True)]


def binned(
    rows: Iterable[tuple[float, tuple[float, ...], Sequence[float]]], step: int
) -> list[Heat]:
    """Histograms added up in bins, the layouts kept apart, the fullest first."""
    found: dict[tuple[float, ...], dict[float, list[Sequence[float]]]] = defaultdict(dict)
    for at, bounds, counts in rows:
        found[bounds].setdefault(grid.floor(at, step), []).append(counts)
    heats = [
        Heat(bounds, {at: merge(many) for at, many in sorted(bins.items())})
        for bounds, bins in found.items()
    ]
    return sorted(heats, key=lambda heat: -heat.n)


def joined_as(metric: Metric) -> Joined:
    """Ratios and percentiles are never averaged, whatever the setting says."""
    chosen = Joined(metric.joined)
    if metric.form in (MetricKind.RATIO, MetricKind.QUANTILE) and chosen in (
        Joined.MEAN,
        Joined.SUM,
    ):
        return Joined.MAX
    return chosen


def _joined_words(metric: Metric) -> str:
    return f"{joined_as(metric).label.lower()} of all series"


def _as_lines(rows: Sequence[Any], names: dict[int, str], metric: Metric) -> list[Line]:
    points: dict[int, list[Point]] = defaultdict(list)
    for pk, at, worth, low, high, n in rows:
        adds = metric.form.adds_up  # the band of a sum is the sum
        points[pk].append(Point(at, worth, worth if adds else low, worth if adds else high, n))
    return [Line(names.get(pk, str(pk)), tuple(found)) for pk, found in points.items()]
