"""Hours from raw samples, days from hours: only those that were touched, always from scratch.

The buckets are locked by one statement and computed by the next, whose snapshot is younger than
the locks: a load that commits in between is seen, one that commits later marks the bucket anew.
"""

# ruff: noqa: S608  (the names put into statements are our own tables and columns)

import time
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from apps.outbox.drains import drain as drain_rows

from .choices import Level, MetricKind
from .models import DirtyBucket
from .rules.values import State

AT_ONCE = 5_000
_OK = State.OK.value


def due() -> int:
    """How many nudges the buckets that wait are worth."""
    return -(-DirtyBucket.objects.all()[: AT_ONCE * 4].count() // AT_ONCE)


def drain_due() -> int:
    """Compute what was touched, hours before days, for as long as a drain may take."""
    return drain_rows("metrics.rollup", pass_next)


def pass_next() -> bool:
    """One pass over hours, or over days when no hour waits."""
    return bool(one_pass(Level.HOUR) or one_pass(Level.DAY))


def drain(*, seconds: float = 50.0) -> int:
    """Compute what was touched, hours before days, until nothing waits or the time is up."""
    until = time.monotonic() + seconds
    total = 0
    for level in (Level.HOUR, Level.DAY):
        while time.monotonic() < until:
            done = one_pass(level)
            if not done:
                break
            total += done
    return total


@transaction.atomic
def one_pass(level: int, at_once: int = AT_ONCE) -> int:
    """Take some touched buckets of a level that nobody else has, compute them, unmark them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT series_id, bucket FROM metrics_dirtybucket WHERE level = %s"
            " ORDER BY bucket, series_id LIMIT %s FOR UPDATE SKIP LOCKED",
            [level, at_once],
        )
        taken = cursor.fetchall()
        if not taken:
            return 0
        wanted = {"ids": [pk for pk, _ in taken], "buckets": [bucket for _, bucket in taken]}
        if level == Level.HOUR:
            _hours(cursor, wanted)
            _mark_days(cursor, wanted)
        else:
            _days(cursor, wanted)
        cursor.execute(
            "DELETE FROM metrics_dirtybucket d"
            " USING unnest(%(ids)s::bigint[], %(buckets)s::timestamptz[]) AS w(series_id, bucket)"
            " WHERE d.series_id = w.series_id AND d.bucket = w.bucket AND d.level = %(level)s",
            {**wanted, "level": int(level)},
        )
    return len(taken)


def mark(series_ids: list[int], start: datetime, end: datetime) -> int:
    """Have the hours of these series between two instants computed again."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO metrics_dirtybucket (series_id, level, bucket)
            SELECT s.id, 1, hour FROM unnest(%s::bigint[]) AS s(id)
            CROSS JOIN generate_series(
                date_bin('1 hour', %s, 'epoch'), %s, interval '1 hour') AS hour
            ORDER BY 1, 3
            ON CONFLICT (series_id, level, bucket) DO UPDATE SET since = now()
            """,
            [series_ids, start, end],
        )
        return cursor.rowcount


_WANTED = """
    wanted AS MATERIALIZED (
        SELECT w.series_id, w.bucket, s.retention, m.shape
        FROM unnest(%(ids)s::bigint[], %(buckets)s::timestamptz[]) AS w(series_id, bucket)
        JOIN metrics_series s ON s.id = w.series_id
        JOIN metrics_metric m ON m.id = s.metric_id
    )
"""

_SCALAR_COLUMNS = (
    "n, n_other, total, low, high, first, last, last_ts, increase, resets, computed_at"
)


def _samples(table: str, columns: str) -> str:
    """The raw samples of each wanted hour: one index range an hour.

    OFFSET 0 keeps the planner from joining every sample of a series with every hour of it.
    """
    return f"""
        CROSS JOIN LATERAL (
            SELECT {columns} FROM {table}
            WHERE series_id = w.series_id AND retention = w.retention
              AND ts >= w.bucket AND ts < w.bucket + interval '1 hour'
            OFFSET 0
        ) s
    """


def _replace_scalars(level: int) -> str:
    """Write `facts` over the rollups of `wanted`; a bucket without samples has none."""
    changes = ", ".join(f"{name} = EXCLUDED.{name}" for name in _SCALAR_COLUMNS.split(", "))
    return f"""
        gone AS (
            DELETE FROM metrics_rollup r USING (
                SELECT series_id, bucket FROM wanted EXCEPT SELECT series_id, bucket FROM facts
            ) empty
            WHERE r.series_id = empty.series_id AND r.bucket = empty.bucket AND r.level = {level}
        )
        INSERT INTO metrics_rollup (series_id, level, bucket, {_SCALAR_COLUMNS})
        SELECT series_id, {level}, bucket, {_SCALAR_COLUMNS} FROM facts
        ON CONFLICT (series_id, level, bucket) DO UPDATE SET {changes}
    """


def _replace_dists(level: int) -> str:
    return f"""
        gone AS (
            DELETE FROM metrics_rollupdist r USING (
                SELECT w.series_id, w.bucket, l.id AS layout_id
                FROM wanted w JOIN metrics_series s ON s.id = w.series_id
                JOIN metrics_histogramlayout l ON l.metric_id = s.metric_id
                EXCEPT SELECT series_id, bucket, layout_id FROM facts
            ) empty
            WHERE (r.series_id, r.bucket, r.layout_id)
                = (empty.series_id, empty.bucket, empty.layout_id) AND r.level = {level}
        )
        INSERT INTO metrics_rollupdist
            (series_id, level, bucket, layout_id, n, total, counts, resets, computed_at)
        SELECT series_id, {level}, bucket, layout_id, n, total, counts, resets, now() FROM facts
        ON CONFLICT (series_id, level, bucket, layout_id) DO UPDATE
        SET n = EXCLUDED.n, total = EXCLUDED.total, counts = EXCLUDED.counts,
            resets = EXCLUDED.resets, computed_at = EXCLUDED.computed_at
    """


def _hours(cursor: Any, wanted: dict[str, Any]) -> None:
    cursor.execute(
        "SELECT DISTINCT m.shape FROM metrics_series s JOIN metrics_metric m ON m.id = s.metric_id"
        " WHERE s.id = ANY(%(ids)s)",
        wanted,
    )
    shapes = {MetricKind(shape) for (shape,) in cursor.fetchall()}
    if any(not shape.is_histogram for shape in shapes):
        cursor.execute(_SCALAR_HOURS, wanted)
    if any(shape.is_histogram for shape in shapes):
        cursor.execute(_DIST_HOURS, wanted)


# Sums are ordered, so that the same samples give the same bits whatever way they came.
_SCALAR_HOURS = f"""
    WITH {_WANTED}, drawn AS (
        SELECT w.series_id, w.bucket,
            count(*) FILTER (WHERE s.state = {_OK})::int AS n,
            count(*) FILTER (WHERE s.state <> {_OK})::int AS n_other,
            sum(s.value ORDER BY s.ts) AS total, min(s.value) AS low, max(s.value) AS high,
            array_agg(s.value ORDER BY s.ts) FILTER (WHERE s.state = {_OK}) AS numbers,
            max(s.ts) FILTER (WHERE s.state = {_OK}) AS last_ts
        FROM wanted w {_samples("metrics_sample", "ts, value, state")}
        GROUP BY w.series_id, w.bucket
    ), readings AS (
        SELECT w.series_id, w.bucket, s.ts, s.value
        FROM wanted w {_samples("metrics_sample", "ts, value, state")}
        WHERE w.shape = '{MetricKind.COUNTER}' AND s.state = {_OK}
        UNION ALL
        SELECT w.series_id, w.bucket, p.ts, p.value
        FROM wanted w
        CROSS JOIN LATERAL (
            SELECT ts, value FROM (
                (SELECT 1 AS rank, s.ts, s.value FROM metrics_sample s
                 WHERE s.series_id = w.series_id AND s.retention = w.retention
                   AND s.ts < w.bucket AND s.state = {_OK} ORDER BY s.ts DESC LIMIT 1)
                UNION ALL
                -- raw samples before it are past their retention: their rollup remembers
                (SELECT 2, r.last_ts, r.last FROM metrics_rollup r
                 WHERE r.series_id = w.series_id AND r.level = 1 AND r.bucket < w.bucket
                   AND r.last IS NOT NULL AND NOT EXISTS (
                       SELECT FROM metrics_dirtybucket d WHERE d.series_id = r.series_id
                       AND d.level = 1 AND d.bucket = r.bucket)
                 ORDER BY r.bucket DESC LIMIT 1)
            ) known ORDER BY rank LIMIT 1
        ) p
        WHERE w.shape = '{MetricKind.COUNTER}'
    ), steps AS (
        SELECT series_id, bucket, ts, value,
            lag(value) OVER (PARTITION BY series_id, bucket ORDER BY ts) AS before
        FROM readings
    ), grown AS (
        SELECT series_id, bucket,
            sum(CASE WHEN value >= before THEN value - before ELSE value END ORDER BY ts)
                AS increase,
            count(*) FILTER (WHERE value < before)::int AS resets
        FROM steps WHERE before IS NOT NULL AND ts >= bucket
        GROUP BY series_id, bucket
    ), facts AS (
        SELECT d.series_id, d.bucket, d.n, d.n_other, d.total, d.low, d.high,
            d.numbers[1] AS first, d.numbers[cardinality(d.numbers)] AS last, d.last_ts,
            g.increase, coalesce(g.resets, 0) AS resets, now() AS computed_at
        FROM drawn d LEFT JOIN grown g USING (series_id, bucket)
    ), {_replace_scalars(Level.HOUR)}
"""

_DIST_HOURS = f"""
    WITH {_WANTED}, readings AS (
        SELECT w.series_id, w.bucket, w.shape, s.layout_id, s.ts, s.total, s.counts
        FROM wanted w {_samples("metrics_sampledist", "layout_id, ts, total, counts, state")}
        WHERE s.state = {_OK}
        UNION ALL
        SELECT w.series_id, w.bucket, w.shape, p.layout_id, p.ts, p.total, p.counts
        FROM wanted w
        CROSS JOIN LATERAL (
            SELECT s.layout_id, s.ts, s.total, s.counts FROM metrics_sampledist s
            WHERE s.series_id = w.series_id AND s.retention = w.retention
              AND s.ts < w.bucket AND s.state = {_OK} ORDER BY s.ts DESC LIMIT 1
        ) p
        WHERE w.shape = '{MetricKind.HISTOGRAM_COUNTER}'
    ), sized AS (
        SELECT r.*, (SELECT sum(c) FROM unnest(r.counts) AS c) AS size FROM readings r
    ), steps AS (
        SELECT series_id, bucket, shape, layout_id, ts, total, counts, size,
            lag(counts) OVER line AS counts_before, lag(total) OVER line AS total_before,
            lag(size) OVER line AS size_before
        FROM sized WINDOW line AS (PARTITION BY series_id, bucket, layout_id ORDER BY ts)
    ), parts AS (
        SELECT series_id, bucket, layout_id, ts,
            shape = '{MetricKind.HISTOGRAM_COUNTER}' AS counts_up,
            shape = '{MetricKind.HISTOGRAM_COUNTER}' AND size < size_before AS reset,
            total, total_before, counts, counts_before
        FROM steps
        WHERE ts >= bucket
          AND (shape = '{MetricKind.HISTOGRAM}' OR counts_before IS NOT NULL)
    ), heads AS (
        SELECT series_id, bucket, layout_id, count(*)::int AS n,
            sum(CASE WHEN counts_up AND NOT reset THEN total - total_before ELSE total END
                ORDER BY ts) AS total,
            count(*) FILTER (WHERE reset)::int AS resets
        FROM parts GROUP BY series_id, bucket, layout_id
    ), cells AS (
        SELECT p.series_id, p.bucket, p.layout_id, u.place,
            sum(CASE WHEN p.counts_up AND NOT p.reset
                THEN greatest(u.count - p.counts_before[u.place], 0) ELSE u.count END
                ORDER BY p.ts) AS count
        FROM parts p CROSS JOIN LATERAL unnest(p.counts) WITH ORDINALITY AS u(count, place)
        GROUP BY p.series_id, p.bucket, p.layout_id, u.place
    ), facts AS (
        SELECT h.series_id, h.bucket, h.layout_id, h.n, h.total, h.resets,
            array_agg(c.count ORDER BY c.place) AS counts
        FROM heads h JOIN cells c USING (series_id, bucket, layout_id)
        GROUP BY h.series_id, h.bucket, h.layout_id, h.n, h.total, h.resets
    ), {_replace_dists(Level.HOUR)}
"""


def _mark_days(cursor: Any, wanted: dict[str, Any]) -> None:
    cursor.execute(
        """
        INSERT INTO metrics_dirtybucket (series_id, level, bucket)
        SELECT DISTINCT series_id, 24, date_bin('1 day', bucket, 'epoch')
        FROM unnest(%(ids)s::bigint[], %(buckets)s::timestamptz[]) AS w(series_id, bucket)
        ORDER BY 1, 3
        ON CONFLICT (series_id, level, bucket) DO UPDATE SET since = now()
        """,
        wanted,
    )


def _days(cursor: Any, wanted: dict[str, Any]) -> None:
    cursor.execute(_SCALAR_DAYS, wanted)
    cursor.execute(_DIST_DAYS, wanted)


_OF_THE_DAY = """
    r.series_id = w.series_id AND r.level = 1
    AND r.bucket >= w.bucket AND r.bucket < w.bucket + interval '1 day'
"""

_SCALAR_DAYS = f"""
    WITH {_WANTED}, facts AS (
        SELECT w.series_id, w.bucket, sum(r.n)::int AS n, sum(r.n_other)::int AS n_other,
            sum(r.total ORDER BY r.bucket) AS total, min(r.low) AS low, max(r.high) AS high,
            (array_agg(r.first ORDER BY r.bucket) FILTER (WHERE r.n > 0))[1] AS first,
            (array_agg(r.last ORDER BY r.bucket DESC) FILTER (WHERE r.n > 0))[1] AS last,
            max(r.last_ts) AS last_ts, sum(r.increase ORDER BY r.bucket) AS increase,
            sum(r.resets)::int AS resets, now() AS computed_at
        FROM wanted w JOIN metrics_rollup r ON {_OF_THE_DAY}
        GROUP BY w.series_id, w.bucket
    ), {_replace_scalars(Level.DAY)}
"""

_DIST_DAYS = f"""
    WITH {_WANTED}, heads AS (
        SELECT w.series_id, w.bucket, r.layout_id, sum(r.n)::int AS n,
            sum(r.total ORDER BY r.bucket) AS total, sum(r.resets)::int AS resets
        FROM wanted w JOIN metrics_rollupdist r ON {_OF_THE_DAY}
        GROUP BY w.series_id, w.bucket, r.layout_id
    ), cells AS (
        SELECT w.series_id, w.bucket, r.layout_id, u.place,
            sum(u.count ORDER BY r.bucket) AS count
        FROM wanted w JOIN metrics_rollupdist r ON {_OF_THE_DAY}
        CROSS JOIN LATERAL unnest(r.counts) WITH ORDINALITY AS u(count, place)
        GROUP BY w.series_id, w.bucket, r.layout_id, u.place
    ), facts AS (
        SELECT h.*, (SELECT array_agg(c.count ORDER BY c.place) FROM cells c
            WHERE (c.series_id, c.bucket, c.layout_id) = (h.series_id, h.bucket, h.layout_id)
        ) AS counts FROM heads h
    ), {_replace_dists(Level.DAY)}
"""
