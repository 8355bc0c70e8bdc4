"""Forgetting somebody: chunk by chunk their tickets, then they themselves; facts that are counted
stay.

Every step may be done twice. Tickets keep their times, statuses, priorities and people of ours, so
that clocks and figures read as before; words, names, addresses and files go.
"""

from django.utils import timezone

from apps.outbox.models import Job
from apps.timeline import seals

from .. import ledger
from ..choices import Stand
from ..models import Erasure
from .people import forget_people
from .tickets import forget_tickets

CHUNK = 200


def step(job: Job) -> bool:
    """One chunk of tickets; without any left the rest, and it is over."""
    erasure = Erasure.objects.select_for_update().get(pk=job.params["erasure"])
    subject, at = erasure.subject, timezone.now()
    if not job.cursor:
        ledger.note(erasure)
    tickets = list(
        subject.tickets.filter(pk__gt=job.cursor.get("after", 0))
        .order_by("pk")
        .values_list("pk", flat=True)[:CHUNK]
    )
    if tickets:
        _count(erasure, forget_tickets(tickets, at=at))
        job.cursor, job.done = {"after": tickets[-1]}, job.done + len(tickets)
    else:
        _count(erasure, forget_people(subject, at=at))
        erasure.stand, erasure.done_at = Stand.DONE, at
        erasure.record(
            "done",
            by=erasure.approved_by,
            at=at,
            stand=[Stand.APPROVED, Stand.DONE],
            proof=bytes(erasure.proof).hex(),
        )
        job.done += 1
    erasure.save()
    job.counts = erasure.counts
    return not tickets


def _count(erasure: Erasure, found: dict[str, int | bytes]) -> None:
    proof = found.pop("proof")
    erasure.proof = seals.chained(bytes(erasure.proof), proof)
    for name, count in found.items():
        erasure.counts[name] = erasure.counts.get(name, 0) + count
