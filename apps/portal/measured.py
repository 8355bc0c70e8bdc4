"""A metric over a range, as the page shows it: chart, bins, table."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo

from django.utils.safestring import SafeString

from apps.figures import words
from apps.metrics.choices import MarkerKind, MetricKind
from apps.metrics.models import Marker, Metric
from apps.metrics.rules.histograms import quantile, share_within
from apps.metrics.stores import Heat, StoreAway, store_of

from . import charts

# range → (seconds, bin in seconds)
RANGES: dict[str, tuple[int, int]] = {
    "6h": (21_600, 120),
    "24h": (86_400, 600),
    "7d": (604_800, 3_600),
    "30d": (2_592_000, 10_800),
    "90d": (7_776_000, 86_400),
}
USUAL = "24h"
MOST_ROWS = 400
LETTERS = {
    MarkerKind.DEPLOY: "D",
    MarkerKind.INCIDENT: "I",
    MarkerKind.MAINTENANCE: "M",
    MarkerKind.RELEASE: "R",
    MarkerKind.NOTE: "N",
}


@dataclass
class Measured:
    """What a page needs of one metric over one range."""

    span: str
    step: int
    start: datetime
    end: datetime
    charts: list[SafeString] = field(default_factory=list)
    legend: list[tuple[int, str]] = field(default_factory=list)
    head: tuple[str, ...] = ()
    rows: list[tuple] = field(default_factory=list)
    markers: list[Marker] = field(default_factory=list)
    trouble: str = ""
    bins: int = 0

    @property
    def step_words(self) -> str:
        return words.duration(self.step)


def measure(metric: Metric, span: str, *, at: datetime, zone: tzinfo) -> Measured:
    """Read the metric's store once and draw what it said."""
    seconds, step = RANGES.get(span, RANGES[USUAL])
    step = max(step, metric.step)
    end = -(-int(at.timestamp()) // step) * step
    start = end - -(-seconds // step) * step
    found = Measured(
        span if span in RANGES else USUAL,
        step,
        datetime.fromtimestamp(start, UTC),
        datetime.fromtimestamp(end, UTC),
    )
    found.markers = list(
        Marker.objects.touching(found.start, found.end).about(metric.component_id)[:50]
    )
    say = _say(metric)
    try:
        if metric.form.is_histogram:
            _histograms(found, metric, start, end, at, say, zone)
        else:
            _lines(found, metric, start, end, at, say, zone)
    except StoreAway as away:
        found.trouble = str(away)
    return found


def _say(metric: Metric) -> Callable[[float], str]:
    return lambda value: words.amount(value, metric.unit)


def _marks(found: Measured) -> list[charts.Marker]:
    return [
        charts.Marker(
            one.starts_at.timestamp(),
            f"{one.get_sort_display()}: {one.title}",
            LETTERS[MarkerKind(one.sort)],
            one.ends_at.timestamp() if one.ends_at else None,
        )
        for one in found.markers
    ]


def _provisional(metric: Metric, at: datetime) -> float:
    """From here on samples may still come or change."""
    settle = max((source.settle + source.every for source in metric.sources.all()), default=0)
    return (at - timedelta(seconds=settle)).timestamp()


def _lines(
    found: Measured,
    metric: Metric,
    start: int,
    end: int,
    at: datetime,
    say: Callable[[float], str],
    zone: tzinfo,
) -> None:
    lines = store_of(metric).lines(metric, start, end, found.step)
    many = [
        charts.Series(line.name, [(p.at, p.value, p.low, p.high) for p in line.points])
        for line in lines
    ]
    found.charts = [
        charts.trend(
            many,
            key="trend",
            title=_title(metric, found),
            start=start,
            end=end,
            step=found.step,
            say=say,
            target=metric.target,
            markers=_marks(found),
            provisional=_provisional(metric, at),
            zone=zone,
            from_zero=metric.form.adds_up,
        )
    ]
    if len(lines) > 1:
        found.legend = [(number, line.name) for number, line in enumerate(lines, start=1)]
    found.head = ("Time", "Series", "Value", "Lowest", "Highest", "Samples")
    rows = [
        (_at(p.at), line.name, say(p.value), say(p.low), say(p.high), p.n)
        for line in lines
        for p in line.points
    ]
    found.bins = len(rows)
    found.rows = sorted(rows, key=lambda row: row[0], reverse=True)[:MOST_ROWS]


def _histograms(
    found: Measured,
    metric: Metric,
    start: int,
    end: int,
    at: datetime,
    say: Callable[[float], str],
    zone: tzinfo,
) -> None:
    heats = store_of(metric).heat(metric, start, end, found.step)
    heat = heats[0] if heats else Heat(())
    points = []
    for bin_at, counts in heat.bins.items():
        estimate = quantile(heat.bounds, counts, 0.95)
        if estimate is not None:
            high = min(estimate.high, heat.bounds[-1])
            points.append((bin_at, estimate.value, estimate.low, high))
    common = {"start": start, "end": end, "step": found.step, "say": say, "zone": zone}
    found.charts.append(
        charts.trend(
            [charts.Series("95th percentile", points)],
            key="trend",
            title=f"{_title(metric, found)}, 95th percentile with the edges of its bucket",
            target=metric.target,
            markers=_marks(found),
            provisional=_provisional(metric, at),
            from_zero=True,
            **common,
        )
    )
    if heat.bins:
        found.charts.append(
            charts.heat_map(
                heat.bins,
                heat.bounds,
                key="heat",
                title=f"{_title(metric, found)}, how many fell into each bucket",
                target=metric.target,
                markers=_marks(found),
                **common,
            )
        )
    found.head = ("Time", "Observations", "Median", "95th percentile", "Between", "Within target")
    for bin_at, counts in heat.bins.items():
        half, most = (quantile(heat.bounds, counts, q) for q in (0.5, 0.95))
        if half is None or most is None:
            continue
        within = share_within(heat.bounds, counts, metric.target) if metric.target else None
        found.rows.append(
            (
                _at(bin_at),
                words.number(sum(counts)),
                say(half.value),
                say(most.value),
                f"{say(most.low)} – {say(most.high)}",
                words.percent(within.value) if within else "—",
            )
        )
    found.bins = len(found.rows)
    found.rows = found.rows[::-1][:MOST_ROWS]


def _title(metric: Metric, found: Measured) -> str:
    return f"{metric.title}, last {found.span.replace('h', ' hours').replace('d', ' days')}"


def _at(epoch: float) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)


_HIST = "bucket by bucket; the percentile is read from the sum and lies between two edges."
_MADE = {
    MetricKind.GAUGE: "A bin shows the mean of its samples, the band their lowest and highest.",
    MetricKind.RATIO: "A bin shows its last sample, the band the lowest and highest: no averages.",
    MetricKind.QUANTILE: "A bin shows its highest sample: percentiles cannot be averaged or added.",
    MetricKind.DELTA: "A bin adds up its samples.",
    MetricKind.COUNTER: "A bin adds up what the counter grew by; a fall is a restart from zero.",
    MetricKind.HISTOGRAM: f"Histograms are added up {_HIST}",
    MetricKind.HISTOGRAM_COUNTER: f"Histograms are differenced with restarts and added up {_HIST}",
}


def how_it_is_made(metric: Metric) -> str:
    """What a bin of this kind of metric is, in a sentence."""
    return _MADE[metric.form]
