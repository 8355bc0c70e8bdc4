"""Assesses the clocks of all tickets anew: streamed out, computed, copied in, compared there.

A shard is every n-th block of ticket numbers, so several processes share the work without a word
between them. Memory does not grow with the table; what is equal is not written.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from apps.timeline.models import Activity

from .clocks import clocks_of, due_of
from .keeping import COLUMNS, GIVEN, SHEET, SOURCES, STORY, Due, Held, Sheet, Writing
from .story import story_of
from .versions import offers

BLOCK = 2_000  # ticket numbers of one transaction; verbs on them wait that long

_READ = f"""
COPY (
  SELECT {SHEET}, {STORY} FROM {SOURCES}
  WHERE t.id >= %s AND t.id < %s ORDER BY t.id
) TO STDOUT
"""  # noqa: S608  (nothing from outside enters any of these texts)
_TYPES = ["int8", "int8", "text", "text", "int8", "text[]", "text", "int8", "int8", "int8", "text"]
_HOLD = "SELECT FROM tickets_ticket WHERE id >= %s AND id < %s ORDER BY id FOR NO KEY UPDATE"
_STAGE = f"""
CREATE TEMP TABLE IF NOT EXISTS sla_staged ({GIVEN}) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS sla_told (ticket bigint, due_at float8, due_kind text,
  sla_state text, sla_left int, breached bool) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS sla_agreed (ticket bigint, policy bigint, calendar bigint,
  seen bigint) ON COMMIT DELETE ROWS;
"""
_CLOCKS = f"COPY sla_staged ({', '.join(Held._fields)}) FROM STDIN"
_DUES = f"COPY sla_told (ticket, {', '.join(Due._fields)}) FROM STDIN"
_TERMS = "COPY sla_agreed (ticket, policy, calendar, seen) FROM STDIN"

# Whether time merely went on is no difference; see `clocks.differs`.
_values = tuple(
    f"to_timestamp(s.{name})" if name.endswith("_at") else f"s.{name}" for name in Held._fields
)
_kept = {"assessed_at", "noticed_at", "next_event_at"}
_compared = [
    (column, value)
    for name, column, value in zip(Held._fields, COLUMNS, _values, strict=True)
    if name not in _kept | {"elapsed", "paused"}
]
_old = ", ".join(f"k.{column}" for column, _ in _compared)
_new = ", ".join(value for _, value in _compared)
_changed = ", ".join(
    f"{column} = excluded.{column}"
    for column in COLUMNS
    if column not in ("ticket_id", "kind", "cycle")
)
_WRITE = f"""
INSERT INTO sla_clock ({", ".join(COLUMNS)})
SELECT {", ".join(_values)} FROM sla_staged s
WHERE NOT EXISTS (
  SELECT FROM sla_clock k
  WHERE k.ticket_id = s.ticket AND k.kind = s.kind AND k.cycle = s.cycle
    AND ({_old}) IS NOT DISTINCT FROM ({_new})
    AND (s.stopped_at IS NULL OR (k.elapsed, k.paused) = (s.elapsed, s.paused)))
ON CONFLICT (ticket_id, kind, cycle) DO UPDATE SET {_changed}
"""  # noqa: S608
_REMOVE = """
DELETE FROM sla_clock k
WHERE k.ticket_id >= %s AND k.ticket_id < %s AND NOT EXISTS (
  SELECT FROM sla_staged s
  WHERE s.ticket = k.ticket_id AND s.kind = k.kind AND s.cycle = k.cycle)
"""
_TELL = """
UPDATE tickets_ticket t SET due_at = to_timestamp(told.due_at), due_kind = told.due_kind,
  sla_state = told.sla_state, sla_left = told.sla_left, breached = told.breached
FROM sla_told told
WHERE t.id = told.ticket
  AND (t.due_at, t.due_kind, t.sla_state, t.sla_left, t.breached) IS DISTINCT FROM
    (to_timestamp(told.due_at), told.due_kind, told.sla_state, told.sla_left, told.breached)
"""
_AGREE = """
INSERT INTO sla_terms (ticket_id, policy_version_id, calendar_version_id, seen)
SELECT ticket, policy, calendar, seen FROM sla_agreed
ON CONFLICT (ticket_id) DO UPDATE SET seen = excluded.seen
"""


@dataclass
class Rebuilt:
    """What one shard did."""

    tickets: int = 0
    clocks: int = 0
    written: int = 0
    removed: int = 0


@dataclass
class _Batch:
    clocks: list[Held] = field(default_factory=list)
    dues: list[tuple[int, Due]] = field(default_factory=list)
    tickets: int = 0


def rebuild(shard: int = 0, shards: int = 1, *, at: datetime | None = None) -> Rebuilt:
    """Every clock of the tickets of one shard, as of `at`; safe beside verbs and other shards."""
    at = at or timezone.now()
    done = Rebuilt()
    for low, high in blocks(shard, shards):
        _block(low, high, int(at.timestamp() // 1), done)
    return done


def blocks(shard: int, shards: int) -> Iterator[tuple[int, int]]:
    """The ranges of ticket numbers that are this shard's; gaps of whole blocks are skipped."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id), max(id) FROM tickets_ticket")
        first, last = cursor.fetchone()
    if first is None:
        return
    for number in range(first // BLOCK, last // BLOCK + 1):
        if number % shards == shard:
            yield number * BLOCK, (number + 1) * BLOCK


def _block(low: int, high: int, now: int, done: Rebuilt) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_HOLD, [low, high])
        writing = Writing()
        batch = _assess(cursor, low, high, now, writing)
        if not batch.tickets:
            return
        cursor.execute(_STAGE)
        if writing.terms:
            with cursor.copy(_TERMS) as copy:
                for terms in writing.terms:
                    copy.write_row(list(terms.values()))
            cursor.execute(_AGREE)
            Activity.objects.bulk_create(writing.moved)
        with cursor.copy(_CLOCKS) as copy:
            for clock in batch.clocks:
                copy.write_row(clock)
        with cursor.copy(_DUES) as copy:
            for ticket, due in batch.dues:
                copy.write_row((ticket, *due))
        cursor.execute(_WRITE)
        done.written += cursor.rowcount
        cursor.execute(_REMOVE, [low, high])
        done.removed += cursor.rowcount
        cursor.execute(_TELL)
    done.tickets += batch.tickets
    done.clocks += len(batch.clocks)


def _assess(cursor, low: int, high: int, now: int, writing: Writing) -> _Batch:
    batch, offered = _Batch(), offers()
    with cursor.copy(_READ, [low, high]) as copy:
        copy.set_types(_TYPES)
        rows = list(copy.rows())  # a story may have a version looked up: not while rows still come
    for *about, packed in rows:
        story = story_of(Sheet(*about), packed, lambda: offered)
        writing.note_terms(story)
        clocks = clocks_of(story, max(now, story.last_at), noticed_from=now)
        batch.clocks += clocks
        batch.dues.append((story.sheet.ticket, due_of(clocks)))
        batch.tickets += 1
    return batch
