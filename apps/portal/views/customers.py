"""Whom we answer to: organisations, the people there, and everything they asked."""

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject, Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.customers.choices import Standing, Tier
from apps.customers.models import Contact, Customer
from apps.features.models import Insight
from apps.figures.figure import Window
from apps.figures.registry import compute
from apps.incidents.models import Incident
from apps.outbox.models import Delivery, StoppedAddress
from apps.portal.access import may
from apps.portal.answers import go, page, refusals
from apps.portal.rows import draw
from apps.portal.words import lifted
from apps.tickets import listing
from apps.tickets.choices import Sort
from apps.tickets.models import Ticket
from apps.tickets.rules.places import read_place
from apps.tickets.rules.words import ask

SIZE = 50
THEIRS = ("due", "number", "priority", "contact", "status", "assignee", "tags", "waiting")
MOST_PEOPLE = 50
YEAR = timedelta(days=365)
LAST_TOLD = 10


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """Fifty customers by name and the ways on."""

    customers: list[Customer]
    before: str = ""
    after: str = ""
    said: str = ""


@require_safe
@may("customers.read")
def customers(request: HttpRequest) -> HttpResponse:
    """Every customer by name, narrowed by words, tier and standing."""
    found = Customer.objects.select_related("owner")
    if words := request.GET.get("q", "").strip()[:100]:
        found = found.named_like(words)
    if (tier := request.GET.get("tier", "")) in Tier.values:
        found = found.filter(tier=tier)
    if (status := request.GET.get("status", "")) in Standing.values:
        found = found.filter(status=status)
    listed = one_page(found, request.GET.get("after", ""), request.GET.get("before", ""))
    context = {
        "page": listed,
        "open": open_tickets(listed.customers),
        "words": words,
        "tier": tier,
        "status": status,
        "tiers": Tier,
        "standings": Standing,
    }
    return page(request, "customers/list.html", "customers/_rows.html", context)


def one_page(found, after: str, before: str) -> CustomerPage:
    """The customers after (or before) one of them; from the start when it is unknown."""
    backwards = bool(before) and not after
    start = after or before
    found = found.annotate(by_name=Lower("name"))
    if start.isdigit() and len(start) < 19:
        place = Customer.objects.annotate(by_name=Lower("name")).filter(pk=start).first()
        if place:
            way = "lt" if backwards else "gt"
            found = found.filter(
                Q(**{f"by_name__{way}": place.by_name})
                | Q(by_name=place.by_name, **{f"pk__{way}": place.pk})
            )
    sign = "-" if backwards else ""
    rows = list(found.order_by(f"{sign}by_name", f"{sign}pk")[: SIZE + 1])
    more, rows = len(rows) > SIZE, rows[:SIZE]
    if backwards:
        rows.reverse()
    if not rows:
        return CustomerPage([])
    return CustomerPage(
        rows,
        before=str(rows[0].pk) if (after or (backwards and more)) else "",
        after=str(rows[-1].pk) if (more or backwards) else "",
    )


def open_tickets(customers: list[Customer]) -> dict[int, int]:
    """How many unresolved tickets each of these has, in one query."""
    counted = (
        Ticket.objects.unresolved()
        .filter(customer__in=customers)
        .order_by()
        .values(number=F("customer"))
        .annotate(tickets=Count("pk"))
    )
    return {row["number"]: row["tickets"] for row in counted}


@require_safe
@may("customers.read")
def customer(request: HttpRequest, pk: int) -> HttpResponse:
    """One organisation: what it is, how we serve it, what it asked and was told."""
    found = get_object_or_404(Customer.objects.select_related("owner"), pk=pk)
    now = timezone.now()
    theirs = Ticket.objects.filter(customer=found)
    words = request.GET.get("q", "").strip()[:200]
    question = ask(words)
    places = {
        name: said for name in ("after", "before") if read_place(said := request.GET.get(name, ""))
    }
    asked = listing.asked(question, request.user, theirs) if words else theirs
    shown = listing.page(asked, sort=Sort.UPDATED, **places)
    context = {
        "customer": found,
        "contacts": found.contacts.apart()
        .by_name()
        .annotate(also=also(), why_stopped=why_stopped())[:MOST_PEOPLE],
        "rows": draw(shown.rows, now=now, show=THEIRS),
        "page": shown,
        "listed": len(shown.rows),
        "words": words,
        "question": question,
        **theirs.unresolved().aggregate(
            open=Count("pk"), late=Count("pk", filter=Q(sla_state="breached_open"))
        ),
        "notes": found.notes.kept().in_order()[:MOST_PEOPLE],
        "kept": compute("support.customer", at=now, customer=str(found.pk)),
        "told": told(theirs),
        "incidents": Incident.objects.visible_to(request.user).hitting(found)[:LAST_TOLD],
        "asks_for": asks_for(found),
        "activities": found.timeline()[:50],
        "csat": compute("support.csat", at=now, window=Window.last(YEAR, at=now), customer=str(pk)),
    }
    return page(request, "customers/customer.html", "customers/_tickets.html", context)


def why_stopped() -> Subquery:
    """As a column of contacts: why no mail goes to them; nothing where it does."""
    stops = StoppedAddress.objects.filter(address=OuterRef("email"))
    return Subquery(stops.values("reason"))


def also() -> ArraySubquery:
    """As a column of contacts: the other addresses they go by, and why no mail goes there."""
    merged = Contact.objects.filter(merged_into=OuterRef("pk")).order_by("email")
    row = JSONObject(pk="pk", email="email", why_stopped=why_stopped())
    return ArraySubquery(merged.values(row=row))


@require_POST
@may("tickets.reply")
@refusals
def try_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Mail to somebody came back once; from now on it leaves again."""
    contact = get_object_or_404(Contact.objects.select_related("merged_into"), pk=pk)
    stop = get_object_or_404(StoppedAddress, address=contact.email)
    waited = stop.let_go(by=request.user, at=timezone.now())
    where = (contact.merged_into or contact).customer_id
    to = reverse("portal:customer", args=[where]) if where else "/"
    return go(request, to, said=lifted(contact.email, waited))


def asks_for(customer: Customer) -> QuerySet[Insight]:
    """What its people asked us to build, the newest first, and whether they were told."""
    found = Insight.objects.standing().filter(customer=customer).with_answer()
    return found.select_related("request__root", "contact", "ticket").order_by("-pk")[:MOST_PEOPLE]


def told(tickets) -> QuerySet[Delivery]:
    """The last mails about their latest tickets."""
    latest = tickets.order_by("-updated_at", "-pk").values("pk")[:MOST_PEOPLE]
    about = Delivery.objects.filter(subject_kind="ticket", subject_id__in=latest, channel="mail")
    return about.order_by("-pk")[:LAST_TOLD]


@require_safe
@may("customers.read")
def contacts(request: HttpRequest) -> HttpResponse:
    """People whose name or address holds the words, for a form's list of choices."""
    words = request.GET.get("contact", "").strip()[:100]
    found = Contact.objects.like(words).by_name()[:10] if len(words) > 1 else []
    return render(request, "customers/_choices.html", {"contacts": found})
