"""Assesses the clocks of all tickets anew: streamed out, computed, compared, written where wrong.

A shard is every n-th block of ticket numbers, so several processes share the work without a word
between them. Memory does not grow with the table; what is equal is not written.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from apps.timeline.bulk import uncollected

from .clocks import clocks_of, due_of
from .copying import LINE, line_of, write
from .keeping import SHEET, Due, Held, Writing
from .story import PACKED, RELEVANT, Sheet, story_of
from .versions import offers

BLOCK = 2_000  # ticket numbers of one transaction; verbs on them wait that long

# Each table is asked for the range by itself: a plan for a block then never reads a whole table.
_READ = f"""
  SELECT {SHEET}, told.packed, date_part('epoch', t.due_at)::bigint, t.due_kind, t.sla_state,
    t.sla_left, t.breached
  FROM tickets_ticket t LEFT JOIN customers_customer c ON c.id = t.customer_id
  LEFT JOIN sla_terms terms ON terms.ticket_id = t.id
    AND terms.ticket_id >= %(low)s AND terms.ticket_id < %(high)s
  LEFT JOIN (
    SELECT subject_id, {PACKED} AS packed FROM timeline_activity
    LEFT JOIN tickets_importedticket i ON i.ticket_id = subject_id
      AND i.ticket_id >= %(low)s AND i.ticket_id < %(high)s
    WHERE kind = 'ticket' AND subject_id >= %(low)s AND subject_id < %(high)s AND {RELEVANT}
    GROUP BY subject_id
  ) told ON told.subject_id = t.id
  WHERE t.id >= %(low)s AND t.id < %(high)s ORDER BY t.id
"""  # noqa: S608  (nothing from outside enters any of these texts)
_TOLD = 11  # where the reading copy of the clocks begins
_HELD = f"""
COPY (
  SELECT {LINE} FROM sla_clock k WHERE k.ticket_id >= %(low)s AND k.ticket_id < %(high)s
) TO STDOUT
"""  # noqa: S608
_HOLD = """
SELECT FROM tickets_ticket WHERE id >= %(low)s AND id < %(high)s ORDER BY id FOR NO KEY UPDATE
"""


@dataclass
class Rebuilt:
    """What one shard did."""

    tickets: int = 0
    clocks: int = 0
    written: int = 0
    removed: int = 0


def rebuild(shard: int = 0, shards: int = 1, *, at: datetime | None = None) -> Rebuilt:
    """Every clock of the tickets of one shard, as of `at`; safe beside verbs and other shards."""
    at = at or timezone.now()
    done = Rebuilt()
    with uncollected():
        for low, high in blocks(shard, shards):
            _block({"low": low, "high": high}, int(at.timestamp() // 1), done)
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


def _block(block: dict[str, int], now: int, done: Rebuilt) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_HOLD, block)
        cursor.execute(_READ, block)
        rows = cursor.fetchall()
        with cursor.copy(_HELD, block) as copy:
            held = {bytes(line).decode() for line in copy}
        writing, offered = Writing(), offers()
        clocks: list[Held] = []
        dues: list[tuple[int, Due]] = []
        for row in rows:
            story = story_of(Sheet(*row[: _TOLD - 1]), row[_TOLD - 1], lambda: offered)
            writing.note_terms(story)
            fresh = clocks_of(story, max(now, story.last_at), noticed_from=now)
            due = due_of(fresh)
            if due != row[_TOLD:]:
                dues.append((story.sheet.ticket, due))
            clocks += fresh
        done.tickets += len(rows)
        done.clocks += len(clocks)
        _settle(cursor, clocks, held, dues, writing, done)


def _settle(
    cursor: Any,
    clocks: list[Held],
    held: set[str],
    dues: list[tuple[int, Due]],
    writing: Writing,
    done: Rebuilt,
) -> None:
    """Write what differs from the lines that are held, and remove what nothing tells of."""
    differing = []
    for clock in clocks:
        line = f"{line_of(clock)}\n"
        if line in held:
            held.remove(line)
        else:
            differing.append(clock)
    there = {(str(clock.ticket), clock.kind, str(clock.cycle)) for clock in differing}
    gone = {tuple(line.split("\t", 3)[:3]) for line in held} - there
    if differing or gone or dues or writing.terms:
        write(cursor, differing, gone, dues, writing)
    done.written += len(differing)
    done.removed += len(gone)
