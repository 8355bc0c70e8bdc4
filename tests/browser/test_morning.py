"""An agent's morning by keyboard alone, and a lead who moves what is too much for one."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from apps.tickets.models import Duty, Ticket, View
from tests import make

from .conftest import PASSWORD, has_read


@pytest.fixture
def sol(db):
    person = make.person("Sol Martínez", "support_lead", email="sol@demo.test")
    person.set_password(PASSWORD)
    person.save()
    return person


def row(page, text):
    return page.locator("[data-row]", has_text=text)


def test_a_morning_by_keyboard(signed_in, desk):
    page = signed_in("/inbox/?view=unassigned")
    press = page.keyboard.press
    # triage: it is mine
    press("j")
    expect(row(page, "Typo in a mail")).to_have_attribute("data-cursor", "")
    press("1")
    expect(page.locator(".toast")).to_contain_text("It is yours")
    expect(row(page, "Typo in a mail")).to_have_count(0)
    # my queue; the second ticket sleeps until Friday, said before it is done
    page.keyboard.type("gq")
    expect(page).to_have_url(re.compile("/inbox/$"))
    expect(page.locator("[data-row]")).to_have_count(3)
    press("j")
    press("j")
    chosen = page.locator("[data-row][data-cursor]")
    subject = chosen.locator("td.wide a").inner_text()
    press("h")
    expect(page.locator("#options [role=option]").first).to_contain_text("For an hour")
    page.keyboard.type("fri 9")
    expect(page.locator("#options [role=option]")).to_have_count(1)
    expect(page.locator("#options [role=option]")).to_contain_text("Until Friday")
    press("Enter")
    expect(page.locator(".toast").last).to_contain_text("Hidden until Fri")
    expect(row(page, subject)).to_have_count(0)
    expect(page.locator("[data-row][data-cursor]")).to_have_count(1)  # the cursor stays in place
    # undone from where one is
    page.locator(".toast").last.get_by_role("button", name="Undo").click()
    expect(row(page, subject)).to_have_count(1)
    # two are picked and raised at once
    press("k")
    press("x")
    press("J")
    expect(page.locator("[data-picked]")).to_have_text("2")
    press("p")
    page.keyboard.type("urg")
    press("Enter")  # before the answer: it is waited for
    expect(page.locator(".toast").last).to_contain_text("2 tickets changed")
    assert Ticket.objects.filter(priority="urgent").count() == 2
    # the palette opens a ticket by a mistyped word
    press("Control+k")
    page.keyboard.type("webhoks")
    expect(page.locator("#options [role=option]", has_text="Webhooks arrive").first).to_be_visible()
    expect(page.get_by_role("combobox", name="Go to or do")).to_have_attribute(
        "aria-activedescendant", re.compile("option-")
    )
    assert not page.troubles
    press("Enter")
    expect(page.locator("h1")).to_contain_text("Webhooks arrive twice")
    page.wait_for_load_state()
    press("n")
    page.keyboard.type("Seen.")
    press("Control+Enter")
    expect(page.locator(".toast").last).to_contain_text("Note added")


def test_opening_the_next_is_there_at_once_and_back_finds_the_row(signed_in, desk):
    page = signed_in("/inbox/")
    expect(page.locator("#preview h2")).to_be_visible()
    page.keyboard.press("j")  # the first was fetched with the page
    page.keyboard.press("j")
    number = page.locator("[data-row][data-cursor]").get_attribute("id").removeprefix("row-")
    has_read(page, f"/tickets/{number}/")
    page.evaluate("document.body.dataset.same = ''")
    page.keyboard.press("o")
    expect(page.locator(f"article#ticket-{number}")).to_be_visible()
    expect(page).to_have_url(re.compile(rf"/tickets/{number}/"))
    expect(page).to_have_title(re.compile(rf"^#{number} .* · Afterlaunch$"))
    expect(page.locator("body[data-same]")).to_be_attached()
    page.keyboard.press("u")
    expect(page.locator(f"#row-{number}")).to_have_attribute("data-cursor", "")
    assert not page.troubles


def test_a_view_is_kept_and_other_keys_are_chosen(signed_in, desk, ada):
    page = signed_in("/tickets/")
    page.get_by_label("Words and conditions").fill("assignee:m")
    expect(page.locator("#terms [role=option]").first).to_have_text("me")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Words and conditions")).to_have_value("assignee:me ")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("q=assignee"))
    page.get_by_text("Save view").click()
    page.get_by_label("Name").fill("Mine")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("h1")).to_have_text("Mine")
    expect(page.locator("#rail .pins a")).to_contain_text("Mine")
    assert View.objects.get().words == "assignee:me"
    page.goto(page.url.split("/tickets/")[0] + "/settings/keys/")
    page.get_by_label("Pick", exact=True).fill("y")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toast")).to_contain_text("Saved")
    page.goto(page.url.split("/settings/")[0] + "/inbox/")
    page.keyboard.press("j")
    page.keyboard.press("x")  # says nothing now
    expect(page.locator(".pick input:checked")).to_have_count(0)
    page.keyboard.press("y")
    expect(page.locator(".pick input:checked")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator(".pick input:checked")).to_have_count(0)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_contain_text("Pick y")
    assert not page.troubles


def test_a_lead_moves_what_is_too_much_and_marks_somebody_away(signed_in, desk, ada, sol):
    Duty.objects.create(person=ada, cap=1)
    bo = make.person("Bo Berg", "support")
    make.team("Support", ada, bo)
    page = signed_in("/load/", sol)
    expect(page.locator("[data-row]", has_text="Ada")).to_contain_text("over the limit")
    page.get_by_role("link", name=re.compile("Ada Lovelace")).click()
    expect(page.get_by_label("Limit, in weight")).to_be_visible()
    page.wait_for_load_state()
    page.get_by_label("Select all on this page").check()
    page.get_by_label("Give to").select_option(label="Spread over Support")
    page.get_by_role("button", name="See what it does").click()
    expect(page.get_by_role("heading", name=re.compile("What moving 2 tickets"))).to_be_visible()
    assert Ticket.objects.filter(assignee=ada).count() == 2
    page.get_by_role("button", name="Move them").click()
    expect(page.locator(".toast")).to_contain_text("2 tickets moved")
    assert Ticket.objects.filter(assignee=bo).count() == 2
    page.get_by_label("Away until").fill("in 2 weeks")
    page.get_by_role("button", name="Mark away").click()
    expect(page.locator(".toast").last).to_contain_text("is away until")
    assert Duty.objects.get(person=ada).away_until > timezone.now() + timedelta(days=13)
    assert not page.troubles
