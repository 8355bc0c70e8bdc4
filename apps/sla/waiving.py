"""What a person decides about a clock: a breach that shall not count, a due instant by hand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from apps.tickets.models import Ticket
from apps.timeline.models import Activity
from apps.timeline.refusal import Refused
from apps.timeline.text import clean_line

from .choices import Kind
from .clocks import reassess
from .models import Clock, Waiver


def waive(ticket: Ticket, kind: str, cycle: int, *, reason: str, by: Any, at: datetime) -> Waiver:
    """Let a breach not count in reports; the breach itself stays where it is."""
    reason = clean_line(reason, field="reason")
    if not reason:
        raise Refused("Say why it shall not count.", field="reason")
    with ticket.held():
        reassess([ticket.pk], at=at)  # it may have run out a moment ago
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
    with ticket.held():
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


KEEP, LIFT = "keep", "lift"


def due_by_hand(ticket: Ticket) -> list[str]:
    """The kinds of its open clocks that are due when somebody said."""
    found = ticket.clocks.open().filter(by_hand=True).order_by("kind")
    return list(found.values_list("kind", flat=True))


def objections(ticket_ids: Sequence[int]) -> dict[int, str]:
    """Why another priority is not simply given: ticket → sentence; the others are left out."""
    held = Clock.objects.open().filter(by_hand=True, ticket__in=ticket_ids).order_by("kind")
    kinds: dict[int, list[str]] = {}
    for ticket, kind in held.values_list("ticket", "kind"):
        kinds.setdefault(ticket, []).append(kind)
    return {ticket: _by_hand(ticket, found) for ticket, found in kinds.items()}


def _by_hand(ticket: int, kinds: Sequence[str]) -> str:
    names = " and ".join(Kind(kind).label.lower() for kind in kinds)
    return (
        f"The {names} of #{ticket} is due when somebody said, whatever its priority:"
        " keep that, or let the policy say."
    )


def prioritise(
    ticket: Ticket,
    priority: str,
    *,
    dues: str = "",
    seen: int | None = None,
    by: Any,
    at: datetime,
) -> Activity:
    """Say how soon it matters. Where a due instant was set by hand, the new priority would change
    nothing unnoticed: `dues` says whether to `keep` it or to `lift` it."""
    if dues not in ("", KEEP, LIFT):
        raise Refused("Keep the due date set by hand, or lift it.", field="dues")
    with ticket.held():
        kinds = due_by_hand(ticket)
        if kinds and not dues:
            raise Refused(_by_hand(ticket.pk, kinds), code="due_by_hand", field="dues")
        told = ticket.prioritise(priority, by=by, at=at, seen=seen)
        if dues == LIFT:
            for kind in kinds:
                reason = f"The priority is {priority} now."
                set_due(ticket, kind, None, reason=reason, by=by, at=at)
    return told


def _clock(ticket: Ticket, kind: str, cycle: int) -> Clock:
    clock = ticket.clocks.filter(kind=kind, cycle=cycle).first()
    if clock is None:
        raise Refused("This ticket has no such clock.", code="not_found")
    return clock
