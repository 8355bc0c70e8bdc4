"""From a wish on a ticket to the word that it is there: linked, shipped, listed, told."""

import pytest
from playwright.sync_api import expect

from apps.accounts.models import User
from apps.features.models import FeatureRequest, Insight
from apps.tickets.models import OwedAnswer
from tests import make

from .test_every_page import AXE, RULES


@pytest.fixture
def pia(db) -> User:
    return make.person("Pia Nowak", "product", email="pia@demo.test")


def axe(page) -> list:
    found = AXE.run(page, options=RULES).response["violations"]
    page.troubles.clear()  # axe measures with inline styles, which the policy blocks
    return found


def test_who_asked_is_told_that_it_is_there(signed_in, desk, pia, live_server):
    wish = FeatureRequest.objects.open(
        "Export without a row limit", terms=["10 000 rows"], by=pia, at=make.NOW
    )
    # Two presses link the ticket to what it asks for, with the customer's own words.
    page = signed_in(f"/tickets/{desk[0].pk}/")
    page.locator("body").press("l")
    expect(page.get_by_label("In their words").first).to_have_value(
        "Same since Monday, we have a board call at two."
    )
    assert not axe(page)
    page.get_by_label("Importance").first.select_option("Important")
    page.get_by_role("button", name="Link to Export without a row limit").click()
    expect(page.locator(".toast").last).to_contain_text("Asks for “Export without a row limit”.")
    insight = Insight.objects.get()
    assert (insight.importance, insight.contact.name) == (2, "Mara Holt")
    expect(page.locator("#properties")).to_contain_text("under review")

    # Product looks who would be told, and ships.
    page = signed_in(f"/feature-requests/{wish.pk}/", person=pia)
    expect(page.locator("#evidence")).to_contain_text("Mara Holt")
    assert not axe(page)
    page.get_by_role("link", name="Ship…").click()
    expect(page.get_by_role("heading", name="1 ticket back on the desk")).to_be_visible()
    expect(page.locator("#decide")).to_contain_text("Hello Mara,")
    assert not axe(page)
    page.get_by_role("button", name="Ship; 1 customer to be told").click()
    expect(page.locator(".toast").last).to_contain_text("Shipped. 1 customer is to be told.")

    # The agent finds it in the inbox, and sends the drafted answer.
    page = signed_in("/inbox/?view=loop")
    page.locator("tr[data-row] a").first.click()
    expect(page.locator(".owed")).to_contain_text("Mara Holt asked and was not told yet")
    assert not axe(page)
    page.locator("body").press("d")
    words = page.get_by_label("Your words")
    expect(words).to_have_value("""Hello Mara,

you asked for this in “Export stops at 10 000 rows”: Export without a row limit is there now.

Thank you for asking. Tell us if it does not do what you hoped for.""")
    assert not page.troubles
    page.get_by_role("button", name="Send & wait").click()
    expect(page.locator(".toast").last).to_contain_text("leaves in 15 seconds")
    assert OwedAnswer.objects.get().state == "told"
    page.goto(f"{live_server.url}/tickets/{desk[0].pk}/")
    expect(page.locator("#properties")).to_contain_text("told")
    expect(page.locator(".owed")).to_have_count(0)
