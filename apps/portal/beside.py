"""A ticket with what stands beside its thread, in one question: menus, items, who is here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, JSONObject, NullIf
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import Team, User
from apps.customers.models import CustomerNote
from apps.features.models import Insight
from apps.incidents.choices import Audience
from apps.incidents.models import IncidentTicket, IncidentUpdate
from apps.incidents.rules import OPEN
from apps.statements.records import Records
from apps.statements.statement import Given
from apps.tickets.choices import Sort
from apps.tickets.models import (
    Checklist,
    CustomField,
    Draft,
    Follower,
    Item,
    Presence,
    Queue,
    SideConversation,
    Ticket,
    TicketLink,
)
from apps.tickets.models.presence import HERE, WRITING
from apps.tickets.presence import Present

from . import ratings
from .ratings import Rating

ANSWERING = (Role.SUPPORT, Role.SUPPORT_LEAD, Role.ADMINISTRATOR)
OTHERS = 5
_FIELD = ("key", "label", "type", "options", "required")


class Todo(NamedTuple):
    """An item of the checklist as the card shows it."""

    pk: int
    text: str
    required: bool
    done_at: datetime | None
    done_by: str


class Hit(NamedTuple):
    """An incident as a ticket's page shows it."""

    pk: int
    title: str
    severity: str
    state: str
    said: str
    said_at: datetime | None
    promised_at: datetime | None

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> "Hit":
        instants = {name: _instant(found[name]) for name in ("said_at", "promised_at")}
        return cls(**{**found, "said": found["said"] or "", **instants})

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_overdue(self) -> bool:
        return self.promised_at is not None and self.promised_at <= timezone.now()


@dataclass(frozen=True, slots=True)
class Beside:
    """What a ticket was read with."""

    ticket: Ticket
    people: Mapping[int, str]  # who may be given tickets, by name
    queues: Mapping[int, str]
    teams: Mapping[int, str]
    fields: Sequence[CustomField]
    checklists: Mapping[int, str]
    items: Sequence[Todo]
    others: Sequence[Ticket]  # what the same customer, or the same person, asked lately
    present: Sequence[Present]
    read_to: int | None  # the newest message this person had before their eyes
    follows: bool
    has_draft: bool
    has_links: bool
    rating: Rating | None  # how they said we did on it
    last_rating: Rating | None  # and on another ticket
    incidents: Sequence[Hit]  # that it is of
    asks_for: Sequence[Mapping[str, Any]]  # feature requests, and what became of each

    @classmethod
    def of(cls, pk: int, person: User, *, at: datetime) -> "Beside":
        """One query, the same for whatever there is; `Ticket.DoesNotExist` where there is none."""
        ticket = _BESIDE.first(
            pk=pk, person=person.pk, since=at - HERE, private=person.may("incidents.private")
        )
        if ticket is None:
            raise Ticket.DoesNotExist(f"There is no ticket {pk}.")
        for side in ticket.asides:
            side["due"] = _instant(side["due"])
        others = ticket.of_customer if ticket.customer_id else ticket.of_contact
        return cls(
            ticket,
            {one["pk"]: one["name"] for one in ticket.all_people},
            {one["pk"]: one["name"] for one in ticket.all_queues},
            {one["pk"]: one["name"] for one in ticket.all_teams},
            [CustomField(**one) for one in ticket.own_fields],
            {one["pk"]: one["name"] for one in ticket.all_checklists},
            [_todo(one) for one in ticket.own_items],
            [Ticket(**one) for one in others],
            _present(ticket.now_present, at),
            ticket.read_to or None,
            ticket.is_followed_by_me,
            ticket.has_draft,
            ticket.has_links,
            Rating.read(ticket.own_rating),
            Rating.read(ticket.before_rated),
            [Hit.of(one) for one in ticket.of_incidents],
            ticket.asks_for,
        )


def _incidents(ticket: OuterRef, person: Any) -> ArraySubquery:
    """Incidents a ticket is of: how each stands, its last word, when customers hear more."""
    seen = Q(incident__private__lte=Given("private")) | Q(incident__commander=person)
    links = IncidentTicket.objects.filter(seen, ticket=ticket).order_by("-incident")
    updates = IncidentUpdate.objects.standing().filter(incident=OuterRef("incident"))
    last = updates.exclude(audience=Audience.LEADERSHIP).newest_first()
    promise = updates.promised().filter(audience=Audience.CUSTOMERS)
    return _each(
        links,
        pk="incident",
        title="incident__title",
        severity="incident__severity",
        state="incident__state",
        said=Subquery(last.values("text")[:1]),
        said_at=Subquery(last.values("at")[:1]),
        promised_at=Subquery(promise.values("next_at")[:1]),
    )


def _todo(found: Mapping[str, Any]) -> Todo:
    return Todo(**{**found, "done_at": _instant(found["done_at"])})


def _present(found: Sequence[Mapping[str, Any]], at: datetime) -> list[Present]:
    """Those who write first."""
    here = [
        Present(one["who"], bool(wrote := _instant(one["wrote_at"])) and at - wrote < WRITING)
        for one in found
    ]
    return sorted(here, key=lambda one: not one.writing)


def _instant(told: str | None) -> datetime | None:
    return datetime.fromisoformat(told) if told else None


def _named(rows: QuerySet) -> ArraySubquery:
    return _each(rows, pk="pk", name="name")


def _each(rows: QuerySet, **columns: Any) -> ArraySubquery:
    """Rows of another table as a list of mappings."""
    return ArraySubquery(rows.values(row=JSONObject(**columns)))


def _beside() -> QuerySet:
    this, me = OuterRef("pk"), Given("person")
    mine = {"ticket": this, "person": me}
    who = Coalesce(NullIf(F("person__name"), Value("")), F("person__email"))
    here = Presence.objects.filter(ticket=this, at__gt=Given("since")).exclude(person=me)
    people = User.objects.holding(*ANSWERING).by_name()
    name = Coalesce(NullIf(F("name"), Value("")), F("email"))
    by = Coalesce(NullIf(F("done_by__name"), Value("")), F("done_by__email"))
    of_queue = Q(queue=None) | Q(queue=OuterRef("queue"))
    links = TicketLink.objects.filter(Q(ticket=this) | Q(other=this))
    return (
        Ticket.objects.with_stop()
        .select_related("customer", "contact", "label", "component")
        .filter(pk=Given("pk"))
        .annotate(
            all_people=_each(people, pk="pk", name=name),
            all_queues=_named(Queue.objects.all()),
            all_teams=_named(Team.objects.all()),
            all_checklists=_named(Checklist.objects.filter(of_queue)),
            own_fields=_each(
                CustomField.objects.filter(queue=OuterRef("queue")),
                **{name: name for name in _FIELD},
            ),
            asides=SideConversation.objects.in_short(),
            pinned=CustomerNote.objects.pinned(),
            own_items=_each(
                Item.objects.filter(ticket=this).kept().with_people(),
                pk="pk",
                text="text",
                required="required",
                done_at="done_at",
                done_by=by,
            ),
            of_customer=_lately(Ticket.objects.filter(customer=OuterRef("customer"))),
            of_contact=_lately(Ticket.objects.filter(contact=OuterRef("contact"))),
            now_present=_each(
                here.order_by("person__name", "person"), who=who, wrote_at="wrote_at"
            ),
            read_to=Subquery(Presence.objects.filter(**mine).values("read_to")),
            is_followed_by_me=Exists(Follower.objects.filter(**mine)),
            has_draft=Exists(Draft.objects.filter(**mine)),
            has_links=Exists(links),
            of_incidents=_incidents(this, me),
            asks_for=_asks_for(this),
            own_rating=ratings.of_ticket(),
            before_rated=ratings.of_requester(),
        )
    )


def _asks_for(ticket: OuterRef) -> ArraySubquery:
    found = Insight.objects.standing().filter(ticket=ticket).with_answer().order_by("pk")
    return _each(
        found,
        pk="pk",
        request=Coalesce("request__root", F("request")),
        title=Coalesce("request__root__title", "request__title"),
        status=Coalesce("request__root__status", "request__status"),
        importance="importance",
        told="told",
    )


def _lately(tickets: QuerySet) -> ArraySubquery:
    found = tickets.exclude(pk=OuterRef("pk")).in_order(Sort.UPDATED)[:OTHERS]
    return _each(found, pk="pk", subject="subject", status="status")


_BESIDE = Records(_beside)
