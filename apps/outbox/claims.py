"""Taking a row, doing its work under a lease, and marking it; only the database's clock decides.

A claim is its own short transaction, so its statement's time is the clock's. The mark is fenced by
the lease: whoever lost it marks nothing. When the database is away the mark is tried until just
before the lease runs out, for most duplicate mail comes from marks that were given up.
"""

import random
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

import psycopg
from django.db import IntegrityError, InterfaceError, OperationalError, connection, models

from . import rules
from .choices import DeliveryState, Held
from .models import Delivery

Row = TypeVar("Row", bound=models.Model)
AWAY = (OperationalError, InterfaceError)

# A lease that ran out is taken first: its row keeps its lane. Else the host that waits longest
# among those with a free lane and a whole breaker gives its next row. Hosts are found by a loose
# index scan, so a long queue behind one slow host costs the others nothing.
CLAIM = """
WITH RECURSIVE late AS MATERIALIZED (
  SELECT id, lane FROM outbox_delivery
  WHERE channel = %(channel)s AND state = 'sending' AND lease_until < statement_timestamp()
  ORDER BY lease_until LIMIT 1 FOR UPDATE SKIP LOCKED
), names AS (
  (SELECT host FROM outbox_delivery
   WHERE channel = %(channel)s AND state = 'pending' ORDER BY host LIMIT 1)
  UNION ALL
  SELECT (SELECT host FROM outbox_delivery
          WHERE channel = %(channel)s AND state = 'pending' AND host > names.host
          ORDER BY host LIMIT 1)
  FROM names WHERE names.host IS NOT NULL
), chosen AS MATERIALIZED (
  SELECT names.host, free.lane, breaker.opened_at, breaker.probe
  FROM names
  CROSS JOIN LATERAL (
    SELECT next_at FROM outbox_delivery
    WHERE channel = %(channel)s AND host = names.host AND state = 'pending'
      AND next_at <= statement_timestamp()
    ORDER BY next_at LIMIT 1
  ) due
  CROSS JOIN LATERAL (
    SELECT lane FROM generate_series(1, %(lanes)s::int) lane
    WHERE NOT EXISTS (
      SELECT FROM outbox_delivery busy
      WHERE busy.host = names.host AND busy.lane = lane.lane AND busy.state = 'sending')
    ORDER BY random() LIMIT 1
  ) free
  LEFT JOIN outbox_host breaker ON breaker.name = names.host
  WHERE NOT EXISTS (SELECT FROM late)
    AND (breaker.opened_at IS NULL OR EXISTS (
      SELECT FROM outbox_delivery probe
      WHERE probe.id = breaker.probe AND probe.state = 'pending'
        AND probe.next_at <= statement_timestamp()))
  ORDER BY due.next_at LIMIT 1
), fresh AS MATERIALIZED (
  SELECT id, (SELECT lane FROM chosen) AS lane FROM outbox_delivery
  WHERE channel = %(channel)s AND host = (SELECT host FROM chosen) AND state = 'pending'
    AND next_at <= statement_timestamp()
    AND ((SELECT opened_at FROM chosen) IS NULL OR id = (SELECT probe FROM chosen))
  ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED
), picked AS (
  SELECT id, lane, true AS late FROM late UNION ALL SELECT id, lane, false FROM fresh
)
UPDATE outbox_delivery SET state = 'sending', lane = picked.lane,
  lease = gen_random_uuid(),
  lease_until = statement_timestamp() + %(lease)s::float8 * interval '1 second',
  attempts = attempts + 1, vanished = vanished + picked.late::int
FROM picked WHERE outbox_delivery.id = picked.id
RETURNING outbox_delivery.*
"""

FINISH = """
WITH mine AS (
  UPDATE outbox_delivery SET state = %(state)s::text, lease = NULL, lease_until = NULL, lane = NULL,
    held_for = %(held_for)s, stage = '', trouble = %(trouble)s, last_error = %(error)s::text,
    next_at = statement_timestamp() + %(pause)s::float8 * interval '1 second',
    sent_at = CASE WHEN %(state)s::text = 'sent' THEN statement_timestamp() END
  FROM (SELECT id AS was, lease_until AS until FROM outbox_delivery WHERE id = %(id)s) held
  WHERE id = %(id)s AND lease = %(lease)s AND state = 'sending'
  RETURNING id, attempts, host, held.until
), noted AS (
  INSERT INTO outbox_deliveryattempt
    (delivery_id, n, started_at, finished_at, outcome, code, response)
  SELECT id, attempts, until - %(lasting)s::float8 * interval '1 second', statement_timestamp(),
    %(outcome)s::text, %(code)s::smallint, %(error)s::text
  FROM mine ON CONFLICT DO NOTHING
), healed AS (
  UPDATE outbox_host SET failures = 0, first_failed_at = NULL
  FROM mine WHERE name = mine.host AND %(outcome)s::text = 'sent' AND failures > 0
    AND opened_at IS NULL
)
SELECT count(*) FROM mine
"""

EXPIRED = """
SELECT statement_timestamp() + %(pause)s::float8 * interval '1 second'
  > first_at + %(keep)s::float8 * interval '1 second' FROM outbox_delivery WHERE id = %(id)s
"""

DUE = """
WITH RECURSIVE names AS (
  (SELECT host FROM outbox_delivery
   WHERE channel = %(channel)s AND state = 'pending' ORDER BY host LIMIT 1)
  UNION ALL
  SELECT (SELECT host FROM outbox_delivery
          WHERE channel = %(channel)s AND state = 'pending' AND host > names.host
          ORDER BY host LIMIT 1)
  FROM names WHERE names.host IS NOT NULL
)
SELECT (
  SELECT coalesce(sum(least(due.n, %(lanes)s::int - busy.n)), 0)::int FROM names
  LEFT JOIN outbox_host breaker ON breaker.name = names.host
  CROSS JOIN LATERAL (
    SELECT count(*) AS n FROM outbox_delivery
    WHERE host = names.host AND state = 'sending') busy
  CROSS JOIN LATERAL (
    SELECT count(*) AS n FROM (
      SELECT FROM outbox_delivery
      WHERE channel = %(channel)s AND host = names.host AND state = 'pending'
        AND next_at <= statement_timestamp()
        AND (breaker.opened_at IS NULL OR id = breaker.probe) LIMIT %(lanes)s::int) ready
  ) due
) + (
  SELECT count(*) FROM outbox_delivery
  WHERE channel = %(channel)s AND state = 'sending' AND lease_until < statement_timestamp())
"""

TAKE = """
UPDATE {table} SET state = 'working', lease = gen_random_uuid(),
  lease_until = statement_timestamp() + %(lease)s::float8 * interval '1 second',
  attempts = attempts + 1
WHERE id = (
  SELECT id FROM {table}
  WHERE state IN ('pending', 'working') AND next_at <= statement_timestamp()
    AND (state = 'pending' OR lease_until < statement_timestamp())
  ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING {table}.*
"""


def claim_delivery(channel: str, lanes: int = rules.PER_HOST) -> Delivery | None:
    """The next due delivery, leased to the caller; None when nothing may be sent now.

    At most `lanes` are under way to one host: a unique index says so, and who loses the race
    for a lane asks again.
    """
    words = {"channel": channel, "lanes": lanes, "lease": rules.LEASE}
    for _ in range(8):
        try:
            return _first(Delivery, *_prepared(CLAIM, words))
        except IntegrityError:
            continue
    return None


def _prepared(statement: str, words: dict[str, Any]) -> tuple[list[str], list[tuple]]:
    """Columns and rows of a statement that is planned once per connection, not every time."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(statement, words, prepare=True)
        return [column.name for column in cursor.description or ()], cursor.fetchall()


def _first(model: type[Row], columns: list[str], rows: list[tuple]) -> Row | None:
    """The first row as a record."""
    if not rows:
        return None
    fields = {field.column: field for field in model._meta.concrete_fields}
    values = [
        fields[name].from_db_value(value, None, connection)  # type: ignore[attr-defined]
        if hasattr(fields[name], "from_db_value")
        else value
        for name, value in zip(columns, rows[0], strict=True)
    ]
    return model.from_db(connection.alias, [fields[name].attname for name in columns], values)


def take(model: type[Row], *, lease: float = 60.0) -> Row | None:
    """The next due row of a simple queue (events that arrived, jobs), leased to the caller."""
    statement = TAKE.format(table=model._meta.db_table)
    return next(iter(model.objects.raw(statement, {"lease": lease})), None)  # type: ignore[attr-defined]


def due_deliveries(channel: str, lanes: int = rules.PER_HOST) -> int:
    """How many nudges the channel is worth: due rows, not more per host than free lanes."""
    return _prepared(DUE, {"channel": channel, "lanes": lanes})[1][0][0]


def keep_trying(mark: Callable[[], Any], *, until: float) -> Any:
    """Do a mark although the database goes away and comes back, until a monotonic second."""
    pause = 0.1
    while True:
        try:
            return mark()
        except AWAY:
            with suppress(*AWAY):
                connection.close()
            if time.monotonic() + pause > until:
                raise
            time.sleep(pause)
            pause = min(1.0, pause * 1.5)


class LeaseLost(Exception):
    """Somebody else owns the row by now: do nothing more."""


def stage(delivery: Delivery, name: str) -> None:
    """Write down how far it got before the step whose outcome may stay unknown.

    Raises LeaseLost, so that a process that slept through its lease hands nothing over.
    """
    mine = Delivery.objects.filter(
        pk=delivery.pk, lease=delivery.lease, state=DeliveryState.SENDING
    )
    if not mine.update(stage=name):
        raise LeaseLost


def finish(
    delivery: Delivery,
    verdict: rules.Verdict,
    *,
    code: int | None = None,
    words: str = "",
    trouble: str = "",
    outcome: str = "",
) -> bool:
    """Mark how the attempt went; False when the lease was lost, and then nothing is marked."""
    state, pause, held_for = DeliveryState.SENT, 0.0, ""
    if verdict.outcome == "refused":
        state = DeliveryState.DEAD
    elif verdict.outcome == "failed":
        pause = rules.pause(delivery.attempts, random.random())  # noqa: S311
        state = DeliveryState.DEAD if _expired(delivery, pause) else DeliveryState.PENDING
    if outcome == "unknown":
        state, held_for = DeliveryState.HELD, Held.UNKNOWN
    _, rows = _prepared(
        FINISH,
        {
            "id": delivery.pk,
            "lease": delivery.lease,
            "state": str(state),
            "held_for": str(held_for),
            "pause": pause,
            "outcome": "vanished" if outcome else verdict.outcome,
            "code": code,
            "error": words.replace("\x00", "\ufffd")[:2048],
            "trouble": trouble[:60],
            "lasting": rules.LEASE,
        },
    )
    return rows[0][0] == 1


def _expired(delivery: Delivery, pause: float) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(EXPIRED, {"id": delivery.pk, "pause": pause, "keep": rules.KEEP_TRYING})
        return cursor.fetchone()[0]
