"""A small desk: one customer, one contact, a ticket with a thread."""

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.tickets.models import Ticket
from tests import make


@pytest.fixture
def mara(db):
    """Mara asks."""
    northwind = make.customer("Northwind", tier="enterprise")
    return make.contact("Mara Holt", customer=northwind, email="mara@northwind.test")


@pytest.fixture
def ticket(mara) -> Ticket:
    """Mara's ticket, as the desk received it."""
    return Ticket.objects.report(
        subject="Export stops at 10 000 rows",
        body="Same since Monday, we have a board call at two.",
        contact=mara,
        at=make.NOW,
    )


@pytest.fixture
def everybody(ada, sol, pia, otto, cora, lea, admin) -> dict[str, User]:
    return {
        "support": ada,
        "support_lead": sol,
        "product": pia,
        "on_call": otto,
        "communications": cora,
        "leadership": lea,
        "administrator": admin,
    }


HTMX = {"hx-request": "true"}


@pytest.fixture
def in_place():
    """`in_place(browser).post(…)` asks as htmx does."""

    def wrap(browser: Client) -> Client:
        browser.defaults["HTTP_HX_REQUEST"] = "true"
        return browser

    return wrap
