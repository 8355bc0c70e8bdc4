"""Whom an incident hit, as figures that explain themselves."""

import pytest

from apps.figures.registry import compute
from apps.incidents.models import IncidentTicket
from apps.tickets.models import Ticket
from tests import make
from tests.make import NOW


@pytest.fixture
def hit(incident, those, otto):
    """Two tickets of Acme, one of a customer who pays in dollars, one of nobody."""
    acme = make.contact(customer=make.customer("Acme", arr=1000))
    abroad = make.contact(customer=make.customer("Abroad", arr=500, currency="USD"))
    tickets = [
        *(make.ticket(contact=acme) for _ in range(2)),
        make.ticket(contact=abroad),
        make.ticket(),
    ]
    incident.link(those(tickets), by=otto, at=NOW)
    return incident


def test_tickets_customers_and_what_those_pay(hit):
    def of(key):
        return compute(f"incident.{key}", at=NOW, incident=str(hit.pk))

    assert (of("tickets").value, of("customers").value) == (4, 2)
    assert (of("arr").value, of("arr").coverage) == (1000, 0.5)


def test_an_incident_that_hit_nobody_has_no_coverage(incident):
    found = compute("incident.arr", at=NOW, incident=str(incident.pk))
    assert (found.value, found.coverage) == (0, None)
    assert compute("incident.tickets", at=NOW, incident="x").value == 0


@pytest.mark.parametrize(
    ("key", "row"),
    [
        ("incident.tickets", "Acme"),
        ("incident.customers", "EUR 1,000"),
        ("incident.arr", "EUR 1,000"),
    ],
)
def test_each_shows_the_rows_behind_it(key, row, hit, as_otto):
    page = as_otto.get(f"/figures/{key}/?incident={hit.pk}").content.decode()
    assert row in page


def test_a_link_says_what_it_ties(hit):
    link = IncidentTicket.objects.earliest("pk")
    assert str(link) == f"#{link.ticket_id} of incident {hit.pk}"
    assert list(Ticket.objects.filter(incident_links__incident=hit).values_list("pk", flat=True))
