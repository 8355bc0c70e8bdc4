"""The day of an agent in a real browser: sign in, read, answer, hand over, find."""

import re

from playwright.sync_api import expect

from apps.tickets.models import Ticket

from .conftest import PASSWORD, until


def test_signing_in_and_out(live_server, page, ada):
    page.goto(live_server.url + "/inbox/")
    page.get_by_label("Email").fill("ada@demo.test")
    page.get_by_label("Password", exact=True).fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_title("Inbox · Afterlaunch")
    page.get_by_label("Ada Lovelace: settings and sign out").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_reading_replying_and_taking_it_back(signed_in, desk, ada):
    ada.after_send = "stay"
    ada.save()
    page = signed_in("/inbox/")
    page.get_by_role("link", name=re.compile("Export stops")).first.click()
    expect(page.get_by_text("Only staff", exact=False).first).to_be_attached()
    expect(page.locator(".message[data-kind=note]")).to_contain_text("certificate")
    page.get_by_label("Your words").fill("We found it: **fixed** within the hour.")
    page.get_by_role("button", name="Send & wait").click()
    toast = page.locator(".toast")
    expect(toast).to_contain_text("leaves in 15 seconds")
    expect(page.locator(".message[data-kind=out] strong", has_text="fixed")).to_be_visible()
    expect(page.get_by_label("Your words")).to_have_value("")
    toast.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("nothing was sent")).to_be_visible()
    expect(page.get_by_text("taken back, not sent")).to_be_visible()
    words = "We found it: **fixed** within the hour."
    expect(page.get_by_label("Your words")).to_have_value(words)
    assert not page.troubles


def test_a_verb_keeps_the_draft_and_the_page(signed_in, desk):
    page = signed_in(desk[0].get_absolute_url())
    page.get_by_label("Your words").fill("Half a sen")
    page.get_by_label("Priority").select_option("urgent")
    expect(page.locator(".toast")).to_contain_text("Priority is urgent")
    expect(page.get_by_label("Your words")).to_have_value("Half a sen")
    page.get_by_label("Tags").fill("vip, export")
    page.get_by_label("Tags").press("Enter")
    expect(page.locator(".toast").last).to_contain_text("Tags changed")
    page.get_by_role("button", name=re.compile("Resolve")).first.click()
    expect(page.get_by_role("button", name="Reopen")).to_be_visible()
    expect(page.get_by_label("Your words")).to_have_value("Half a sen")
    ticket = Ticket.objects.get(pk=desk[0].pk)
    assert (ticket.priority, ticket.tags, ticket.status) == (
        "urgent",
        ["vip", "export"],
        "resolved",
    )
    assert not page.troubles


def test_a_refused_choice_goes_back_to_what_it_was(signed_in, desk):
    page = signed_in(desk[0].get_absolute_url())
    Ticket.objects.filter(pk=desk[0].pk).update(status="closed")
    page.get_by_label("Priority").select_option("urgent")
    expect(page.locator('.toast[data-tone="bad"]')).to_contain_text("stays as it is")
    expect(page.get_by_label("Priority")).to_have_value("normal")
    assert not page.troubles


def test_the_keyboard_walks_the_list_and_the_ticket(signed_in, desk):
    page = signed_in("/inbox/")
    expect(page.locator("#preview h2")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("j")
    chosen = page.locator("[data-row][data-cursor]")
    expect(chosen).to_have_count(1)
    subject = chosen.locator("td.wide a").inner_text()
    expect(page.locator("#preview h2")).to_contain_text(subject)
    page.keyboard.press("o")
    expect(page.locator("h1")).to_contain_text(subject)
    page.keyboard.press("n")
    page.keyboard.type("j and k are only letters here")
    expect(page.get_by_label("Your note")).to_have_value("j and k are only letters here")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toast")).to_contain_text("Note added")
    page.keyboard.press("p")
    expect(page.get_by_label("Priority")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.keyboard.press("u")
    expect(page).to_have_title("Inbox · Afterlaunch")
    page.keyboard.type("gu")
    expect(page.locator(".chip[aria-current]")).to_contain_text("Unassigned")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    assert not page.troubles


def test_what_is_done_before_the_page_is_awake_is_done_once_it_is(signed_in, desk):
    page, held = signed_in(desk[0].get_absolute_url()), []
    page.route("**/keyboard*.js", lambda route: held.append(route))
    page.reload(wait_until="commit")
    page.get_by_label("Priority").select_option("high")
    page.get_by_label("Priority").blur()
    page.keyboard.press("n")
    page.keyboard.type("eE? is text")
    until(page, lambda: held)
    held.pop().continue_()
    expect(page.get_by_label("Your note")).to_have_value("eE? is text")
    expect(page.locator(".toast")).to_contain_text("Priority is high")
    page.reload(wait_until="commit")
    expect(page.locator("h1")).to_be_visible()
    page.keyboard.press("n")
    page.keyboard.type("!")
    page.keyboard.press("Control+Enter")
    until(page, lambda: held)
    held.pop().continue_()
    expect(page.locator(".toast")).to_contain_text("Note added")
    assert not page.troubles
    ticket = Ticket.objects.get(pk=desk[0].pk)
    assert (ticket.status, ticket.priority) == (desk[0].status, "high")
    assert ticket.messages.latest("pk").body.endswith("!")


def test_single_keys_can_be_switched_off(signed_in, desk, ada):
    ada.shortcuts = False
    ada.save()
    page = signed_in("/inbox/")
    page.keyboard.press("?")
    page.keyboard.press("j")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_hidden()
    expect(page.locator("[data-cursor]")).to_have_count(0)
    expect(page.get_by_role("search").locator("kbd")).to_be_hidden()  # nor is one shown


def test_the_palette_finds_pages_and_mistyped_tickets(signed_in, desk):
    page = signed_in("/")
    page.keyboard.press("Control+k")
    page.keyboard.type("expotr")
    option = page.locator("#options a", has_text="Export stops")
    expect(option).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Export stops")
    page.wait_for_load_state()  # the keys are heard from here on
    page.keyboard.press("/")
    page.keyboard.type("northwind")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Customers and people")).to_be_visible()
    assert not page.troubles


def test_many_are_changed_at_once(signed_in, desk):
    page, held = signed_in("/tickets/"), []
    expect(page.locator(".bulk")).to_be_hidden()
    page.route("**/js/list*.js", lambda route: held.append(route))
    page.reload(wait_until="commit")
    page.get_by_label("Select all on this page").check()  # before the page is awake
    until(page, lambda: held)
    held.pop().continue_()
    expect(page.locator("[data-picked]")).to_have_text("3")
    page.locator(".bulk").get_by_label("Priority").select_option("high")
    page.get_by_role("button", name="Change").click()
    expect(page.locator(".toast")).to_contain_text("3 tickets changed")
    assert set(Ticket.objects.values_list("priority", flat=True)) == {"high"}
    assert not page.troubles


def test_a_phone_folds_the_rail_and_the_properties(live_server, signed_in, desk):
    page = signed_in(desk[0].get_absolute_url())
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator("#rail")).to_be_hidden()
    page.get_by_role("button", name="Pages").click()
    expect(page.get_by_role("link", name="Customers")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Properties").click()
    page.get_by_label("Priority").select_option("high")
    expect(page.locator(".toast")).to_contain_text("Priority is high")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.goto(f"{live_server.url}/accounts/2fa/")
    expect(page.get_by_role("link", name="Second factor")).to_be_in_viewport(ratio=0.95)
    assert not page.troubles


def test_everything_is_done_without_javascript(live_server, browser, client, ada, desk):
    context = browser.new_context(java_script_enabled=False)
    client.force_login(ada)
    context.add_cookies(
        [{"name": "session", "value": client.cookies["session"].value, "url": live_server.url}]
    )
    page = context.new_page()
    page.goto(live_server.url + desk[0].get_absolute_url())
    page.get_by_label("Your words").fill("Fixed, thank you.")
    page.get_by_role("button", name="Send & resolve").click()
    expect(page.locator(".message[data-kind=out]")).to_contain_text("Fixed, thank you.")
    expect(page.locator(".toast")).to_contain_text("leaves in 15 seconds")
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text("nothing was sent")
    page.get_by_label("Priority").select_option("high")
    page.get_by_label("Priority").locator("xpath=..").get_by_role("button", name="Set").click()
    expect(page.locator(".toast")).to_contain_text("Priority is high")
    context.close()
