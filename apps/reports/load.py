"""What each of us carries now, measured by what each usually answers: no league table."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from apps.accounts.models import User
from apps.calendars.rules import Calendar
from apps.sla.models import Policy
from apps.sla.versions import calendar_of
from apps.tickets.models import Ticket
from apps.tickets.rules.moves import TODO, UNRESOLVED, WAITING
from apps.timeline.models import Activity

from .asked import Asked

AHEAD = 4 * 3600  # working seconds
BACK = timedelta(days=28)
PARTS = {
    "open": Q(status__in=TODO),
    "waiting": Q(status__in=WAITING),
}


@dataclass(frozen=True, slots=True)
class Carried:
    """One person's work now: what is open, what of it is due soon, what waits for others, and
    how many answers the same hours usually bring."""

    agent: User
    open: int
    due: int
    waiting: int
    usual: float


def usual_calendar() -> Calendar:
    """The working hours of the default policy."""
    version = Policy.objects.default().current
    held = version.policy.calendar
    return calendar_of(held.current_id if held else None)


def horizon(at: datetime, calendar: Calendar) -> datetime:
    """The instant at which the next four working hours are over."""
    now = int(at.timestamp())
    until, _ = calendar.reach(now, AHEAD)
    return at + timedelta(days=1) if until is None else at + timedelta(seconds=until - now)


def of(agent: str, part: str, asked: Asked, *, until: datetime) -> QuerySet[Ticket]:
    """The tickets that one number of one person counts."""
    found = asked.of_tickets(Ticket.objects.filter(assignee=int(agent)))
    if part == "due":
        return found.filter(status__in=UNRESOLVED, due_at__lt=until)
    return found.filter(PARTS[part])


def carried(asked: Asked, *, at: datetime) -> list[Carried]:
    """Everybody who owns an unresolved ticket, by name."""
    calendar = usual_calendar()
    until = horizon(at, calendar)
    found = (
        asked.of_tickets(Ticket.objects.filter(status__in=UNRESOLVED, assignee__isnull=False))
        .order_by()
        .values_list("assignee")
        .annotate(
            open_now=Count("pk", filter=PARTS["open"]),
            due_soon=Count("pk", filter=Q(due_at__lt=until)),
            waiting_now=Count("pk", filter=PARTS["waiting"]),
        )
    )
    rows = {agent: counts for agent, *counts in found}
    answers = answered(at=at)
    worked = calendar.elapsed(int((at - BACK).timestamp()), int(at.timestamp())) or 1
    people = User.objects.filter(pk__in=rows).order_by("name", "pk")
    return [
        Carried(one, *rows[one.pk], usual=answers.get(one.pk, 0) * AHEAD / worked) for one in people
    ]


def answered(*, at: datetime) -> dict[int, int]:
    """How many answers each person gave in the last four weeks."""
    found = Activity.objects.filter(
        kind="ticket", verb="replied", at__gte=at - BACK, at__lt=at, actor__isnull=False
    )
    return dict(found.order_by().values_list("actor").annotate(Count("pk")))
