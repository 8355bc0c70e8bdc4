"""The escalation ladder: who is told, who gets the ticket, when its priority is raised.

Nothing here is ever written into the customer's thread.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from django.conf import settings

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.calendars.rules import Calendar
from apps.outbox.models import Delivery, Notification
from apps.tickets.models import Ticket
from apps.timeline.refusal import Refused

from .choices import Do
from .drafts import Rung
from .models import StepFired

DIGEST = timedelta(minutes=15)
SYSTEM = "SLA ladder"
_HIGHER = {"low": "normal", "normal": "high", "high": "urgent"}


@dataclass(frozen=True, slots=True)
class Step:
    """A rung whose time has come for one clock; a stale one is booked and not taken."""

    ticket: int
    kind: str
    cycle: int
    rung: Rung
    due_at: datetime
    stale: bool
    sentence: str
    calendar: Calendar


def book(steps: Sequence[Step], *, at: datetime) -> list[Step]:
    """Write down which steps are taken now; those that were taken before are left out."""
    if not steps:
        return []
    tickets = {step.ticket for step in steps}
    taken = set(
        StepFired.objects.filter(ticket__in=tickets).values_list(
            "ticket_id", "kind", "cycle", "step"
        )
    )
    fresh = [
        step for step in steps if (step.ticket, step.kind, step.cycle, step.rung.key) not in taken
    ]
    StepFired.objects.bulk_create(
        StepFired(
            ticket_id=step.ticket,
            kind=step.kind,
            cycle=step.cycle,
            step=step.rung.key,
            due_at=step.due_at,
            noticed_at=at,
            outcome="too old to be news" if step.stale else step.rung.do,
        )
        for step in fresh
    )
    return [step for step in fresh if not step.stale]


def climb(steps: Iterable[Step], *, at: datetime) -> None:
    """Take the steps; the tickets' rows are locked by the caller."""
    told: list[tuple[User, Ticket, Step]] = []
    ordered = sorted(steps, key=lambda step: step.ticket)
    tickets = Ticket.objects.select_related("assignee", "team").in_bulk(
        {step.ticket for step in ordered}
    )
    leads = list(User.objects.holding(Role.SUPPORT_LEAD).by_name()) if ordered else []
    for number, group in groupby(ordered, key=lambda step: step.ticket):
        ticket = tickets[number]
        for step in group:
            people = people_of(step.rung.to, ticket, leads)
            if step.rung.do == Do.NOTIFY:
                told += [(person, ticket, step) for person in people]
            elif step.rung.do == Do.REASSIGN:
                _reassign(ticket, people, step.rung.to, at=at)
            else:
                _raise(ticket, at=at)
    _tell(told, at=at)


def people_of(to: str, ticket: Ticket, leads: Sequence[User]) -> list[User]:
    """Whom a step names; where nobody has the ticket, its team, and else the leads."""
    what, _, number = to.partition(":")
    found: list[User] = []
    if what == "person":
        found = list(User.objects.active().filter(pk=number))
    elif number:
        found = list(User.objects.active().filter(teams=number).by_name())
    elif what == "assignee" and ticket.assignee_id and ticket.assignee.is_active:
        found = [ticket.assignee]
    elif what in ("assignee", "team") and ticket.team_id:
        found = list(ticket.team.members.active().by_name())
    return found or list(leads)


def _reassign(ticket: Ticket, people: Sequence[User], to: str, *, at: datetime) -> None:
    """Give it to whoever of them has the least open; a refusal leaves it where it is."""
    others = [person for person in people if person.pk != ticket.assignee_id]
    if not others:
        return
    load = {person.pk: Ticket.objects.unresolved().of(person).count() for person in others}
    person = min(others, key=lambda one: (load[one.pk], one.pk))
    try:
        ticket.assign(person, by=None, at=at)
    except Refused:
        return


def _raise(ticket: Ticket, *, at: datetime) -> None:
    higher = _HIGHER.get(ticket.priority)
    if higher is None:
        return
    try:
        ticket.prioritise(higher, by=None, at=at)
    except Refused:
        return


def _tell(told: Sequence[tuple[User, Ticket, Step]], *, at: datetime) -> None:
    """A line in the portal at once, one for a clock however many rungs it came to; by mail one
    digest a person each quarter of an hour."""
    lines = {(person, step.ticket, step.kind): (ticket, step) for person, ticket, step in told}
    Notification.objects.tell_all(
        Notification(
            person=person,
            cause=f"sla:{ticket.pk}:{step.kind}:{step.cycle}:{step.rung.key}",
            sentence=f"#{ticket.pk} {step.sentence}: {ticket.subject}"[:500],
            url=ticket.get_absolute_url(),
            at=at,
        )
        for (person, _, _), (ticket, step) in lines.items()
    )
    slots: dict[User, datetime] = {}
    for person, _, step in told:
        slot = quiet_slot(step.calendar, at)
        slots[person] = min(slots.get(person, slot), slot)
    Delivery.objects.enqueue_all(
        Delivery.draft(
            channel="mail",
            cause=f"sla-digest:{person.pk}:{slot:%Y%m%dT%H%M}",
            recipient=person.email,
            payload={
                "subject": "Promises that need you",
                "text": "Clocks of your tickets came due. See them, with what came since, at"
                f" {settings.PUBLIC_URL}/inbox/",
            },
            send_after=slot,
        )
        for person, slot in slots.items()
    )


def quiet_slot(calendar: Calendar, at: datetime) -> datetime:
    """When the digest leaves: at the end of the quarter of an hour that is worked in; what comes
    due as the office closes waits for the next opening. A calendar that never opens is not waited
    for."""
    begun = int(at.timestamp() // 1)
    opening = calendar.reach(begun, 0)[1]
    return digest_slot(at if opening is None else datetime.fromtimestamp(opening, UTC))


def digest_slot(at: datetime) -> datetime:
    """The end of the quarter of an hour that `at` lies in: what comes until then is one mail."""
    seconds = int(DIGEST.total_seconds())
    return datetime.fromtimestamp((int(at.timestamp()) // seconds + 1) * seconds, UTC)
