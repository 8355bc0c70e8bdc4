"""Weeks of numbers at minute grain: the product's own, and one supplier's that went quiet."""

import json
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.conf import settings

from apps.accounts.models import User
from apps.catalog.models import Component
from apps.metrics import booking
from apps.metrics.choices import (
    Better,
    Joined,
    MarkerKind,
    MetricKind,
    Origin,
    Role,
    SourceKind,
)
from apps.metrics.importers import prometheus as wire
from apps.metrics.models import Marker, Metric, Source, Threshold
from apps.metrics.own import set_up_self_source
from apps.metrics.rules import grid

from . import waves
from .prometheus import answer

STEP = 60
WEEKS = 3
SETTLE = 90

# key, title, unit, component, query, words
_METRICS: tuple[tuple[str, str, str, str, str, dict[str, Any]], ...] = (
    (
        "web.requests", "Requests", "count", "Web app", 'http_requests_total{service="web"}',
        {"shape": MetricKind.COUNTER, "joined": Joined.SUM, "role": Role.REQUESTS},
    ),
    (
        "web.errors", "Failed requests", "count", "Web app",
        'http_requests_total{service="web",code="5xx"}',
        {
            "shape": MetricKind.COUNTER, "joined": Joined.SUM, "better": Better.LOWER,
            "role": Role.ERRORS,
        },
    ),
    (
        "web.latency", "Response time", "seconds", "Web app",
        'http_request_duration_seconds_bucket{service="web"}',
        {
            "shape": MetricKind.HISTOGRAM_COUNTER, "better": Better.LOWER, "target": 0.2,
            "role": Role.LATENCY,
        },
    ),
    (
        "api.requests", "API requests", "count", "API", 'http_requests_total{service="api"}',
        {"shape": MetricKind.COUNTER, "joined": Joined.SUM},
    ),
    (
        "hosts.cpu", "Processor in use", "ratio", "", "node_cpu_used_ratio",
        {"joined": Joined.MAX, "better": Better.LOWER, "target": 0.7, "role": Role.RESOURCE},
    ),
    (
        "hosts.memory", "Memory in use", "ratio", "", "node_memory_used_ratio",
        {"joined": Joined.MAX, "better": Better.LOWER, "target": 0.7, "role": Role.RESOURCE},
    ),
    (
        "hosts.disk", "Disk in use", "ratio", "", "node_disk_used_ratio",
        {"joined": Joined.MAX, "better": Better.LOWER, "target": 0.7, "role": Role.RESOURCE},
    ),
    (
        "exports.wait", "Oldest waiting export", "seconds", "Exports",
        "export_queue_oldest_seconds",
        {"joined": Joined.MAX, "better": Better.LOWER, "target": 60},
    ),
    (
        "web.active_users", "People active now", "count", "Web app", "active_users",
        {"joined": Joined.SUM, "better": Better.HIGHER},
    ),
    (
        "web.live_connections", "Live connections", "count", "Web app", "websocket_connections",
        {"joined": Joined.SUM},
    ),
)  # fmt: skip


def tell_metrics(now: datetime, people: dict[str, User], dice: Random) -> int:
    """Metrics, sources, three weeks of samples, markers and thresholds; returns the samples."""
    otto = people["otto@demo.test"]
    written = sum(_product_metric(row, now, otto) for row in _METRICS)
    written += _quiet_supplier(now, otto, dice)
    _markers(now)
    _thresholds()
    set_up_self_source()
    return written


def _product_metric(row: tuple, now: datetime, owner: User) -> int:
    key, title, unit, component, query, words = row
    metric = Metric.objects.create(
        key=key,
        title=title,
        unit=unit,
        owner=owner,
        component=Component.objects.filter(name=component).first(),
        **words,
    )
    source = Source.objects.create(
        name=key.replace(".", "-").replace("_", "-"),
        sort=SourceKind.PROMETHEUS,
        metric=metric,
        url=f"{settings.PUBLIC_URL}/demo/prometheus",
        query=query,
        step=STEP,
        settle=SETTLE,
        next_at=now,
    )
    end = int(now.timestamp()) - SETTLE
    name, _, labels = query.rstrip("}").partition("{")
    wanted = {tuple(pair.replace('"', "").split("=")) for pair in labels.split(",") if pair}
    written = 0
    for piece in grid.pieces(end - WEEKS * waves.WEEK, end, STEP):
        body = json.dumps(answer(name, wanted, piece.start, piece.end, STEP)).encode()
        run = booking.book(
            {metric: wire.read(body, histogram=metric.form.is_histogram)},
            origin=Origin.BACKFILL,
            source=source,
            started_at=now,
            at=now,
            by=owner,
        )
        written += run.wrote
    return written


def _quiet_supplier(now: datetime, owner: User, dice: Random) -> int:
    """The payment supplier pushes every five minutes; it stopped three hours ago."""
    metric = Metric.objects.create(
        key="billing.card_payments",
        title="Card payments",
        unit="count",
        owner=owner,
        shape=MetricKind.DELTA,
        joined=Joined.SUM,
        better=Better.HIGHER,
        step=300,
        freshness=900,
    )
    source = Source.objects.create(
        name="payment-supplier", sort=SourceKind.PUSH, metric=metric, step=300, every=300
    )
    last = int((now - timedelta(hours=3)).timestamp()) // 300 * 300
    values = [
        [at, repr(float(round(26 * waves.busy(at) * (0.7 + 0.6 * dice.random()))))]
        for at in range(last - 2 * waves.WEEK, last + 1, 300)
    ]
    body = json.dumps(
        {
            "status": "success",
            "data": {"resultType": "matrix", "result": [{"metric": {}, "values": values}]},
        }
    ).encode()
    run = booking.book(
        {metric: wire.read(body)},
        origin=Origin.PUSH,
        source=source,
        started_at=now - timedelta(hours=3),
        at=now - timedelta(hours=3),
    )
    return run.wrote


def _markers(now: datetime) -> None:
    """The weekly releases, and the bad half hour that followed the worst of them."""
    monday = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=now.weekday())
    for weeks_ago in range(5):
        released = monday - timedelta(weeks=weeks_ago) + timedelta(days=1, hours=9, minutes=10)
        if released > now:
            continue
        number = f"4.{15 - weeks_ago}"
        Marker.objects.create(
            sort=MarkerKind.RELEASE,
            title=f"Release {number}",
            starts_at=released,
            source_key=f"release-{number}",
        )
        worst = max(waves.trouble(int(released.timestamp()) + 60 * m) for m in range(30))
        if worst > 0.6:
            Marker.objects.create(
                sort=MarkerKind.INCIDENT,
                title=f"Errors after release {number}",
                starts_at=released + timedelta(minutes=3),
                ends_at=released + timedelta(minutes=29),
                source_key=f"incident-{number}",
            )
    dawn = monday + timedelta(days=3, hours=3)
    while dawn > now:
        dawn -= timedelta(weeks=1)
    Marker.objects.create(
        sort=MarkerKind.MAINTENANCE,
        title="Database host: exporter updated",
        starts_at=dawn,
        ends_at=dawn + timedelta(minutes=90),
        source_key="maintenance-db-1",
    )


def _thresholds() -> None:
    for key, name, level, hold in (
        ("web.errors", "Failed requests pile up", 20, 300),
        ("exports.wait", "Exports wait too long", 120, 600),
        ("hosts.cpu", "A host is busy", 0.8, 900),
        ("hosts.disk", "A disk fills up", 0.85, 3600),
    ):
        Threshold.objects.create(
            metric=Metric.objects.get(key=key), name=name, level=level, hold=hold
        )
