"""A lead tightens a promise in a real browser: draft, dry run, publish, open tickets follow."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from apps.tickets.models import Ticket
from tests import make

from .conftest import PASSWORD
from .test_every_page import AXE, RULES


@pytest.fixture
def sol(db):
    person = make.person("Sol Martínez", "support_lead", email="sol@demo.test")
    person.set_password(PASSWORD)
    person.save()
    return person


def test_a_promise_is_tightened(page, live_server, promise, sol):
    Ticket.objects.report(
        subject="Soon late",
        body="x",
        contact=make.contact("Mira"),
        at=timezone.now() - timedelta(hours=2),
    )
    page.goto(f"{live_server.url}/accounts/login/")
    page.get_by_label("Email").fill(sol.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Sign in")).to_have_count(0)
    page.goto(f"{live_server.url}/sla/policies/")
    page.get_by_role("link", name="Default").click()
    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_label("First response, any priority", exact=True).fill("1 h")
    assert not AXE.run(page, options=RULES).response["violations"]
    page.get_by_role("button", name="Keep and dry run").click()
    expect(page.get_by_role("heading", name="Become breached")).to_be_visible()
    assert not AXE.run(page, options=RULES).response["violations"]
    page.get_by_label("Why").fill("As agreed")
    page.get_by_label("Re-apply to open tickets").check()
    page.get_by_role("button", name="Publish a new version").click()
    expect(page.get_by_text("1 open ticket goes by it now.")).to_be_visible()
    assert not AXE.run(page, options=RULES).response["violations"]
