"""Computes stored clocks again from their events and writes down where they differ.

Every open clock and a sample of the settled ones, each as of the instant it was stored for: right
is what is equal to the last second. Runs as steps of a job, each its own transaction.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import IntegerField, Q
from django.db.models.functions import Mod
from django.utils import timezone

from apps.outbox.models import Job

from .clocks import clocks_of, differs
from .keeping import Found, Held, find
from .models import Audit, Clock, Difference
from .story import story_of

WORK = "sla.audit"
STEP = 500  # tickets of one step
SAMPLE = 50  # of the settled ones every so-many-th, another share every night
PARTS = ("state", "due_at", "breach_at", "stopped_at", "breached_at", "target", "elapsed", "paused")


def start(*, at: datetime) -> Audit:
    """Order tonight's audit; the same slot orders it once."""
    audit, new = Audit.objects.get_or_create(at=at)
    if new:
        Job.start(WORK, title="Audit of SLA clocks", params={"audit": audit.pk}, by=None, at=at)
    return audit


def step(job: Job) -> bool:
    """Look at some tickets more; true when all are done."""
    audit = Audit.objects.get(pk=job.params["audit"])
    tickets = _next(audit)
    look_at(audit, tickets)
    job.done = audit.tickets
    job.counts = {"clocks": audit.clocks, "differences": audit.differences}
    if len(tickets) < STEP:
        audit.finished_at = timezone.now()
        job.result = job.counts
    audit.save()
    return audit.finished_at is not None


def run(*, at: datetime) -> Audit:
    """The whole audit here and now."""
    audit = Audit.objects.create(at=at)
    while tickets := _next(audit):
        look_at(audit, tickets)
    audit.finished_at = timezone.now()
    audit.save()
    return audit


def _next(audit: Audit) -> list[int]:
    """The next tickets with an open clock, and those of tonight's share."""
    night = audit.at.toordinal() % SAMPLE
    found = Clock.objects.filter(ticket__gt=audit.cursor).annotate(
        share=Mod("ticket_id", SAMPLE, output_field=IntegerField())
    )
    found = found.filter(Q(stopped_at=None) | Q(share=night)).order_by("ticket")
    return list(found.values_list("ticket_id", flat=True).distinct()[:STEP])


def look_at(audit: Audit, tickets: Sequence[int]) -> None:
    """Compare the clocks of these tickets, and remember the differences."""
    if not tickets:
        return
    with connection.cursor() as cursor:
        # Nobody changes them while they are compared.
        cursor.execute(
            "SELECT FROM tickets_ticket WHERE id = ANY(%s) ORDER BY id FOR SHARE", [list(tickets)]
        )
    for found in find(tickets):
        audit.tickets += 1
        audit.clocks += len(found.held)
        differences = [
            Difference(
                audit=audit,
                ticket_id=found.sheet.ticket,
                kind=kind,
                cycle=cycle,
                stored=_shown(stored),
                computed=_shown(computed),
            )
            for (kind, cycle), stored, computed in compare(found)
        ]
        audit.differences += len(differences)
        Difference.objects.bulk_create(differences)
    audit.cursor = max(tickets)


def compare(found: Found) -> Iterator[tuple[tuple[str, int], Held | None, Held | None]]:
    """Each clock that is not what its events say, stored and computed."""
    story = story_of(found.sheet, found.packed, found.offers)
    instants = {clock.assessed_at for clock in found.held.values()} or {story.last_at}
    computed: dict[int, dict[tuple[str, int], Held]] = {
        at: {clock.identity: clock for clock in clocks_of(story, at, held=found.held)}
        for at in instants
    }
    for identity, stored in found.held.items():
        fresh = computed[stored.assessed_at].get(identity)
        if fresh is None or differs(fresh, stored) or _counted(fresh) != _counted(stored):
            yield identity, stored, fresh
    for identity, fresh in computed[max(instants)].items():
        if identity not in found.held:
            yield identity, None, fresh


def _counted(clock: Held) -> tuple[int, int]:
    return clock.elapsed, clock.paused


def _shown(clock: Held | None) -> dict[str, Any] | None:
    return None if clock is None else {name: getattr(clock, name) for name in PARTS}
