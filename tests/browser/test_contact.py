"""The contact's side in a real browser, from the mail to the vote; light and dark, on a phone."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from apps.outbox import dispatch
from apps.outbox.channels import carrier
from apps.outbox.models import Delivery
from apps.surveys.asking import ask
from apps.surveys.models import Response, Survey
from apps.tickets.models import Ticket
from tests.outbox.smtp import listening

from .test_every_page import AXE, RULES


@pytest.fixture
def smtp(settings, live_server):
    settings.PUBLIC_URL = live_server.url
    with listening(settings) as sink:
        yield sink


def leave() -> None:
    Delivery.objects.filter(state="pending").update(next_at=timezone.now() - timedelta(days=1))
    with carrier("mail") as open_carrier:
        while dispatch.send_next("mail", open_carrier):
            pass


def link_in(mail, words: str) -> str:
    html = mail.get_body(("html",)).get_content()
    return re.search(rf'href="([^"]+)">[^<]*{words}', html)[1].replace("&amp;", "&")


@pytest.fixture(params=["light", "dark"])
def phone(request, browser):
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, color_scheme=request.param, java_script_enabled=True
    )
    page = context.new_page()
    page.troubles = []
    page.on("console", lambda said: said.type == "error" and page.troubles.append(said.text))
    yield page
    context.close()


def clean(page) -> None:
    assert page.troubles == []
    found = AXE.run(page, options=RULES).response["violations"]
    page.troubles.clear()  # axe looks for style sheets beside the page, and measures with styles
    assert [(one["id"], one["nodes"][0]["html"][:160]) for one in found] == []
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wide


def test_from_the_mail_to_the_vote(smtp, phone, desk, ada, tmp_path):
    ticket = desk[0]
    ticket.reply(
        "Which *report* is it?", by=ada, at=timezone.now() - timedelta(minutes=5), after="wait"
    )
    leave()
    page = phone
    page.goto(link_in(smtp.mails()[-1], "Open this request"))
    expect(page.get_by_role("heading", level=1)).to_have_text(ticket.subject)
    expect(page.get_by_text("Waiting for you")).to_be_visible()
    expect(page.get_by_text("certificate")).to_have_count(0)
    clean(page)
    picture = tmp_path / "export.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    page.get_by_label("Your words").fill("The monthly one.")
    page.get_by_label("Files").set_input_files(picture)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_contain_text("Your answer is with us")
    expect(page.get_by_role("link", name=re.compile("export.png"))).to_be_visible()
    ticket.refresh_from_db()
    assert ticket.status == "open"

    ticket.reply("Mended.", by=ada, at=timezone.now() - timedelta(minutes=1), after="resolve")
    leave()
    page.goto(link_in(smtp.mails()[-1], "Yes, it is solved"))
    clean(page)
    page.get_by_role("button", name="Yes, it is solved").click()
    expect(page.get_by_role("status")).to_contain_text("marked as solved")

    Ticket.objects.update(resolved_at=timezone.now() - timedelta(hours=25))
    assert ask(at=timezone.now()) == 1
    leave()
    page.goto(link_in(smtp.mails()[-1], "Good"))
    expect(page.get_by_role("radio", name=re.compile("4 Good"))).to_be_checked()
    assert not Response.objects.exists()
    clean(page)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_contain_text("You said: good.")
    page.get_by_text("Very good").click()
    page.get_by_label("Anything you want to add").fill("Quick!")
    page.get_by_role("button", name="Change my answer").click()
    expect(page.get_by_role("status")).to_contain_text("You said: very good.")
    answer = Survey.objects.get().response
    assert (answer.score, answer.comment) == (5, "Quick!")
    assert not page.troubles


def test_it_works_without_a_script_and_a_lost_link_is_found(smtp, browser, desk, live_server):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(desk[0].link)
    page.get_by_role("link", name="All your requests").click()
    expect(page.get_by_role("heading", name="Your requests")).to_be_visible()
    page.get_by_role("link", name=re.compile("Webhooks arrive twice")).click()
    page.get_by_role("button", name="It is solved").click()
    expect(page.get_by_role("status")).to_contain_text("marked as solved")
    page.goto(f"{live_server.url}/t/")
    page.get_by_label("Your e-mail address").fill("mara@northwind.test")
    page.get_by_role("button", name="Send me links").click()
    expect(page.get_by_role("heading", name="Look into your mailbox")).to_be_visible()
    leave()
    page.goto(link_in(smtp.mails()[-1], "#[0-9]+ Typo in a mail"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Typo in a mail")
    context.close()


def test_staff_copy_the_link(signed_in, desk):
    page = signed_in(desk[0].get_absolute_url())
    page.get_by_text("Link that lets them in").click()
    expect(page.get_by_role("button", name="Copy customer's link")).to_be_visible()
    page.get_by_role("button", name="Make a new one").click()
    expect(page.locator(".toast")).to_contain_text("The old links are dead")
    assert not page.troubles
