"""An hour of an incident: picked tickets, one word to all their customers, the end, the loop."""

import pytest
from playwright.sync_api import expect

from apps.incidents.models import Incident
from apps.outbox.models import Delivery
from apps.sla.models import Clock
from apps.tickets.models import Ticket
from tests import make

from .conftest import PASSWORD


@pytest.fixture
def ada(db):
    """Who answers tickets, and is on call today."""
    person = make.person("Ada Lovelace", "support", "on_call", email="ada@demo.test")
    person.set_password(PASSWORD)
    person.save()
    return person


def test_tickets_are_linked_told_by_one_update_and_owed_the_end(signed_in, desk, live_server):
    make.cadences()
    other = make.contact("Olaf Berg", email="olaf@berg.test")
    Ticket.objects.filter(pk=desk[2].pk).update(contact=other, customer=other.customer)
    page = signed_in("/incidents/declare/")
    page.get_by_label("What is wrong").fill("Exports do not finish")
    page.get_by_role("radio", name="SEV2").check()
    page.get_by_role("button", name="Declare").click()
    expect(page.get_by_role("heading", name="Exports do not finish")).to_be_visible()
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator(".toast").last).to_contain_text("Acknowledged")

    page.goto(f"{live_server.url}/tickets/")
    page.locator("tr[data-row]").first.wait_for()
    page.get_by_label("Select all on this page").check()
    bar = page.locator(".bulk")
    expect(bar).to_contain_text("3 selected")
    assert bar.bounding_box()["height"] < 56  # one line still
    bar.get_by_text("More", exact=True).click()
    bar.get_by_role("button", name="Link to an incident…").click()
    expect(page.get_by_role("heading", name="Link 3 tickets to an incident")).to_be_visible()
    page.get_by_role("button", name="Link", exact=True).click()
    expect(page.locator(".toast").last).to_contain_text("3 tickets linked to incident")

    incident = Incident.objects.get()
    page.get_by_role("textbox", name="Update").fill("Exports are slow; we repair it.")
    page.get_by_role("button", name="Update", exact=True).click()
    expect(page.get_by_text("2 people get it by mail")).to_be_visible()
    assert not incident.updates.exists()
    page.get_by_role("button", name="Send to 2 people").click()
    expect(page.locator(".toast").last).to_contain_text(
        "Update for 2 customer contacts on 3 tickets."
    )
    waiting = Clock.objects.filter(ticket__in=desk, kind="first_response")
    assert {one.state for one in waiting} == {"met"}
    assert Delivery.objects.filter(channel="mail", state="pending").count() >= 2
    page.get_by_role("link", name="response clocks stopped").click()
    expect(page.get_by_role("heading", name="response clocks stopped")).to_be_visible()

    page.goto(live_server.url + incident.get_absolute_url())
    page.get_by_role("button", name="Resolve").click()
    expect(page.locator(".toast").last).to_contain_text("Resolved")
    expect(page.get_by_text("0 of 2 tickets")).to_be_visible()
    page.get_by_role("link", name="0 of 2 tickets").click()
    expect(page.locator("tr[data-row]")).to_have_count(2)
    page.locator("tr[data-row] a").first.click()
    expect(page.get_by_role("button", name="Use the drafted answer")).to_be_visible()
    assert not page.troubles
