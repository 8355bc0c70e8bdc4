"""What wants a person now, by what they are here for: each part is one bounded query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, F, Q
from django.urls import reverse

from apps.accounts.models import User
from apps.actions.models import Action, Decision
from apps.calendars.models import Calendar
from apps.figures.figure import Figure
from apps.figures.registry import compute, definitions
from apps.incidents.models import Incident
from apps.metrics.models import Source
from apps.metrics.rules.freshness import Freshness
from apps.outbox.models import Notification
from apps.tickets import listing
from apps.tickets.models import Draft, Mailbox, Queue, Ticket
from apps.tickets.rules.words import ask

from .loops import Loop, open_loops

FEW = 8
MINE, UNASSIGNED, LATE = ask("is:todo assignee:me"), ask("is:todo is:unassigned"), ask("is:late")
LOOP, MY_LOOP = ask("is:loop"), ask("is:loop assignee:me")
# Of which records each role sees how many wait to hear what became of them.
LOOPS = {
    "product": ("feature_request",),
    "on_call": ("incident",),
    "communications": ("feature_request", "incident"),
    "leadership": ("feature_request", "incident"),
}
# The numbers each role looks at first; whoever holds several sees each once.
NUMBERS = {
    "support": ("sla.compliance", "sla.first_response", "sla.resolution"),
    "support_lead": (
        "sla.compliance",
        "sla.first_response",
        "sla.resolution",
        "sla.breached_today",
        "actions.on_time",
    ),
    "product": ("response_p95", "error_ratio", "sla.compliance", "actions.on_time"),
    "on_call": ("response_p95", "error_ratio", "resource_use", "sources_fresh"),
    "communications": ("sla.compliance", "actions.on_time"),
    "leadership": (
        "sla.compliance",
        "response_p95",
        "error_ratio",
        "actions.on_time",
        "sources_fresh",
    ),
    "administrator": ("sources_fresh", "portal_response_p95", "portal_error_ratio"),
}


@dataclass(frozen=True, slots=True)
class Load:
    """How much one person carries."""

    person: str
    url: str
    open: int
    late: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """A source that is not fresh."""

    source: Source
    state: str
    said: str


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to set up before the first ticket comes."""

    title: str
    why: str
    url: str
    done: bool


def first_steps(person: User) -> list[Step]:
    """What an administrator sets up first; nothing once there is a ticket."""
    if not person.may("accounts.manage") or Ticket.objects.exists():
        return []
    others = User.objects.active().exclude(pk=person.pk)
    return [
        Step(
            "Add your people",
            "each with what they are here for: support, product, on call",
            reverse("admin:accounts_user_changelist"),
            others.exists(),
        ),
        Step(
            "Open a queue",
            "with the address customers write to, and its signature",
            reverse("admin:tickets_queue_changelist"),
            Queue.objects.exists(),
        ),
        Step(
            "Let mail in",
            "from a mailbox that is read; a gateway may also push it to a hook",
            reverse("admin:tickets_mailbox_changelist"),
            Mailbox.objects.exists(),
        ),
        Step(
            "Say when you work",
            "clocks count these hours; what is promised within them is a policy",
            reverse("portal:sla-calendars"),
            Calendar.objects.exists(),
        ),
        Step(
            "Log the first ticket",
            "by hand, to see how it goes",
            reverse("portal:ticket-new"),
            False,
        ),
    ]


def queue(person: User) -> Sequence[listing.ListRow]:
    """One's own tickets, the earliest due first."""
    return listing.page_of(MINE, person, size=FEW).rows


def unassigned(person: User) -> Sequence[listing.ListRow]:
    """What nobody has taken, the earliest due first."""
    return listing.page_of(UNASSIGNED, person, size=FEW).rows


def late(person: User) -> Sequence[listing.ListRow]:
    """Promises that are broken and still open, the oldest first."""
    return listing.page_of(LATE, person, size=FEW).rows


def incidents(person: User) -> Sequence[Incident]:
    """What goes on, the update that was promised first, or is the longest overdue, first."""
    going_on = Incident.objects.visible_to(person).open().with_promise().with_people()
    first = F("promised_at").asc(nulls_last=True)
    return going_on.order_by(first, "severity", "-pk")[:FEW]


def to_tell(person: User) -> Sequence[listing.ListRow]:
    """Tickets whose customer is owed word: a lead sees all, others their own."""
    asked = LOOP if person.holds("support_lead") else MY_LOOP
    return listing.page_of(asked, person, size=FEW).rows


def loops(person: User) -> list[Loop]:
    """What became of something this person answers for, and nobody has told all who wait."""
    kinds = {kind for role in person.roles for kind in LOOPS.get(role, ())}
    return open_loops(sorted(kinds), most=FEW) if kinds else []


def loads() -> list[Load]:
    """Who carries how much, the heaviest first."""
    counted = (
        Ticket.objects.todo()
        .exclude(assignee=None)
        .order_by()
        .values("assignee__name", "assignee__email")
        .annotate(open=Count("pk"), late=Count("pk", filter=Q(sla_state="breached_open")))
        .order_by("-late", "-open")[:FEW]
    )
    return [
        Load(
            row["assignee__name"] or row["assignee__email"],
            f"is:todo assignee:{row['assignee__email']}",
            row["open"],
            row["late"],
        )
        for row in counted
    ]


def drafts(person: User) -> Sequence[Draft]:
    """What this person has begun to write and not sent, the newest first."""
    return Draft.objects.of(person).written().select_related("ticket").order_by("-updated_at")[:FEW]


def actions(person: User) -> Sequence[Action]:
    """What this person agreed to do."""
    return Action.objects.open().owned_by(person).by_due()[:FEW]


def overdue_actions(today: date) -> Sequence[Action]:
    """Everybody's actions whose day has passed."""
    return Action.objects.overdue(today=today).with_people().by_due()[:FEW]


def decisions() -> Sequence[Decision]:
    """Questions that wait for an answer."""
    return Decision.objects.wanted().with_people().order_by("asked_at")[:FEW]


def notices(person: User) -> Sequence[Notification]:
    """What this person was told and has not read."""
    return Notification.objects.of(person).unread()[:FEW]


def sources() -> list[Source]:
    """Every source that is switched on."""
    return list(Source.objects.filter(enabled=True).with_metric())


def troubles(sources: Sequence[Source], at: datetime) -> list[Trouble]:
    """Those that bring nothing, or nothing new."""
    return [
        Trouble(source, str(state), source.last_error)
        for source in sources
        if (state := source.freshness(at)) is not Freshness.FRESH
    ]


def numbers(person: User, at: datetime) -> list[Figure]:
    """The figures of this person's roles, computed now."""
    known = {definition.key for definition in definitions()}
    wanted = dict.fromkeys(key for role in person.roles for key in NUMBERS.get(role, ()))
    return [compute(key, at=at) for key in wanted if key in known]
