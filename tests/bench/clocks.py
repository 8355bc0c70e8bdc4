"""SLA clocks: all of them anew over both cores, one ticket's in a verb, and what time brings."""

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
    first = manage("rebuild_sla", "--processes", str(PROCESSES))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE sla_clock, sla_terms, tickets_ticket")
    again = manage("rebuild_sla", "--processes", str(PROCESSES))
    return {
        "tickets": tickets,
        "first_seconds": first.seconds,
        "first_rate": tickets / first.seconds,
        "seconds": again.seconds,
        "rate": tickets / again.seconds,
        "peak": max(first.peak, again.peak),
        **_incremental(tickets),
        **_sweep(),
    }


def _incremental(tickets: int) -> dict[str, Any]:
    """Processor of one reassessment, the database's included."""
    first = Ticket.objects.earliest("pk").pk
    dice = random.Random(tickets)
    chosen = [first + dice.randrange(tickets) for _ in range(REASSESSED + 20)]
    for number in chosen[:20]:
        reassess([number])
    processor, base = time.process_time(), backend_seconds()
    for number in chosen[20:]:
        with transaction.atomic():
            reassess([number])
    used = time.process_time() - processor + backend_seconds() - base
    return {"reassessed": REASSESSED, "reassess_cpu": used / REASSESSED * 1000}


def _sweep() -> dict[str, Any]:
    """One claim of clocks that came due, undone each time so that the next finds the same."""
    waiting = Clock.objects.exclude(next_event_at=None).order_by("next_event_at")
    instants = list(waiting.values_list("next_event_at", flat=True)[: BATCH * 4])
    at = instants[-1] + timedelta(seconds=1) if instants else timezone.now()
    taken, swept = [], 0
    for _ in range(SWEEPS + 1):
        began = time.perf_counter()
        with transaction.atomic():
            swept = sweep(at=at)
            transaction.set_rollback(True)
        taken.append((time.perf_counter() - began) * 1000)
    return {"due": len(instants), "swept": swept, "sweep": statistics.median(taken[1:])}
