"""What each term of a question asks of a ticket.

A question is written as SQL once and asked for hours: a condition names whoever asks by
`viewer.pk` alone, which may be a place for a number, and says nothing of what time it is.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.apps import apps
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from apps.accounts.models import User
from apps.customers.models import Contact, Customer
from apps.customers.rules import tag
from apps.statements.statement import Among

from ..rules.words import Term, day_of

_MANY = 200  # people or customers one word may stand for
_NOBODY = Q(pk__in=[])
GOOD = 4  # of five: from here on a customer is content
OWED = Q(status__in=["new", "open", "waiting_customer", "waiting_third_party"]) & (
    Q(waiting_since__isnull=False) | Q(due_kind__in=["first_response", "next_response"])
)  # the last word is the customer's, or an answer is promised
LOOP = Q(loop_since__isnull=False) & ~Q(status__in=["merged", "duplicate", "spam"])


@dataclass(frozen=True, slots=True)
class Viewer:
    """What a question needs to know of whoever asks it: a person, or anybody in that zone."""

    pk: Any
    timezone: str


def condition_of(term: Term, viewer: User | Viewer) -> Q:
    """One term as a condition; any of its values."""
    condition = Q()
    for value in term.values:
        condition |= _one(term.key, value, viewer)
    return condition


def _one(key: str, value: str, viewer: User | Viewer) -> Q:
    match key:
        case "status" if value == "waiting":
            return Q(status__in=["waiting_customer", "waiting_third_party"])
        case "status" | "priority" | "channel":
            return Q(**{key: value})
        case "is":
            return _is(value, viewer)
        case "has":
            return _has(value)
        case "tag":
            return Q(tags__contains=["-".join(value.lower().split())])
        case "customer" | "contact":
            return Q(**{f"{key}_id": int(value)})
        case "language" if value == "none":
            return Q(contact__language="")
        case "language":
            said = tag(value)
            return Q(contact__language=said) | Q(contact__language__startswith=f"{said}-")
        case "incident":
            number = int(value)  # of one that was merged, the tickets it had
            return _of_incidents(Q(incident=number) | Q(origin=number))
        case "tier":
            return Q(customer__tier=value)
        case "assignee":
            return _assignee(value, viewer)
        case "from":
            return _from(value)
        case "queue":
            return Q(queue__slug=value.lower()) | Q(queue__name__iexact=value)
        case "csat":
            return _csat(value)
        case "linked":
            return _linked(value)
        case "asked":
            return _asked(value)
        case "label":
            return Q(label__name__iexact=value)
        case "field":
            return _field(*value.split("=", 1))
        case "component":
            return Q(component__slug=value.lower()) | Q(component__name__iexact=value)
    return _day(key, value, viewer)


def _is(value: str, viewer: User | Viewer) -> Q:
    match value:
        case "todo":
            return Q(status__in=["new", "open"], snoozed_until=None)
        case "unresolved":
            return Q(status__in=["new", "open", "waiting_customer", "waiting_third_party"])
        case "waiting":
            return Q(status__in=["waiting_customer", "waiting_third_party"])
        case "done":
            return Q(status__in=["resolved", "closed", "merged", "duplicate", "spam"])
        case "unassigned":
            return Q(assignee=None)
        case "mine":
            return _mine(viewer)
        case "late":
            return Q(breached=True, sla_state="breached_open") & ~Q(due_kind="")
        case "snoozed":
            return Q(snoozed_until__isnull=False)
        case "owed":
            return OWED
        case "loop":
            return LOOP
        case "mentioned":
            mentions = apps.get_model("tickets", "Mention").objects.filter(person=viewer.pk)
            return Q(Among("pk", ArraySubquery(mentions.values("ticket"))))
        case "incident":
            return _of_incidents(Q(incident__state__in=["triage", "active", "mitigated"]))
        case "following":
            follows = apps.get_model("tickets", "Follower").objects.filter(person=viewer.pk)
            return Q(Among("pk", ArraySubquery(follows.values("ticket"))))
    return Q(breached=True)


def _mine(viewer: User | Viewer) -> Q:
    return Q(assignee=viewer.pk) if viewer.pk is not None else _NOBODY


def _csat(value: str) -> Q:
    """By what the customer said of it, in a survey whose floor is above ours."""
    answers = apps.get_model("surveys", "Response").objects.values("survey__ticket")
    match value:
        case "good":
            return Q(pk__in=answers.filter(score__gte=GOOD))
        case "bad":
            return Q(pk__in=answers.filter(score__lt=GOOD))
    return Q(survey__response__isnull=True)


def _linked(value: str) -> Q:
    """By its links, from either end."""
    links = apps.get_model("tickets", "TicketLink").objects.all()
    if value not in ("yes", "no"):
        links = links.filter(relation=value)
    linked = Q(pk__in=links.values("ticket").union(links.values("other")))
    return ~linked if value == "no" else linked


def _asked(value: str) -> Q:
    """By whom else we asked; what was merged into a ticket counts for it."""
    sides = apps.get_model("tickets", "SideConversation").objects.filter(taken_back=False)
    if value in ("waiting", "late"):
        sides = sides.late() if value == "late" else sides.waiting()
        # Looked up one by one: a join of the two may be planned as a walk over every ticket.
        tickets = apps.get_model("tickets", "Ticket").objects.filter(pk=OuterRef("ticket"))
        head = Subquery(tickets.values(_head=Coalesce("merged_into", "pk")))
        return Q(Among("pk", ArraySubquery(sides.values(head=head))))
    asked = Q(pk__in=sides.values("ticket"))
    return ~asked if value == "no" else asked


def _of_incidents(which: Q) -> Q:
    """By the incidents it is linked to, whose floor is above ours; private ones are not found."""
    links = apps.get_model("incidents", "IncidentTicket").objects.filter(which)
    links = links.filter(incident__private=False)
    return Q(Among("pk", ArraySubquery(links.values("ticket"))))


def _has(value: str) -> Q:
    match value:
        case "attachment":
            return Q(has_attachment=True)
        case "reply":
            return Q(first_replied_at__isnull=False)
        case "tag":
            return ~Q(tags=[])
        case "due":
            return Q(due_at__isnull=False)
    return Q(customer__isnull=False)


def _assignee(value: str, viewer: User | Viewer) -> Q:
    said = value.lower()
    if said == "me":
        return _mine(viewer)
    if said in ("none", "nobody"):
        return Q(assignee=None)
    people = User.objects.filter(Q(email__istartswith=said) | Q(name__icontains=said))
    return _any_of("assignee", people)


def _from(value: str) -> Q:
    if "@" in value:
        return _any_of("contact", Contact.objects.known_as(value))
    customers = Customer.objects.named_like(value)
    contacts = Contact.objects.like(value)
    return _any_of("customer", customers) | _any_of("contact", contacts)


def _field(key: str, value: str) -> Q:
    """A custom field, as text, number or yes and no; nobody needs to know which it is."""
    ways: list[Any] = [value]
    if value.lower() in ("yes", "no", "true", "false"):
        ways.append(value.lower() in ("yes", "true"))
    if value.lstrip("-").isdecimal() and len(value) < 19:
        ways.append(int(value))
    condition = Q()
    for way in ways:
        condition |= Q(fields__contains={key.lower(): way})
    return condition


def _any_of(field: str, rows: models.QuerySet) -> Q:
    """By their numbers: a list of numbers is something an index can be walked by."""
    ids = list(rows.values_list("pk", flat=True)[:_MANY])
    return Q(**{f"{field}_id__in": ids}) if ids else _NOBODY


def _day(key: str, value: str, viewer: User | Viewer) -> Q:
    day = day_of(value)
    field = "updated_at" if key.startswith("updated") else "reported_at"
    midnight = datetime.combine(day, time(), ZoneInfo(viewer.timezone))
    if key.endswith("before"):
        return Q(**{f"{field}__lt": midnight})
    return Q(**{f"{field}__gte": midnight + timedelta(days=1)})
