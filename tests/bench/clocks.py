"""SLA clocks: all of them anew over two processors, one ticket's in a verb, what time brings."""

import random
import statistics
import time
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from apps.sla.clocks import reassess
from apps.sla.models import Clock
from apps.sla.sweep import BATCH, sweep
from apps.tickets.models import Ticket

from .children import manage
from .measure import backend_seconds

PROCESSES = 2
REASSESSED = 400
SWEEPS = 9


def measure(tickets: int) -> dict[str, Any]:
    """Seconds, tickets a second, milliseconds."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE sla_clock, sla_terms")
    first = manage("rebuild_sla", "--processes", str(PROCESSES))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE sla_clock, sla_terms, tickets_ticket")
    again = manage("rebuild_sla", "--processes", str(PROCESSES))
    return {
        "tickets": tickets,
        "first_seconds": first.seconds,
        "first_rate": first.rate(tickets, PROCESSES),
        "seconds": again.seconds,
        "rate": again.rate(tickets, PROCESSES),
        "peak": max(first.peak, again.peak),
        **_incremental(tickets),
        **_sweep(),
    }


def _incremental(tickets: int) -> dict[str, Any]:
    """Processor of one reassessment, the database's included."""
    known = Ticket.objects.order_by("pk").values_list("pk", flat=True)
    first, last = known[0], known.last()
    dice = random.Random(tickets)
    chosen = [dice.randint(first, last) for _ in range(REASSESSED + 20)]
    taken = []
    for number in chosen:
        app, database = time.process_time(), backend_seconds()
        with transaction.atomic():
            reassess([number])
        taken.append(time.process_time() - app + backend_seconds() - database)
    return {"reassessed": REASSESSED, "reassess_cpu": statistics.mean(taken[20:]) * 1000}


def _sweep() -> dict[str, Any]:
    """One claim of clocks that came due, undone each time so that the next finds the same."""
    waiting = Clock.objects.exclude(next_event_at=None).order_by("next_event_at")
    instants = list(waiting.values_list("next_event_at", flat=True)[: BATCH * 4])
    at = instants[-1] + timedelta(seconds=1) if instants else timezone.now()
    taken, swept = [], 0
    for _ in range(SWEEPS + 1):
        app, database = time.process_time(), backend_seconds()
        with transaction.atomic():
            swept = sweep(at=at)
            transaction.set_rollback(True)
        taken.append((time.process_time() - app + backend_seconds() - database) * 1000)
    return {"due": len(instants), "swept": swept, "sweep": statistics.median(taken[1:])}
