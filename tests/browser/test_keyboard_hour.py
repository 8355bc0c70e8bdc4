"""An hour by keyboard alone: whatever a key leads into, a key leads out of, with all of it kept."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from apps.tickets.models import CannedReply, Ticket
from tests import make

from .conftest import has_read, until


@pytest.fixture
def canned(db):
    lead = make.person("Sol Martínez", "support_lead", email="sol@demo.test")
    words = {"title": "Looking into it", "body": "We look at it."}
    return CannedReply.add(by=lead, at=timezone.now(), shared=True, **words)


def opened(page, ticket, *, fetched=False):
    """Walk down to a ticket and open it; `fetched`: only once its page is there already."""
    page.locator("[data-row]").first.wait_for()
    for _ in range(10):
        page.keyboard.press("j")
        if page.locator(f"#row-{ticket.pk}[data-cursor]").count():
            break
    if fetched:
        has_read(page, f"/tickets/{ticket.pk}/")
    page.keyboard.press("o")
    expect(page.locator(f"article#ticket-{ticket.pk}")).to_be_visible()
    page.wait_for_load_state()


def test_canned_words_are_there_in_a_ticket_that_was_fetched_before(signed_in, desk, canned):
    page = signed_in("/inbox/")
    opened(page, desk[1], fetched=True)
    page.keyboard.press("r")
    page.keyboard.type("Hello. /")
    expect(page.get_by_role("dialog", name="Canned replies")).to_be_visible()
    expect(page.locator("#canned-options .option[data-cursor]")).to_contain_text("Looking into it")
    page.evaluate("""document.querySelector('dialog[open]').addEventListener(
        'close', () => { document.body.dataset.shut = '' })""")
    page.keyboard.press("Enter")
    words = page.get_by_label("Your words")
    expect(words).to_have_value("Hello. We look at it.")
    page.locator("body[data-shut]").wait_for()
    expect(words).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("M")
    expect(page.get_by_role("dialog", name="Macros")).to_be_visible()
    assert not page.troubles


def test_a_preview_that_comes_late_disturbs_no_open_ticket(signed_in, desk):
    page, held = signed_in("/inbox/"), []
    page.locator("#preview h2").wait_for()
    page.route(re.compile(r"/preview/"), lambda route: held.append(route))
    opened(page, desk[1], fetched=True)
    late = held[-1].request.url
    with page.expect_request_finished(lambda one: one.url == late):
        held[-1].continue_()
    expect(page.locator("#preview")).to_have_count(0)
    page.evaluate("new Promise((done) => setTimeout(done))")
    assert not page.troubles


def test_resolving_on_to_the_next_is_taken_back_where_one_was(signed_in, desk):
    page = signed_in("/inbox/")
    opened(page, desk[0])
    page.keyboard.press("E")
    expect(page.locator(f"article#ticket-{desk[0].pk}")).to_have_count(0)
    expect(page.locator(".toast")).to_contain_text("Resolved")
    assert Ticket.objects.get(pk=desk[0].pk).status == "resolved"
    page.keyboard.press("z")
    expect(page.locator(f"article#ticket-{desk[0].pk}")).to_be_visible()
    expect(page.locator(".toast")).to_contain_text("Back to open")
    expect(page).to_have_url(re.compile(r"\?in=inbox"))
    assert not page.troubles


def test_another_ticket_is_linked_by_its_words_and_one_is_still_in_the_list(signed_in, desk):
    page = signed_in(desk[0].get_absolute_url() + "?in=inbox")
    page.keyboard.press("l")
    expect(page.get_by_role("searchbox", name="Words of a request or a ticket")).to_be_focused()
    page.keyboard.type("webhooks")
    page.keyboard.press("Enter")
    link = page.get_by_role("button", name=f"Link to #{desk[1].pk}")
    expect(link).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("ArrowDown")
    expect(link).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text(f"Linked to #{desk[1].pk}")
    expect(page).to_have_url(re.compile(r"\?in=inbox"))
    page.keyboard.press("z")
    expect(page.locator(".toast").last).to_contain_text("The link is gone")
    assert not page.troubles


def test_two_tickets_become_one_and_are_two_again(signed_in, desk):
    first, second = desk[:2]
    page = signed_in(second.get_absolute_url() + "?in=inbox")
    page.keyboard.type("mm")
    expect(page.get_by_label("Number or words of the ticket that goes on")).to_be_focused()
    page.keyboard.type(first.subject)
    expect(page.get_by_role("heading", name="Found")).to_be_visible()
    page.keyboard.press("ArrowDown")
    into = page.get_by_role("button", name=f"Merge into #{first.pk}")
    expect(into).to_be_focused()
    page.evaluate("""htmx.ajax("GET", location.pathname + "?into=" + encodeURIComponent(
        document.querySelector("#id_into").value), { target: "#joinable", swap: "outerHTML" })""")
    expect(into).to_be_focused()  # an answer that came late
    page.keyboard.press("Enter")
    expect(page.locator(f"article#ticket-{first.pk}")).to_be_visible()
    expect(page.locator(".toast")).to_contain_text(f"#{second.pk} is merged into #{first.pk}")
    page.keyboard.press("z")
    expect(page.locator(f"article#ticket-{second.pk}")).to_be_visible()
    expect(page.locator(".toast")).to_contain_text("The merge was taken back")
    second.refresh_from_db()
    assert second.status == "open" and second.merged_into_id is None
    assert not page.troubles


def test_leaving_a_page_by_its_key_leads_back_to_the_place_in_the_list(signed_in, desk):
    desk[0].hear("By the way: dark mode?", at=timezone.now())  # what began it is not split off
    page = signed_in("/inbox/")
    opened(page, desk[0])
    for key, title in (
        ("l", "Link"),
        ("L", "Log a call"),
        ("f", "Forward"),
        ("S", "Split"),
        ("R", "Subject and requester"),
    ):
        page.wait_for_load_state()
        page.keyboard.press(key)
        expect(page).to_have_title(re.compile(title))
        expect(page.locator("main :focus")).to_have_count(1)  # one types at once
        page.wait_for_load_state()
        page.keyboard.press("Escape")
        page.keyboard.press("u")
        expect(page.locator(f"article#ticket-{desk[0].pk}")).to_be_visible()
        expect(page).to_have_url(re.compile(r"\?in=inbox"))
    page.wait_for_load_state()
    page.keyboard.press("/")
    page.keyboard.type("webhooks")
    page.keyboard.press("Enter")
    expect(page).to_have_title(re.compile("search"))
    page.wait_for_load_state()
    page.keyboard.press("j")
    page.keyboard.press("o")
    expect(page.locator("h1")).to_contain_text("Webhooks arrive twice")
    page.wait_for_load_state()
    page.keyboard.press("u")
    expect(page).to_have_title(re.compile("search"))
    assert not page.troubles


def test_a_control_that_a_key_went_to_is_left_once_it_was_used(signed_in, desk):
    page = signed_in(desk[0].get_absolute_url())
    page.keyboard.press("t")
    expect(page.get_by_label("Tags")).to_be_focused()
    page.keyboard.type("slow, vip")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("Tags changed")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("z")  # a key again, not a letter
    expect(page.locator(".toast").last).to_contain_text("As before")
    page.keyboard.press("N")
    expect(page.locator(".toast").last).to_contain_text("No reply is owed")
    assert Ticket.objects.get(pk=desk[0].pk).waiting_since is None
    page.keyboard.press("z")
    expect(page.locator("#properties")).to_contain_text("No reply needed")
    assert Ticket.objects.get(pk=desk[0].pk).waiting_since
    assert not page.troubles


def test_what_is_refused_stays_typed_and_is_said_where_it_was_typed(signed_in, desk):
    page = signed_in(desk[0].get_absolute_url())
    press, snooze = page.keyboard.press, page.get_by_label("Snooze until, in words")
    press("h")
    expect(page.locator("details.menu[open] > :not(summary)")).to_be_in_viewport(ratio=0.95)
    page.keyboard.type("whenever")
    press("Enter")
    expect(page.locator(".refused")).to_contain_text("That is no time to come")
    expect(snooze).to_be_focused()
    expect(snooze).to_have_value("whenever")
    snooze.fill("fri 9")
    expect(page.locator(".refused")).to_have_count(0)
    press("Enter")
    expect(page.locator(".toast").last).to_contain_text("Hidden until")
    expect(page.locator(".toast")).to_have_count(1)  # what was refused before is over
    expect(page.locator("#main")).to_be_focused()  # what had the focus is folded away
    press("z")
    expect(page.locator(".toast").last).to_contain_text("As before")
    page.keyboard.type("gq")
    expect(page).to_have_title(re.compile("Inbox"))
    press("i")  # no row is chosen yet
    expect(page.locator(".toast").last).to_contain_text("Choose a ticket first")
    press("z")
    expect(page.locator(".toast").last).to_contain_text("Nothing to take back here")
    palette = page.get_by_role("dialog", name="Go to or do")
    press("Control+k")
    page.keyboard.type("late")
    press("Escape")  # out at once, whatever was typed
    expect(palette).to_be_hidden()
    press("Control+k")
    page.keyboard.type("zzzqqq")
    expect(page.locator("#option-none")).to_contain_text("Nothing found for “zzzqqq”")
    press("Enter")  # what the palette does not know is searched for everywhere
    expect(page).to_have_title(re.compile("search"))
    assert not page.troubles


def test_the_cursor_stays_in_the_list_whatever_is_done_to_it(signed_in, desk):
    page = signed_in("/inbox/")
    page.locator("[data-row]").first.wait_for()
    press, cursor = page.keyboard.press, page.locator("[data-row][data-cursor]")
    press("j")
    first = cursor.get_attribute("id")
    press("w")
    expect(page.locator(".toast").last).to_contain_text("You follow it now")
    press("x")
    press("J")
    press("t")
    page.keyboard.type("vip2")
    expect(page.locator("#options [role=option]").first).to_contain_text("vip2")
    press("Enter")
    expect(page.locator(".toast").last).to_contain_text("2 tickets changed")
    expect(cursor).to_have_count(1)
    press("z")
    expect(page.locator(".toast").last).to_contain_text("2 tickets as before")
    press("k")
    expect(page.locator(f"#{first}")).to_have_attribute("data-cursor", "")
    lists, undos = [], []
    page.route("**/inbox/", lambda route: lists.append(route))
    page.route("**/undo/**", lambda route: undos.append(route))
    press("e")
    until(page, lambda: lists)
    press("z")
    until(page, lambda: undos)
    page.unroute("**/inbox/")
    lists.pop().continue_()  # a list without it comes after the word to take it back
    expect(page.locator(f"#{first}")).to_have_count(0)
    expect(cursor).to_have_count(1)
    undos.pop().continue_()
    expect(page.locator(f"#{first}")).to_have_attribute("data-cursor", "")  # there again, and on it
    assert not page.troubles


def test_a_note_is_sent_by_either_key(signed_in, desk):
    page = signed_in(desk[0].get_absolute_url())
    for key in ("Control+Enter", "Meta+Enter"):
        page.keyboard.press("n")
        page.keyboard.type(f"Sent by {key}")
        page.keyboard.press(key)
        expect(page.locator(".message[data-kind=note]").last).to_contain_text(f"Sent by {key}")
    assert not page.troubles


def test_a_call_is_taken_back_and_keys_are_keys_again(signed_in, desk):
    page = signed_in(desk[0].get_absolute_url() + "?in=inbox")
    page.keyboard.press("L")
    expect(page.get_by_label("What was said")).to_be_focused()
    page.keyboard.type("They called.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toast")).to_contain_text("Logged")
    expect(page).to_have_url(re.compile(r"\?in=inbox"))
    page.wait_for_load_state()
    page.keyboard.press("z")
    expect(page.locator(".toast").last).to_contain_text("What was written down is taken back")
    page.keyboard.press("n")  # a key, not a letter of a reply
    expect(page.locator(".editor[data-mode=note] textarea")).to_be_focused()
    assert not page.troubles


def test_an_answer_is_sent_and_resolves_by_one_key(signed_in, desk):
    page = signed_in(desk[0].get_absolute_url())
    page.keyboard.press("r")
    page.keyboard.type("Fixed for good.")
    page.keyboard.press("Control+Shift+Enter")
    expect(page.locator(".toast")).to_contain_text("leaves in 15 seconds")
    assert Ticket.objects.get(pk=desk[0].pk).status == "resolved"
    page.keyboard.press("z")
    expect(page.get_by_label("Your words")).to_have_value("Fixed for good.")
    expect(page.get_by_label("Your words")).to_be_focused()  # to be mended
    assert Ticket.objects.get(pk=desk[0].pk).status == "open"
    assert not page.troubles
