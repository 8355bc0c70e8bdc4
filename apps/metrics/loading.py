"""Samples into their table: COPY into a staging table, then one guarded upsert.

Everything runs in the caller's transaction, together with the books of the run.
"""

# ruff: noqa: S608  (the names put into statements are our own tables and columns)

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from .importers.records import HistogramTrack, Track
from .models import HistogramLayout, Metric, Series
from .rules import labels
from .rules.values import State
from .shelves import HISTOGRAMS, SCALARS, Shelf

_HEAD = b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)
_TAIL = struct.pack("!h", -1)
_FLUSH = 50_000  # rows packed before they are sent
_METRICS = 0x6D74  # first half of the advisory locks on metrics

# series_id, at, state, value, size: length and content of each
_number = struct.Struct("!hiqidihidi").pack
_number_of = struct.Struct("!hiqidihidiq").pack
_nothing = struct.Struct("!hiqidihii").pack
_nothing_of = struct.Struct("!hiqidihiiq").pack
# series_id, at, state, layout_id, then total and counts
_dist = struct.Struct("!hiqidihii").pack


@dataclass
class Loaded:
    """What one load did."""

    staged: int = 0
    inserted: int = 0
    changed: int = 0
    withdrawn: int = 0

    @property
    def unchanged(self) -> int:
        return self.staged - self.inserted - self.changed

    def __add__(self, other: "Loaded") -> "Loaded":
        return Loaded(
            self.staged + other.staged,
            self.inserted + other.inserted,
            self.changed + other.changed,
            self.withdrawn + other.withdrawn,
        )


def load(
    metric: Metric,
    tracks: Sequence[Track],
    histograms: Sequence[HistogramTrack] = (),
    *,
    run_id: int,
    replace: bool = False,
) -> Loaded:
    """Write what differs, keep what it was, and mark the buckets it touched.

    `replace` withdraws the samples of a series between its first and last new one that did not
    come again.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_METRICS, metric.pk])
    done = Loaded()
    if tracks:
        ids = series_of(metric, [track.labels for track in tracks])
        numbered = sorted(zip(ids, tracks, strict=True), key=lambda pair: pair[0])
        done += _write(metric, SCALARS, _scalar_rows(numbered), numbered, run_id)
        if replace:
            done.withdrawn += _withdraw(metric, numbered, run_id)
    if histograms:
        ids = series_of(metric, [track.labels for track in histograms])
        layouts = [_layout(metric, track.bounds).pk for track in histograms]
        pairs = sorted(zip(ids, histograms, layouts, strict=True), key=lambda one: one[0])
        numbered = [(pk, track) for pk, track, _ in pairs]
        done += _write(metric, HISTOGRAMS, _dist_rows(pairs), numbered, run_id)
    return done


def series_of(metric: Metric, many: Sequence[dict[str, str]]) -> list[int]:
    """The ids of these label sets, made where they are new."""
    hashes = [labels.identity(names) for names in many]
    known = _ids(metric, hashes)
    fresh = {
        digest: names for digest, names in zip(hashes, many, strict=True) if digest not in known
    }
    if fresh:
        Series.objects.bulk_create(
            [
                Series(
                    metric=metric,
                    labels={name: text for name, text in names.items() if name != "__name__"},
                    labels_hash=digest,
                    retention=metric.retention,
                )
                for digest, names in fresh.items()
            ],
            ignore_conflicts=True,
        )
        known |= _ids(metric, list(fresh))
    return [known[digest] for digest in hashes]


def _ids(metric: Metric, hashes: list[bytes]) -> dict[bytes, int]:
    found = Series.objects.filter(metric=metric, labels_hash__in=hashes)
    return {bytes(digest): pk for digest, pk in found.values_list("labels_hash", "pk")}


def _layout(metric: Metric, bounds: Sequence[float]) -> HistogramLayout:
    """These edges as a version of the metric's layout."""
    versions = HistogramLayout.objects.filter(metric=metric)
    known = versions.filter(bounds=list(bounds)).first()
    return known or HistogramLayout.objects.create(
        metric=metric, version=versions.count() + 1, bounds=list(bounds)
    )


# --- rows as COPY reads them


def _scalar_rows(numbered: Iterable[tuple[int, Track]]) -> Iterator[list[bytes]]:
    for pk, track in numbered:
        if track.states is None and track.sizes is None:
            pairs = zip(track.times, track.values, strict=True)
            yield [_number(5, 8, pk, 8, at, 2, 0, 8, value, -1) for at, value in pairs]
        else:
            yield [
                _scalar(pk, at, value, state, size)
                for at, value, state, size in zip(
                    track.times,
                    track.values,
                    track.states or [0] * len(track),
                    track.sizes or [None] * len(track),
                    strict=True,
                )
            ]


def _scalar(pk: int, at: float, value: float | None, state: int, size: int | None) -> bytes:
    if value is None:
        if size is None:
            return _nothing(5, 8, pk, 8, at, 2, state, -1, -1)
        return _nothing_of(5, 8, pk, 8, at, 2, state, -1, 8, size)
    if size is None:
        return _number(5, 8, pk, 8, at, 2, state, 8, value, -1)
    return _number_of(5, 8, pk, 8, at, 2, state, 8, value, 8, size)


def _dist_rows(many: Iterable[tuple[int, HistogramTrack, int]]) -> Iterator[list[bytes]]:
    for pk, track, layout in many:
        size = len(track.bounds) + 1
        # one dimension, no nulls, oid 701 (double precision), length, lower bound 1
        head = struct.pack("!iiiiii", 20 + 12 * size, 1, 0, 701, size, 1)
        cells = struct.Struct("!" + "id" * size).pack
        rows = []
        for at, counts, total in zip(track.times, track.counts, track.sums, strict=True):
            row = _dist(6, 8, pk, 8, at, 2, 0, 4, layout)
            row += struct.pack("!i", -1) if total is None else struct.pack("!id", 8, total)
            row += head + cells(*(part for count in counts for part in (8, count)))
            rows.append(row)
        yield rows


# --- the two statements


def _write(
    metric: Metric,
    shelf: Shelf,
    rows: Iterator[list[bytes]],
    numbered: Sequence[tuple[int, Any]],
    run_id: int,
) -> Loaded:
    with connection.cursor() as cursor:
        staged = _stage(cursor, shelf, rows)
        _keep_what_was(cursor, shelf, metric.retention, run_id)
        inserted, changed = _upsert(cursor, metric, shelf, run_id)
        _remember_times(cursor, numbered)
    return Loaded(staged, inserted, changed)


def _stage(cursor: Any, shelf: Shelf, rows: Iterator[list[bytes]]) -> int:
    payload = ", ".join(f"{name} {kind}" for name, kind in shelf.payload)
    cursor.execute("SELECT to_regclass(%s)", [f"pg_temp.{shelf.stage}"])
    if cursor.fetchone()[0]:
        cursor.execute(f"TRUNCATE pg_temp.{shelf.stage}")
    else:  # once for a connection
        cursor.execute(
            f"CREATE TEMP TABLE {shelf.stage} (series_id bigint, at double precision,"
            f" state smallint, {payload}) ON COMMIT DELETE ROWS"
        )
    staged = 0
    copy = f"COPY pg_temp.{shelf.stage} FROM STDIN (FORMAT BINARY)"
    with cursor.copy(copy) as stream:
        stream.write(_HEAD)
        for packed in rows:
            staged += len(packed)
            for place in range(0, len(packed), _FLUSH):
                stream.write(b"".join(packed[place : place + _FLUSH]))
        stream.write(_TAIL)
    return staged


def _keep_what_was(cursor: Any, shelf: Shelf, retention: int, run_id: int) -> None:
    """Only samples up to the last one we have can differ from something."""
    cursor.execute(
        f"""
        INSERT INTO {shelf.revisions}
            (series_id, ts, rev, run_id, old_run_id, state, {shelf.columns})
        SELECT t.series_id, t.ts, t.rev, %(run)s, t.run_id, {shelf.of("t")}
        FROM pg_temp.{shelf.stage} d
        JOIN metrics_series s ON s.id = d.series_id AND to_timestamp(d.at) <= s.last_ts
        JOIN {shelf.table} t
          ON t.series_id = d.series_id AND t.ts = to_timestamp(d.at) AND t.retention = %(retention)s
        WHERE ({shelf.of("t")}) IS DISTINCT FROM ({shelf.of("d")})
        """,
        {"run": run_id, "retention": retention},
    )


def _upsert(cursor: Any, metric: Metric, shelf: Shelf, run_id: int) -> tuple[int, int]:
    cursor.execute(
        f"""
        WITH up AS (
            INSERT INTO {shelf.table} AS t
                (series_id, ts, retention, run_id, rev, state, {shelf.columns})
            SELECT d.series_id, to_timestamp(d.at), %(retention)s, %(run)s, 0, {shelf.of("d")}
            FROM pg_temp.{shelf.stage} d
            ON CONFLICT (series_id, ts, retention) DO UPDATE
            SET {shelf.set_to("EXCLUDED")},
                rev = least(t.rev + 1, 32767), run_id = EXCLUDED.run_id
            WHERE ({shelf.of("t")}) IS DISTINCT FROM ({shelf.of("EXCLUDED")})
            RETURNING series_id, ts, rev
        ), {touched(shelf.table, "up", counts_up=metric.form.counts_up)}
        SELECT count(*) FILTER (WHERE rev = 0), count(*) FILTER (WHERE rev > 0) FROM up
        """,
        {"run": run_id, "retention": metric.retention},
    )
    return cursor.fetchone()


def touched(table: str, changed: str, *, counts_up: bool) -> str:
    """CTEs that mark the hours of `changed (series_id, ts)` to be computed again.

    DO UPDATE, not DO NOTHING: it waits for a worker that is just computing the bucket from
    samples as they were. What a counter added belongs to the later reading, so the hour of the
    next one is touched too.
    """
    later = f"""
        UNION
        SELECT m.series_id, date_bin('1 hour', follower.ts, 'epoch')
        FROM (SELECT series_id, max(ts) AS ts FROM {changed}
              GROUP BY series_id, date_bin('1 hour', ts, 'epoch')) m
        JOIN metrics_series s ON s.id = m.series_id
        CROSS JOIN LATERAL (
            SELECT n.ts FROM {table} n
            WHERE n.series_id = m.series_id AND n.retention = s.retention
              AND n.ts > m.ts AND n.state = {State.OK.value}
            ORDER BY n.ts LIMIT 1
        ) follower
    """
    return f"""
        hours AS (
            SELECT DISTINCT series_id, date_bin('1 hour', ts, 'epoch') AS bucket FROM {changed}
            {later if counts_up else ""}
        ), marked AS (
            INSERT INTO metrics_dirtybucket (series_id, level, bucket)
            SELECT series_id, 1, bucket FROM hours ORDER BY series_id, bucket
            ON CONFLICT (series_id, level, bucket) DO UPDATE SET since = now()
            RETURNING 1
        )
    """


def _remember_times(cursor: Any, numbered: Sequence[tuple[int, Any]]) -> None:
    """First and last news of each series; nothing is written where nothing is new."""
    ids, firsts, lasts, goods = [], [], [], []
    for pk, track in numbered:
        if track.times:
            ids.append(pk)
            firsts.append(_instant(track.times[0]))
            lasts.append(_instant(track.times[-1]))
            goods.append(_last_good(track))
    cursor.execute(
        """
        UPDATE metrics_series s
        SET first_ts = least(s.first_ts, w.first_ts), last_ts = greatest(s.last_ts, w.last_ts),
            last_good_ts = greatest(s.last_good_ts, w.good)
        FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[])
            AS w(id, first_ts, last_ts, good)
        WHERE s.id = w.id
          AND (s.first_ts, s.last_ts, s.last_good_ts) IS DISTINCT FROM (
            least(s.first_ts, w.first_ts), greatest(s.last_ts, w.last_ts),
            greatest(s.last_good_ts, w.good))
        """,
        [ids, firsts, lasts, goods],
    )


def _last_good(track: Any) -> datetime | None:
    states = getattr(track, "states", None)
    if states is None:
        return _instant(track.times[-1])
    for at, state in zip(reversed(track.times), reversed(states), strict=True):
        if state == State.OK:
            return _instant(at)
    return None


def _instant(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _withdraw(metric: Metric, numbered: Sequence[tuple[int, Track]], run_id: int) -> int:
    """Take back what a file that replaces a range does not hold."""
    spans = [(pk, track.times[0], track.times[-1]) for pk, track in numbered if track.times]
    shelf = SCALARS
    vanished = f"""
        SELECT t.series_id, t.ts FROM unnest(%(ids)s::bigint[], %(firsts)s::float8[],
            %(lasts)s::float8[]) AS w(series_id, first, last)
        JOIN {shelf.table} t ON t.series_id = w.series_id AND t.retention = %(retention)s
            AND t.ts BETWEEN to_timestamp(w.first) AND to_timestamp(w.last)
        WHERE t.state <> {State.WITHDRAWN.value} AND NOT EXISTS (
            SELECT FROM pg_temp.{shelf.stage} d
            WHERE d.series_id = t.series_id AND to_timestamp(d.at) = t.ts)
    """
    known = {
        "ids": [span[0] for span in spans],
        "firsts": [span[1] for span in spans],
        "lasts": [span[2] for span in spans],
        "retention": metric.retention,
        "run": run_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO {shelf.revisions}
                (series_id, ts, rev, run_id, old_run_id, state, {shelf.columns})
            SELECT t.series_id, t.ts, t.rev, %(run)s, t.run_id, {shelf.of("t")}
            FROM {shelf.table} t JOIN ({vanished}) v USING (series_id, ts)
            WHERE t.retention = %(retention)s
            """,
            known,
        )
        cursor.execute(
            f"""
            WITH gone AS (
                UPDATE {shelf.table} t
                SET state = {State.WITHDRAWN.value}, value = NULL, size = NULL,
                    rev = least(t.rev + 1, 32767), run_id = %(run)s
                FROM ({vanished}) v
                WHERE t.series_id = v.series_id AND t.ts = v.ts AND t.retention = %(retention)s
                RETURNING t.series_id, t.ts
            ), {touched(shelf.table, "gone", counts_up=metric.form.counts_up)}
            SELECT count(*) FROM gone
            """,
            known,
        )
        return cursor.fetchone()[0]
