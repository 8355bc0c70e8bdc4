"""The technical figures: response time, errors, resources, freshness; and the portal's own."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Max, Sum

from apps.figures.figure import Reading, Window
from apps.figures.registry import define
from apps.figures.rows import Row, Rows
from apps.figures.rules import Better, State

from . import glance
from .choices import Role
from .models import Metric, Rollup, Source
from .rules.freshness import Freshness
from .rules.histograms import merge, quantile, share_within
from .stores import Heat, PostgresStore

MONTH = timedelta(days=30)
FRESH = timedelta(minutes=15)
PROMISE = 0.2  # seconds


def _metrics(role: Role, own: bool) -> list[Metric]:
    return list(Metric.objects.as_role(role, own=own))


def _last_news(metrics: list[Metric]) -> datetime | None:
    return Metric.objects.filter(pk__in=[one.pk for one in metrics]).aggregate(
        last=Max("series__last_good_ts")
    )["last"]


def _missing(role: Role, metrics: list[Metric]) -> Reading:
    if not metrics:
        words = f"No metric is read as “{role.label.lower()}”."
        return Reading.missing(State.NOT_INSTRUMENTED, words)
    return Reading.missing(State.NO_DATA, "No samples in this window.", as_of=_last_news(metrics))


def _merged(metrics: list[Metric], window: Window) -> tuple[Heat | None, float]:
    """The histogram of the fullest layout, and the share of observations that is in it."""
    start, end = _hours(window)
    heats: dict[tuple[float, ...], Heat] = {}
    for metric in metrics:
        for heat in PostgresStore().heat(metric, start, end, 3600):
            known = heats.setdefault(heat.bounds, Heat(heat.bounds))
            for at, counts in heat.bins.items():
                there = known.bins.get(at)
                known.bins[at] = merge([there, counts]) if there else counts
    total = sum(heat.n for heat in heats.values())
    if not total:
        return None, 0.0
    fullest = max(heats.values(), key=lambda heat: heat.n)
    return fullest, fullest.n / total


def _hours(window: Window) -> tuple[int, int]:
    """Whole hours, UTC: rollups have no smaller parts."""
    return int(window.start.timestamp()) // 3600 * 3600, int(window.end.timestamp())


def _seen(metrics: list[Metric], window: Window) -> float:
    """The share of the window's hours that have samples."""
    start, end = _hours(window)
    hours = (
        Rollup.objects.filter(series__metric__in=metrics, level=1, n__gt=0)
        .filter(bucket__gte=_at(start), bucket__lt=_at(end))
        .values("bucket")
        .distinct()
        .count()
    )
    return min(1.0, hours / max(1, -(-(end - start) // 3600)))


def _at(epoch: float) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)


def _percentile(own: bool, window: Window) -> Reading:
    metrics = _metrics(Role.LATENCY, own)
    heat, coverage = _merged([one for one in metrics if one.form.is_histogram], window)
    if heat is None:
        return _missing(Role.LATENCY, metrics)
    counts = heat.merged
    found = quantile(heat.bounds, counts, 0.95)
    within = share_within(heat.bounds, counts, PROMISE)
    assert found is not None and within is not None
    exact = within.low == within.high
    return Reading(
        value=found.value,
        interval=(found.low, found.high),
        n=int(heat.n),
        coverage=coverage,
        numerator=within.value * heat.n,
        denominator=heat.n,
        as_of=_last_news(metrics),
        reason=(
            f"{within.value:.2%} of {heat.n:,.0f} requests were answered within 200 ms"
            f"{'' if exact else ' (between two bucket edges)'}."
        ),
    )


def _within_promise(own: bool, window: Window) -> Reading:
    metrics = _metrics(Role.LATENCY, own)
    heat, coverage = _merged([one for one in metrics if one.form.is_histogram], window)
    if heat is None:
        return _missing(Role.LATENCY, metrics)
    share = share_within(heat.bounds, heat.merged, PROMISE)
    assert share is not None
    return Reading.share(share.value * heat.n, heat.n, coverage=coverage, as_of=_last_news(metrics))


def _total(metrics: list[Metric], window: Window) -> float | None:
    """What metrics that add up came to, from hours; None where there is nothing."""
    start, end = _hours(window)
    columns = {True: "increase", False: "total"}
    found = None
    for counts_up, column in columns.items():
        some = [m for m in metrics if m.form.adds_up and m.form.counts_up is counts_up]
        part = Rollup.objects.filter(
            series__metric__in=some, level=1, bucket__gte=_at(start), bucket__lt=_at(end)
        ).aggregate(part=Sum(column))["part"]
        if part is not None:
            found = (found or 0.0) + part
    return found


def _errors(own: bool, window: Window) -> Reading:
    requests, errors = _metrics(Role.REQUESTS, own), _metrics(Role.ERRORS, own)
    if not requests:
        return _missing(Role.REQUESTS, requests)
    if not errors:
        return _missing(Role.ERRORS, errors)
    total, failed = _total(requests, window), _total(errors, window)
    if not total or failed is None:
        return _missing(Role.REQUESTS, requests)
    return Reading.share(
        min(failed, total),
        total,
        coverage=_seen(requests, window),
        as_of=_last_news(requests),
    )


def _rows_of(*roles: Role, own: bool) -> Any:
    def rows(window: Window, at: datetime) -> Rows:
        def show(metric: Metric) -> Row:
            last = metric.last
            return Row(
                metric.title,
                metric.get_absolute_url(),
                (
                    metric.key,
                    metric.form.label,
                    last.isoformat(" ", "minutes") if last else "never",
                ),
            )

        found = Metric.objects.filter(role__in=roles, own=own)
        return Rows(
            found.annotate(last=Max("series__last_good_ts")),
            head=("Metric", "Key", "Kind", "Last sample"),
            show=show,
        )

    return rows


_P95 = "The 95th percentile of all requests, from histograms added up over the window"
_P95_INPUTS = ("Hourly histograms of the metrics read as response time",)
_RATIO = "Requests answered 5xx or timed out ÷ all requests, both counted over the window"
_RATIO_INPUTS = (
    "Hourly increases of the metrics read as errors",
    "Hourly increases of the metrics read as requests",
)


@define(
    key="metric",
    title="Metric",
    formula=(
        "Gauges: the last sample of each fresh series, joined as the metric says. Counts and"
        " counters: what the last full hour added. Histograms: the 95th percentile of that hour."
    ),
    unit="",
    inputs=("Raw samples of gauges, hourly rollups of everything else",),
    scope=("metric",),
)
def one_metric(window: Window | None, at: datetime, metric: str = "") -> Reading:
    """Of any metric, by its key."""
    found = Metric.objects.filter(key=metric).first()
    if found is None:
        return Reading.missing(State.NOT_INSTRUMENTED, f"No metric is called {metric[:120]}.")
    return glance.glances([found], at=at)[found.pk].reading


@define(
    key="response_p95",
    title="Response time, p95",
    formula=f"{_P95}; the interval is the edges of the bucket it lies in.",
    unit="seconds",
    better=Better.LOWER,
    target=PROMISE,
    window=MONTH,
    minimum_n=100,
    freshness=FRESH,
    inputs=_P95_INPUTS,
    exclusions=("Histograms of another layout than the fullest one; coverage says how many",),
    rows=_rows_of(Role.LATENCY, own=False),
)
def response_p95(window: Window, at: datetime) -> Reading:
    """Of the product."""
    return _percentile(False, window)


@define(
    key="response_within_200ms",
    title="Answered within 200 ms",
    formula="Requests in the buckets up to 0.2 s ÷ all requests of the window.",
    unit="ratio",
    better=Better.HIGHER,
    target=0.95,
    window=MONTH,
    minimum_n=100,
    freshness=FRESH,
    inputs=_P95_INPUTS,
    rows=_rows_of(Role.LATENCY, own=False),
)
def response_within(window: Window, at: datetime) -> Reading:
    """Of the product."""
    return _within_promise(False, window)


@define(
    key="error_ratio",
    title="Errors",
    formula=f"{_RATIO}; never a mean of ratios.",
    unit="ratio",
    better=Better.LOWER,
    target=0.001,
    window=MONTH,
    minimum_n=1000,
    minimum_coverage=0.9,
    freshness=FRESH,
    inputs=_RATIO_INPUTS,
    rows=_rows_of(Role.REQUESTS, Role.ERRORS, own=False),
)
def error_ratio(window: Window, at: datetime) -> Reading:
    """Of the product."""
    return _errors(False, window)


@define(
    key="resource_use",
    title="Resources, worst host",
    formula=(
        "Each hour counts with the highest use of any resource on any host;"
        " the figure is the 95th percentile of those hours."
    ),
    unit="ratio",
    better=Better.LOWER,
    target=0.7,
    window=MONTH,
    minimum_n=24,
    minimum_coverage=0.9,
    freshness=FRESH,
    inputs=("Hourly maxima of the metrics read as use of a resource",),
    rows=_rows_of(Role.RESOURCE, own=False),
)
def resource_use(window: Window, at: datetime) -> Reading:
    """Over the hosts that report."""
    metrics = _metrics(Role.RESOURCE, own=False)
    start, end = _hours(window)
    hours = (
        Rollup.objects.filter(series__metric__in=metrics, level=1, high__isnull=False)
        .filter(bucket__gte=_at(start), bucket__lt=_at(end))
        .values("bucket")
        .annotate(worst=Max("high"))
        .order_by("worst")
    )
    worst = [hour["worst"] for hour in hours]
    if not worst:
        return _missing(Role.RESOURCE, metrics)
    return Reading.quantile(worst, 0.95, coverage=_seen(metrics, window), as_of=_last_news(metrics))


@define(
    key="sources_fresh",
    title="Sources that are fresh",
    formula="Enabled sources whose last sample is young enough ÷ enabled sources.",
    unit="ratio",
    better=Better.HIGHER,
    target=1.0,
    inputs=("The time of the last sample of each source",),
)
def sources_fresh(window: Window | None, at: datetime) -> Reading:
    """A source that never brought anything is not fresh."""
    sources = list(Source.objects.filter(enabled=True).with_metric())
    if not sources:
        return Reading.missing(State.NOT_INSTRUMENTED, "There are no sources.")
    fresh = sum(source.freshness(at) is Freshness.FRESH for source in sources)
    share = fresh / len(sources)
    return Reading(
        value=share,
        numerator=fresh,
        denominator=len(sources),
        n=len(sources),
        interval=(share, share),  # a full count, not a sample
        reason=f"{fresh} of {len(sources)} sources are fresh.",
    )


@define(
    key="portal_response_p95",
    title="This portal's response time, p95",
    formula=f"{_P95}, of this portal's own requests.",
    unit="seconds",
    better=Better.LOWER,
    target=PROMISE,
    window=timedelta(days=1),
    minimum_n=20,
    freshness=FRESH,
    inputs=_P95_INPUTS,
    rows=_rows_of(Role.LATENCY, own=True),
)
def portal_response_p95(window: Window, at: datetime) -> Reading:
    """Of this portal."""
    return _percentile(True, window)


@define(
    key="portal_error_ratio",
    title="This portal's errors",
    formula=f"{_RATIO}, of this portal's own requests.",
    unit="ratio",
    better=Better.LOWER,
    target=0.001,
    window=timedelta(days=1),
    minimum_n=20,
    freshness=FRESH,
    inputs=_RATIO_INPUTS,
    rows=_rows_of(Role.REQUESTS, Role.ERRORS, own=True),
)
def portal_error_ratio(window: Window, at: datetime) -> Reading:
    """Of this portal."""
    return _errors(True, window)
