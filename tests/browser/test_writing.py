"""An agent's writing, by keyboard alone: canned words, a mention, a draft, news, undo, the next."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from apps.outbox.models import Notification
from apps.tickets.models import CannedReply, Draft, Macro, Message, Presence, Ticket
from tests import make

from .conftest import until


@pytest.fixture
def sol(db):
    return make.person("Sol Martínez", "support_lead", email="sol@demo.test")


@pytest.fixture
def prepared(sol):
    """A canned reply and a macro."""
    body = 'Hello {{ contact.first_name | "there" }}, we look at #{{ ticket.number }}.'
    at = timezone.now()
    CannedReply.add(by=sol, at=at, shared=True, title="Looking into it", body=body)
    CannedReply.add(by=sol, at=at, shared=True, title="Another", body="Something else")
    steps = [{"do": "tag", "add": ["refund"]}, {"do": "priority", "to": "high"}]
    Macro.add(by=sol, at=at, shared=True, title="Refund", steps=steps)


def test_a_canned_reply_goes_where_the_caret_is(signed_in, desk, prepared):
    page = signed_in(desk[0].get_absolute_url())
    words = page.get_by_label("Your words")
    page.keyboard.press("r")
    page.keyboard.type("Good morning. /")
    expect(page.get_by_role("dialog", name="Canned replies")).to_be_visible()
    page.keyboard.type("look")
    option = page.locator("#canned-options .option[data-cursor]")
    expect(option).to_contain_text("Looking into it")
    expect(option.locator(".words")).to_have_text(f"Hello Mara, we look at #{desk[0].pk}.")
    page.keyboard.press("Enter")
    expect(words).to_have_value(f"Good morning. Hello Mara, we look at #{desk[0].pk}.")
    expect(words).to_be_focused()
    page.keyboard.type(" /")
    page.keyboard.press("Escape")
    expect(words).to_have_value(f"Good morning. Hello Mara, we look at #{desk[0].pk}. /")
    expect(words).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toast")).to_contain_text("leaves in 15 seconds")
    assert CannedReply.objects.get(title="Looking into it").used == 1
    assert not page.troubles


def test_a_mention_is_offered_and_tells(signed_in, desk, sol):
    page = signed_in(desk[0].get_absolute_url())
    page.keyboard.press("n")
    page.keyboard.type("Please look, @so")
    expect(page.locator("#mentions [role=option]").first).to_contain_text("Sol Martínez")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your note")).to_have_value("Please look, @sol ")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message mark")).to_have_text("@sol")
    assert Notification.objects.filter(person=sol, cause__startswith="mention:").count() == 1
    assert not page.troubles


def test_a_draft_is_there_when_one_comes_back(signed_in, desk, ada):
    page = signed_in(desk[0].get_absolute_url())
    page.keyboard.press("r")
    page.keyboard.type("Half a sentence")
    expect(page.locator(".composer")).to_contain_text("Draft saved")
    other = signed_in(desk[0].get_absolute_url())
    expect(other.get_by_label("Your words")).to_have_value("Half a sentence")
    other.keyboard.press("r")
    other.keyboard.type(" more")  # after it, not before
    until(other, lambda: Draft.objects.get(person=ada).shown.endswith(" more"))
    expect(other.get_by_label("Your words")).to_have_value("Half a sentence more")
    other.get_by_role("button", name="Discard").click()
    expect(other.get_by_label("Your words")).to_have_value("")
    other.keyboard.press("z")
    expect(other.get_by_label("Your words")).to_have_value("Half a sentence more")
    assert Draft.objects.get(person=ada).shown == "Half a sentence more"
    assert not page.troubles and not other.troubles


def test_news_is_shown_before_anything_is_sent(signed_in, desk):
    ticket = Ticket.objects.get(pk=desk[0].pk)
    page = signed_in(ticket.get_absolute_url())
    page.keyboard.press("r")
    page.keyboard.type("We are looking")
    ticket.hear("It works again!", at=timezone.now())
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_role("button", name="Review 1 new message")).to_be_visible()
    expect(page.get_by_role("button", name="Send & wait")).to_be_hidden()
    expect(page.locator(".message[data-new]")).to_contain_text("It works again!")
    expect(page.locator("#live")).to_contain_text("1 message")
    words = page.get_by_label("Your words")
    expect(words).to_be_focused()
    expect(words).to_have_value("We are looking")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("button", name="Send & wait")).to_be_visible()
    expect(words).to_have_value("We are looking")
    assert not ticket.messages.filter(direction="out").exists()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toast", has_text="leaves in 15 seconds")).to_be_visible()
    assert ticket.messages.filter(direction="out").count() == 1
    assert not page.troubles


def test_a_press_that_comes_before_the_news_sends_nothing(signed_in, desk):
    ticket = Ticket.objects.get(pk=desk[0].pk)
    page = signed_in(ticket.get_absolute_url())
    held = []
    page.route("**/news/*", lambda route: held.append(route))
    page.keyboard.press("r")
    page.keyboard.type("We are looking")
    ticket.hear("It works again!", at=timezone.now())
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    until(page, lambda: held)  # the news are on their way, which is no reason not to send
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toast")).to_contain_text("1 new message came while you wrote")
    expect(page.locator(".message[data-new]")).to_have_count(1)
    expect(page.get_by_label("Your words")).to_have_value("We are looking")
    assert not ticket.messages.filter(direction="out").exists()
    assert not page.troubles


def test_a_sent_reply_opens_the_next_ticket_and_undo_comes_along(signed_in, desk):
    page = signed_in("/inbox/")
    page.keyboard.press("j")
    page.keyboard.press("o")
    expect(page.locator("article[id^=ticket-]")).to_be_visible()
    page.wait_for_load_state()
    first = page.locator("h1").inner_text()
    page.keyboard.press("r")
    page.keyboard.type("Solved, thank you.")
    page.keyboard.press("Control+Shift+Enter")
    expect(page.locator("h1")).not_to_have_text(first)
    toast = page.locator(".toast")
    expect(toast).to_contain_text("leaves in 15 seconds")
    assert Ticket.objects.filter(status="resolved").count() == 1
    page.keyboard.press("z")
    expect(page.locator("h1")).to_have_text(first)
    expect(page.get_by_label("Your words")).to_have_value("Solved, thank you.")
    expect(page.get_by_label("Your words")).to_be_focused()
    expect(page.get_by_text("taken back, not sent")).to_be_visible()
    assert not page.troubles


def test_a_macro_is_chosen_done_and_taken_back(signed_in, desk, prepared):
    page = signed_in(desk[0].get_absolute_url())
    page.keyboard.press("Shift+M")
    chosen = page.locator("#macro-options .option[data-cursor]")
    expect(chosen).to_contain_text("This sets priority high, adds tag refund.")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("“Refund”")
    expect(page.get_by_label("Priority")).to_have_value("high")
    page.keyboard.press("z")
    expect(page.get_by_label("Priority")).to_have_value("normal")
    assert not page.troubles


def test_one_sees_who_else_writes(signed_in, desk, sol):
    ticket = desk[0]
    Presence.objects.sign(ticket, sol, at=timezone.now() + timedelta(seconds=30), writing=True)
    page = signed_in(ticket.get_absolute_url())
    expect(page.locator(".present")).to_contain_text("Sol Martínez is drafting a reply")
    assert not page.troubles


def test_a_file_is_pasted_shown_and_taken_away(signed_in, desk, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    page = signed_in(desk[0].get_absolute_url())
    file = {"name": "log.txt", "mimeType": "text/plain", "buffer": b"line 1"}
    attach = page.locator(".only-reply [data-attach]")
    attach.set_input_files(file)
    tag = page.locator(".composer .files .tag")
    expect(tag).to_contain_text("log.txt")
    page.get_by_role("button", name="Remove log.txt").click()
    expect(tag).to_have_count(0)
    held = []
    page.route("**/files/", lambda route: held.append(route))
    attach.set_input_files(file)
    page.get_by_label("Your words").fill("Here it is.")
    until(page, lambda: held)
    page.keyboard.press("Control+Enter")  # it waits for the file
    page.keyboard.press("Control+Enter")  # once
    held.pop().continue_()
    expect(page.locator(".message[data-kind=out]")).to_contain_text("log.txt")
    assert Message.objects.filter(direction="out").count() == 1
    assert not page.troubles
