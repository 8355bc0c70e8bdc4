"""What time alone brings about: warnings, breaches, the ladder's steps; once each, whoever sweeps.

Due clocks are found by the index on `next_event_at` and claimed by locking their tickets, as verbs
do, so that nobody waits and nothing is done twice. Each claim computes the clock from its events:
it may have paused or stopped since it was put down.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from apps.outbox.drains import drain
from apps.sla.rules import Clock, assess
from apps.sla.rules.words import KINDS

from . import ladder
from .clocks import settle
from .keeping import Found, find
from .models import Clock as StoredClock
from .story import story_of
from .versions import promise_of

BATCH = 50  # clocks of one claim
OLD = timedelta(days=1)  # what was due longer ago is no news any more

_CLAIM = """
SELECT t.id FROM (
  SELECT ticket_id FROM sla_clock WHERE next_event_at <= %s ORDER BY next_event_at LIMIT %s
) due JOIN tickets_ticket t ON t.id = due.ticket_id
ORDER BY t.id FOR NO KEY UPDATE OF t SKIP LOCKED
"""


def due() -> int:
    """How many nudges the due clocks are worth: one for each batch."""
    waiting = StoredClock.objects.filter(next_event_at__lte=timezone.now())
    return -(-waiting.order_by("next_event_at")[: 8 * BATCH].count() // BATCH)


def drain_due() -> int:
    """Sweep batches until nothing is due or the time is over."""
    return drain("sla.sweep", lambda: sweep(at=timezone.now()) > 0)


def sweep(*, at: datetime, size: int = BATCH) -> int:
    """One claim: assess its tickets as of `at` and take the steps that are due; how many tickets.

    The steps are written with the clock in one transaction, so a worker that dies has done nothing.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, [at, size])
            tickets = list(dict.fromkeys(number for (number,) in cursor.fetchall()))
        if not tickets:
            return 0
        found = find(tickets)
        now = int(at.timestamp() // 1)
        steps = [step for one in found for step in _steps(one, now)]
        settle(found, at=now, noticing=True)
        fired = ladder.book(steps, at=at)
        ladder.climb(fired, at=at)
    return len(tickets)


def _steps(found: Found, now: int) -> Sequence[ladder.Step]:
    """The steps of this ticket's open clocks that came due since they were last noticed."""
    story = story_of(found.sheet, found.packed, found.offers)
    if not story.known:
        return ()
    line = story.timeline(now)
    steps = []
    for clock in assess(line):
        held = found.held.get((clock.kind, clock.cycle))
        if clock.stopped_at is not None or held is None:
            continue
        promise = promise_of(story.in_force(line.epochs[clock.epoch].at).policy)
        rungs = promise.draft.ladder.get(clock.kind, ())
        steps += [
            ladder.Step(
                found.sheet.ticket,
                clock.kind,
                clock.cycle,
                rung,
                datetime.fromtimestamp(due, UTC),
                stale=now - due > OLD.total_seconds(),
                sentence=_sentence(clock, due),
                calendar=line.epochs[clock.epoch].hours(KINDS.index(clock.kind)),
            )
            for rung, due in zip(rungs, clock.warn_at, strict=True)
            if due is not None and held.noticed_at < due <= now
        ]
    return steps


def _sentence(clock: Clock, due: int) -> str:
    name = clock.kind.replace("_", " ")
    if clock.breached_at is not None:
        return f"{name} is overdue"
    if clock.due_at is not None and due >= clock.due_at:
        return f"{name} is due"
    return f"{name} will be due soon"
