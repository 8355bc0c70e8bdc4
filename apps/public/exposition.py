"""What Prometheus reads at `/metrics`."""

from collections.abc import Iterator

from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from apps.metrics.rules import LATENCY_BOUNDS
from apps.outbox.drains import all_drains
from apps.outbox.models import Delivery, Heartbeat

from .models import TrafficMinute

EDGES = [*(str(bound) for bound in LATENCY_BOUNDS), "+Inf"]


class Portal(Collector):
    """Requests of all processes from their rows, what is due, and who lives."""

    def collect(self) -> Iterator[Metric]:
        yield from traffic()
        yield from work()


def text() -> bytes:
    """The exposition, read from the database now."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Portal())
    return generate_latest(registry)


def traffic() -> Iterator[Metric]:
    """Counters and the latency histogram by route and class of answer."""
    labels = ["route", "status"]
    errors = CounterMetricFamily(
        "afterlaunch_request_errors", "Requests that ended in a fault of ours.", labels=labels
    )
    latency = HistogramMetricFamily(
        "afterlaunch_request_seconds", "How long requests took.", labels=labels
    )
    for total in TrafficMinute.objects.totals():
        key = [total.route, total.status_class]
        errors.add_metric(key, total.errors)
        latency.add_metric(key, list(_cumulative(total.buckets)), total.seconds)
    yield errors
    yield latency


def work() -> Iterator[Metric]:
    """How much is due, how late the oldest is, and when each process last showed itself."""
    now = timezone.now()
    due = GaugeMetricFamily(
        "afterlaunch_due", "Nudges that the rows due now are worth.", labels=["drain"]
    )
    for drain in all_drains():
        due.add_metric([drain.name], drain.due())
    yield due
    lag = GaugeMetricFamily(
        "afterlaunch_outbox_lag_seconds", "How long the oldest due delivery has waited."
    )
    oldest = Delivery.objects.waiting().filter(next_at__lte=now).order_by("next_at").first()
    lag.add_metric([], (now - oldest.next_at).total_seconds() if oldest else 0.0)
    yield lag
    signs = GaugeMetricFamily(
        "afterlaunch_heartbeat_timestamp_seconds", "The last sign of life.", labels=["name"]
    )
    for heartbeat in Heartbeat.objects.all():
        signs.add_metric([heartbeat.name], heartbeat.at.timestamp())
    yield signs


def _cumulative(buckets: tuple[int, ...]) -> Iterator[tuple[str, float]]:
    so_far = 0
    for edge, count in zip(EDGES, buckets, strict=True):
        so_far += count
        yield edge, float(so_far)
