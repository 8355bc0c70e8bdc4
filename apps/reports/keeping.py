"""Keeps the facts of the report true to the timeline: what happened to a ticket writes its facts
anew, whenever it happened and however it came in.

Late, corrected, imported, merged and erased data are changes like any other: their tickets are
computed again, and nothing else is. Doing it twice, or two at once, writes the same.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import connection, transaction

from apps.figures.figure import Reading
from apps.tickets.rules.moves import UNRESOLVED

from .models import FOREVER, Keeping

BATCH = 20_000  # activities whose tickets are written at once
SECONDS = 5.0  # of one slot
FRESH = timedelta(minutes=15)  # older than that, what was not yet read makes a figure stale
SEEN = 0.9  # a smaller share of the timeline makes it partial

_open = ", ".join(f"'{status}'" for status in sorted(UNRESOLVED))
_FOUND = """
SELECT max(id), array_agg(DISTINCT subject_id) FILTER (WHERE kind = 'ticket') FROM (
  SELECT id, kind, subject_id FROM timeline_activity WHERE id > %s ORDER BY id LIMIT %s) a
"""
# What an import told counts only while it is the one that is believed.
_TOLD = """
told AS MATERIALIZED (
  SELECT a.id, a.subject_id AS ticket, a.at, a.actor_id AS actor, a.verb,
    a.data->'status'->>0 AS before, a.data->'status'->>1 AS after,
    a.verb = 'heard' OR (a.verb = 'reported' AND a.data->>'origin' = 'customer') AS asks
  FROM timeline_activity a LEFT JOIN tickets_importedticket i ON i.ticket_id = a.subject_id
  WHERE a.kind = 'ticket' AND a.subject_id = ANY(%(tickets)s)
    AND (a.data ? 'status' OR a.verb IN ('reported', 'heard', 'replied', 'needed_no_reply'))
    AND (i.told_by_id IS NULL OR NOT a.data ? 'run' OR (a.data->>'run')::bigint = i.told_by_id)
),
spoken AS (
  SELECT *, max(CASE WHEN verb IN ('reported', 'heard', 'replied', 'needed_no_reply')
      THEN 2 * line + asks::int END) OVER (
    PARTITION BY ticket ORDER BY line ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS word
  FROM (SELECT *, row_number() OVER (PARTITION BY ticket ORDER BY at, id) AS line FROM told) t
),
moved AS MATERIALIZED (
  SELECT id, ticket, at, actor, before, after,
    after = 'waiting_customer' AND verb <> 'replied'
      AND coalesce(word %% 2 = 1, false) AS unanswered
  FROM spoken WHERE after IS NOT NULL
)
"""
# How it stood before the first change that is known of; where none is, as it stands today.
_STOOD = f"""
{_TOLD},
changed AS (
  SELECT id, ticket, at, actor, after AS status, unanswered FROM moved
  UNION ALL
  SELECT * FROM (
    SELECT DISTINCT ON (ticket) NULL::bigint, ticket, '-infinity'::timestamptz, NULL::bigint,
      before AS status, false
    FROM moved ORDER BY ticket, at, id) first WHERE status IS NOT NULL
  UNION ALL
  SELECT NULL, id, '-infinity', NULL, status, false FROM tickets_ticket
  WHERE id = ANY(%(tickets)s) AND id NOT IN (SELECT ticket FROM moved)
)
"""
_STANDS = f"""
WITH {_STOOD}
INSERT INTO reports_stand
  (ticket_id, place, status, began, until, activity, actor, unanswered)
SELECT c.ticket, c.place, c.status, greatest(c.at, t.reported_at), greatest(c.until, t.reported_at),
  c.id, c.actor, c.unanswered
FROM (
  SELECT *, row_number() OVER w AS place, coalesce(lead(at) OVER w, %(forever)s) AS until
  FROM changed WINDOW w AS (PARTITION BY ticket ORDER BY at, id NULLS FIRST)) c
JOIN tickets_ticket t ON t.id = c.ticket
WHERE c.status IN ({_open})
"""
_STRETCHES = f"""
WITH {_STOOD}
INSERT INTO reports_stretch (ticket_id, place, began, until, came)
SELECT e.ticket, e.place, greatest(e.at, t.reported_at), e.until, t.reported_at
FROM (
  SELECT *, row_number() OVER w AS place, coalesce(lead(at) OVER w, %(forever)s) AS until
  FROM (
    SELECT ticket, at, id, status IN ({_open}) AS open,
      coalesce(lag(status IN ({_open})) OVER (PARTITION BY ticket ORDER BY at, id NULLS FIRST),
        false) AS was
    FROM changed) s
  WHERE open <> was WINDOW w AS (PARTITION BY ticket ORDER BY at, id NULLS FIRST)) e
JOIN tickets_ticket t ON t.id = e.ticket
WHERE e.open AND greatest(e.at, t.reported_at) < e.until
"""
_SOLVES = f"""
WITH {_TOLD}
INSERT INTO reports_solve (ticket_id, place, at, back_at, replies, activity)
SELECT ticket, place, at, back_at, (
    SELECT count(*) FROM tickets_message m WHERE m.ticket_id = r.ticket AND m.at <= r.at
      AND m.direction = 'out' AND NOT m.automatic AND m.undone_at IS NULL),
  id
FROM (
  SELECT id, ticket, at, before, after,
    row_number() OVER (PARTITION BY ticket ORDER BY at, id) AS place,
    min(at) FILTER (WHERE before IN ('resolved', 'closed') AND after IN ({_open})) OVER (
      PARTITION BY ticket ORDER BY at, id
      ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS back_at
  FROM moved) r
WHERE after IN ('resolved', 'closed') AND before NOT IN ('resolved', 'closed')
"""
_STATEMENTS = {"stand": _STANDS, "stretch": _STRETCHES, "solve": _SOLVES}
_LAG = """
SELECT k.read_to, newest.id, (
  SELECT recorded_at FROM timeline_activity
  WHERE id > coalesce(k.read_to, 0) AND kind = 'ticket' ORDER BY id LIMIT 1)
FROM (SELECT max(id) AS id FROM timeline_activity) newest
LEFT JOIN reports_keeping k ON k.id = 1
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the facts go: all of it, or up to `as_of` with that share of the timeline read."""

    as_of: datetime | None = None
    coverage: float | None = None

    def told(self, reading: Reading) -> Reading:
        """A reading that says how far it goes."""
        if self.as_of is None:
            return reading
        return replace(reading, as_of=self.as_of, coverage=self.coverage)


def keep(*, at: datetime, seconds: float | None = None) -> int:
    """Follow the timeline for a few seconds; how many tickets were written.

    What was read before and may have been joined since is read again first.
    """
    until, written = time.monotonic() + (SECONDS if seconds is None else seconds), 0
    with transaction.atomic():
        keeping = Keeping.held()
        settled_to = keeping.settled_to
        if keeping.everything_read_has_settled():  # asked before it is read again
            settled_to = keeping.read_to
        read_to = keeping.settled_to
        while found := _after(read_to):
            read_to, tickets = found
            write(tickets)
            written += len(tickets)
            if read_to > keeping.read_to and time.monotonic() >= until:
                break
        keeping.move(settled_to=settled_to, read_to=max(read_to, keeping.read_to))
    return written


def _after(read_to: int) -> tuple[int, list[int]] | None:
    """The next activities' last id and their tickets; None when there are none."""
    with connection.cursor() as cursor:
        cursor.execute(_FOUND, [read_to, BATCH])
        last, tickets = cursor.fetchone()
    return None if last is None else (last, tickets or [])


def write(tickets: Sequence[int]) -> None:
    """The facts of these tickets anew."""
    values = {"tickets": list(tickets), "forever": FOREVER}
    with connection.cursor() as cursor:
        for table, statement in _STATEMENTS.items():
            cursor.execute(
                f"DELETE FROM reports_{table} WHERE ticket_id = ANY(%(tickets)s)", values
            )
            cursor.execute(statement, values)


def standing() -> Standing:
    """Everything that happened to tickets is in the facts, or since when it is not."""
    with connection.cursor() as cursor:
        cursor.execute(_LAG)
        read_to, newest, unread = cursor.fetchone()
    return Standing() if unread is None else Standing(unread, (read_to or 0) / newest)
