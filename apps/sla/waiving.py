"""What a person decides about a clock: a breach that shall not count, a due instant by hand."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.tickets.models import Ticket
from apps.timeline.refusal import Refused
from apps.timeline.text import clean_line

from .choices import Kind
from .models import Clock, Waiver


def waive(ticket: Ticket, kind: str, cycle: int, *, reason: str, by: Any, at: datetime) -> Waiver:
    """Let a breach not count in reports; the breach itself stays where it is."""
    reason = clean_line(reason, field="reason")
    if not reason:
        raise Refused("Say why it shall not count.", field="reason")
    with transaction.atomic():
        ticket.hold()
        clock = _clock(ticket, kind, cycle)
        if clock.breached_at is None:
            raise Refused("This clock is not breached; there is nothing to waive.")
        waiver, made = Waiver.objects.get_or_create(
            ticket=ticket, kind=kind, cycle=cycle, defaults={"reason": reason, "by": by, "at": at}
        )
        if not made:
            raise Refused(f"{waiver.by} waived it already.", code="waived")
        ticket.record("breach_waived", by=by, at=at, clock=kind, cycle=cycle, reason=reason)
    return waiver


def set_due(
    ticket: Ticket, kind: str, due: datetime | None, *, reason: str, by: Any, at: datetime
) -> None:
    """Promise another instant than the policy does, or go back to the policy's with None."""
    reason = clean_line(reason, field="reason")
    if kind not in Kind.values:
        raise Refused("There is no such clock.", field="kind")
    if not reason:
        raise Refused("Say why it is due at another time.", field="reason")
    with transaction.atomic():
        ticket.hold()
        clock = ticket.clocks.open().filter(kind=kind).order_by("-cycle").first()
        if clock is None:
            raise Refused("No such clock runs on this ticket.", field="kind")
        if due is None and not clock.by_hand:
            raise Refused("It is due as its policy says already.", field="due")
        if due is not None and due <= at:
            raise Refused("Choose a time that is still to come.", field="due")
        before = clock.due_at.isoformat() if clock.due_at else None
        ticket.record(
            "due_set",
            by=by,
            at=at,
            kind=kind,
            due=[before, due.isoformat() if due else None],
            reason=reason,
        )


def _clock(ticket: Ticket, kind: str, cycle: int) -> Clock:
    clock = ticket.clocks.filter(kind=kind, cycle=cycle).first()
    if clock is None:
        raise Refused("This ticket has no such clock.", code="not_found")
    return clock
