"""By keyboard alone: a ticket is forwarded and taken back; two become one and are two again."""

from playwright.sync_api import expect

from apps.outbox.models import Delivery
from apps.tickets.models import Message, Ticket
from tests import make


def test_a_ticket_is_forwarded_and_taken_back(signed_in, desk):
    page = signed_in(desk[0].get_absolute_url())
    page.keyboard.press("f")
    expect(page.get_by_role("heading", name=f"Forward #{desk[0].pk}")).to_be_visible()
    expect(page.get_by_label("To", exact=True)).to_be_focused()
    page.keyboard.type("desk@bank.test")
    page.get_by_label("Your words").fill("Do you see it?")
    expect(page.get_by_role("checkbox", name="Mara Holt")).to_be_checked()
    page.get_by_role("button", name="Send & wait for them").click()
    expect(page.locator(".toast")).to_contain_text("desk@bank.test: leaves in 15 seconds")
    beside = page.locator('.message[data-kind="aside"]')
    expect(beside).to_contain_text("only staff see this")
    page.keyboard.press("z")
    expect(page.get_by_label("Your words")).to_have_value("Do you see it?")
    assert Delivery.objects.get().state == "cancelled"
    page.get_by_role("button", name="Send & wait for them").click()
    expect(beside.last).to_contain_text("Do you see it?")
    assert Message.objects.filter(side__isnull=False, undone_at=None).count() == 1
    desk[0].refresh_from_db()
    assert desk[0].status == "waiting_third_party"
    assert not page.troubles


def test_picked_tickets_become_one_and_are_given_back(signed_in, desk):
    page = signed_in("/tickets/")
    page.locator("tr[data-row]").first.wait_for()
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    bar = page.locator(".bulk")
    expect(bar).to_contain_text("2 selected")
    assert bar.bounding_box()["height"] < 56  # one line
    page.keyboard.type("mm")
    expect(page.get_by_role("heading", name="Merge 2 tickets")).to_be_visible()
    page.get_by_role("button", name="Merge", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("1 ticket merged into")
    assert Ticket.objects.filter(status="merged").count() == 1
    page.keyboard.press("z")
    expect(page.locator(".toast").last).to_contain_text("1 ticket as before")
    assert not Ticket.objects.filter(status="merged").exists()
    assert not page.troubles


def test_two_addresses_of_one_person_become_one_and_are_two_again(signed_in, desk):
    kept = make.contact("Mara Home", email="mara@home.test", customer=desk[0].customer)
    gone = desk[0].contact
    page = signed_in(f"/customers/{desk[0].customer_id}/")
    page.get_by_role("link", name=f"Merge {gone} into…").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"Merge {gone}")).to_be_visible()
    page.get_by_role("radio", name="Mara Home").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text(f"{gone} goes on as Mara Home")
    expect(page.locator("#properties")).to_contain_text(f"also {gone.email}")
    desk[0].refresh_from_db()
    assert desk[0].contact == kept
    page.keyboard.press("z")
    expect(page.locator(".toast").last).to_contain_text("a contact of their own again")
    desk[0].refresh_from_db()
    assert desk[0].contact == gone
    assert not page.troubles
