"""The portal measures itself, and imports that like anybody else's numbers."""

from django.db import transaction

from .choices import Better, Joined, MetricKind, Retention, Role, SourceKind
from .models import Metric, Source
from .rules import LATENCY_BOUNDS

# The rows a web process writes each minute are the business of the door that answers requests;
# here they are a table like any other, read by a query.
_COUNTS = """
SELECT minute AS ts, sum({column})::float8 AS value
FROM public_trafficminute
WHERE minute >= %(from)s AND minute < %(to)s
GROUP BY minute ORDER BY minute
"""
_REQUESTS = """
SELECT minute AS ts, sum(requests)::float8 AS value, status_class || 'xx' AS status
FROM public_trafficminute
WHERE minute >= %(from)s AND minute < %(to)s
GROUP BY minute, status_class ORDER BY minute
"""
_LATENCY = """
SELECT ts, array_agg(cell ORDER BY place) AS counts, min(seconds) AS sum
FROM (
    SELECT t.minute AS ts, c.place, sum(c.cell)::float8 AS cell,
        (SELECT sum(seconds) FROM public_trafficminute s WHERE s.minute = t.minute) AS seconds
    FROM public_trafficminute t CROSS JOIN unnest(t.buckets) WITH ORDINALITY AS c(cell, place)
    WHERE t.minute >= %(from)s AND t.minute < %(to)s
    GROUP BY t.minute, c.place
) cells
GROUP BY ts ORDER BY ts
"""
_QUEUE = """
SELECT date_trunc('minute', now()) AS ts, queue,
    coalesce(extract(epoch FROM now() - min(next_at)), 0)::float8 AS value
FROM (
    SELECT 'deliveries' AS queue, next_at FROM outbox_delivery
    WHERE state = 'pending' AND next_at <= now()
    UNION ALL
    SELECT 'jobs', next_at FROM outbox_job
    WHERE state = 'pending' AND next_at <= now()
    UNION ALL
    SELECT 'sources', next_at FROM metrics_source
    WHERE enabled AND sort <> 'push' AND next_at <= now()
    UNION ALL
    SELECT 'rollups', since FROM metrics_dirtybucket WHERE since <= now()
    UNION ALL
    SELECT queue, NULL FROM unnest(ARRAY['deliveries', 'jobs', 'sources', 'rollups']) AS queue
) waiting
GROUP BY queue ORDER BY queue
"""

_METRICS = {
    "portal.requests": (
        {
            "title": "Portal: requests",
            "description": "Requests this portal answered, by class of status.",
            "unit": "count",
            "shape": MetricKind.DELTA,
            "joined": Joined.SUM,
            "role": Role.REQUESTS,
        },
        _REQUESTS,
        {},
    ),
    "portal.errors": (
        {
            "title": "Portal: errors",
            "description": "Requests this portal answered with a fault of its own (5xx).",
            "unit": "count",
            "shape": MetricKind.DELTA,
            "joined": Joined.SUM,
            "better": Better.LOWER,
            "role": Role.ERRORS,
        },
        _COUNTS.format(column="errors"),
        {},
    ),
    "portal.latency": (
        {
            "title": "Portal: response time",
            "description": "How long this portal took to answer, as a histogram.",
            "unit": "seconds",
            "shape": MetricKind.HISTOGRAM,
            "better": Better.LOWER,
            "target": 0.2,
            "role": Role.LATENCY,
        },
        _LATENCY,
        {"bounds": list(LATENCY_BOUNDS)},
    ),
    "portal.queue_wait": (
        {
            "title": "Portal: oldest waiting work",
            "description": "How long the oldest row that is due has waited, by queue.",
            "unit": "seconds",
            "shape": MetricKind.GAUGE,
            "joined": Joined.MAX,
            "better": Better.LOWER,
            "target": 60,
        },
        _QUEUE,
        {},
    ),
}


@transaction.atomic
def set_up_self_source() -> list[Source]:
    """The metrics and sources of the portal itself; safe to do twice, changes nothing then."""
    made = []
    for key, (words, query, mapping) in _METRICS.items():
        metric, _ = Metric.objects.get_or_create(
            key=key, defaults={**words, "own": True, "retention": Retention.STANDARD}
        )
        source, _ = Source.objects.get_or_create(
            name=key.replace(".", "-").replace("_", "-"),
            defaults={
                "sort": SourceKind.SQL,
                "metric": metric,
                "query": query.strip(),
                "mapping": mapping,
                "settle": 0 if key == "portal.queue_wait" else 90,
                "look_back": 3 * 86_400,
            },
        )
        made.append(source)
    return made
