"""A lead reads the report, follows a number to its tickets, and knows a customer."""

import re

from playwright.sync_api import expect

from apps.reports import ready


def test_a_number_leads_to_its_tickets(signed_in, desk):
    page = signed_in("/insight/support/?period=month")
    expect(page).to_have_title("Support report · Afterlaunch")
    page.get_by_role("link", name=re.compile("Tickets created")).click()
    expect(page.get_by_role("heading", name="Tickets created", level=1)).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("Export stops"))).to_be_visible()
    page.get_by_role("link", name=re.compile("Export stops")).click()
    expect(page).to_have_title(re.compile("Export stops"))
    assert not page.troubles


def test_a_filter_stands_in_the_address(signed_in, desk):
    page = signed_in("/insight/support/?period=month")
    page.get_by_label("Priority").select_option("urgent")
    expect(page).to_have_url(re.compile("priority=urgent"))
    page.get_by_role("link", name="Now and today").click()
    expect(page.get_by_role("heading", name="Support now")).to_be_visible()
    assert not page.troubles


def test_a_customer_is_known_and_changed(signed_in, desk):
    page = signed_in(f"/customers/{desk[0].customer_id}/")
    expect(page.get_by_text("Promises kept to a customer")).to_be_visible()
    page.get_by_label("Search their tickets").last.fill("webhooks")
    page.get_by_label("Search their tickets").last.press("Enter")
    expect(page.get_by_role("link", name=re.compile("Webhooks arrive"))).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("Typo in a mail"))).to_have_count(0)
    page.get_by_role("link", name="Edit", exact=True).first.click()
    page.get_by_label("Plan").fill("Gold")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Enterprise, Gold")).to_be_visible()
    assert not page.troubles


def test_a_report_that_takes_long_appears_by_itself(signed_in, desk, monkeypatch):
    monkeypatch.setattr(ready, "FEW", 0)
    for path, first in (
        ("/insight/support/?period=month&priority=normal", "Tickets created"),
        ("/insight/support/now/", "Breaches to expect today"),
        ("/figures/sla.compliance/?priority=normal", "Formula"),
        ("/sla/", "By promise and priority"),
    ):
        page = signed_in(path)
        expect(page.get_by_role("status").get_by_text("eing measured")).to_be_visible()
        expect(page.get_by_text(first, exact=True).first).to_be_hidden()
        ready.measure_due()
        expect(page.get_by_text(first, exact=True).first).to_be_visible()
        assert not page.troubles
