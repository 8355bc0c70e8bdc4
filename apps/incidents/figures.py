"""Whom an incident hit: tickets, customers, and what those pay us a year."""

from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse

from apps.customers.models import Customer
from apps.customers.revenue import IN_MAIN, NOT_COUNTED, summed
from apps.figures.figure import Reading, Window
from apps.figures.registry import define
from apps.figures.rows import Row, Rows
from apps.tickets.models import Ticket

OWNER = "Incident commander"


def _tickets(incident: str) -> "QuerySet[Ticket]":
    number = int(incident) if incident.isdigit() else 0
    return Ticket.objects.filter(incident_links__incident=number)


def _customers(incident: str) -> "QuerySet[Customer]":
    return Customer.objects.filter(pk__in=_tickets(incident).values("customer"))


def _ticket_rows(window: Window, at: datetime, incident: str = "") -> Rows:
    def show(one: Ticket) -> Row:
        cells = (str(one.customer or ""), one.get_status_display())
        return Row(str(one), one.get_absolute_url(), cells)

    found = _tickets(incident).select_related("customer").order_by("pk")
    return Rows(found, ("Ticket", "Customer", "Status"), show)


def _customer_rows(window: Window, at: datetime, incident: str = "") -> Rows:
    def show(one: Customer) -> Row:
        arr = "not known" if one.arr is None else f"{one.currency} {one.arr:,.0f}"
        url = reverse("portal:customer", args=[one.pk])
        return Row(str(one), url, (one.get_tier_display(), arr))

    found = _customers(incident).order_by("pk")
    return Rows(found, ("Customer", "Tier", "ARR"), show)


@define(
    key="incident.tickets",
    title="Tickets",
    formula="tickets that are linked to the incident now",
    unit="count",
    owner=OWNER,
    inputs=("incidents.IncidentTicket",),
    scope=("incident",),
    rows=_ticket_rows,
    reads="incidents.read",
)
def tickets(window: Window, at: datetime, incident: str = "") -> Reading:
    """Of one incident."""
    return Reading.count(_tickets(incident).count())


@define(
    key="incident.customers",
    title="Customers hit",
    formula="different customers of the tickets that are linked to the incident",
    unit="count",
    owner=OWNER,
    inputs=("incidents.IncidentTicket", "tickets.Ticket"),
    exclusions=("tickets of nobody we know",),
    scope=("incident",),
    rows=_customer_rows,
    reads="incidents.read",
)
def customers(window: Window, at: datetime, incident: str = "") -> Reading:
    """Known to be hit: whoever did not write is not counted."""
    return Reading.count(_customers(incident).count())


@define(
    key="incident.arr",
    title="ARR hit",
    formula=f"sum of the yearly revenue of the customers hit, each counted once; {IN_MAIN}",
    unit="EUR",
    owner=OWNER,
    inputs=("incidents.IncidentTicket", "customers.Customer"),
    exclusions=NOT_COUNTED,
    scope=("incident",),
    rows=_customer_rows,
    reads="incidents.read",
)
def arr(window: Window, at: datetime, incident: str = "") -> Reading:
    """What those it hit pay us; how many of them that is known of is its coverage."""
    return summed(_customers(incident).values_list("arr", "currency"))
