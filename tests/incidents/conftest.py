"""An incident, and tickets of people it hit."""

import pytest

from apps.incidents.models import Incident
from apps.tickets.models import Ticket
from tests import make
from tests.make import NOW


@pytest.fixture
def incident(otto) -> Incident:
    """Otto leads it."""
    return make.incident(otto)


@pytest.fixture
def tickets(db) -> list[Ticket]:
    """Three people of three customers wait for a first answer."""
    return [
        Ticket.objects.report(
            subject=f"Export {n} fails",
            body="It stops.",
            contact=make.contact(email=f"person{n}@customer.test"),
            at=NOW,
        )
        for n in range(3)
    ]


@pytest.fixture
def those():
    """`those(tickets)` as verbs take them."""
    return lambda tickets: Ticket.objects.filter(pk__in=[one.pk for one in tickets])
