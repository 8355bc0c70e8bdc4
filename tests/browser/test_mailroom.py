"""The mailroom in a real browser: held back, read, let in, on a ticket; failed, read again."""

import base64
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from apps.outbox.models import StoppedAddress
from apps.portal.demo.screenshot import HEIGHT, WIDTH, screenshot
from apps.tickets import filing
from apps.tickets.choices import MailState
from apps.tickets.models import InboundMail, Ticket
from tests import make

MAIL = (
    b"From: Mara Holt <mara@northwind.test>\nTo: support@demo.test\nSubject: %b\n"
    b'Message-ID: <%b@northwind.test>\n%bContent-Type: multipart/related; boundary="b"\n\n--b\n'
    b'Content-Type: text/html; charset=utf-8\n\n<p>See the row that is gone:</p><img src="cid:a">'
    b'<p><img src="http://elsewhere.test/logo.png" alt="Northwind"></p>\n--b\n'
    b"Content-Type: image/png; name=report.png\nContent-ID: <a>\n"
    b"Content-Transfer-Encoding: base64\n\n%b\n--b--\n"
)


def mail_of(subject: bytes, number: bytes, head: bytes = b"") -> InboundMail:
    raw = MAIL % (subject, number, head, base64.encodebytes(screenshot()))
    return InboundMail.objects.receive(raw, way="hook:1")[0]


def file_all() -> None:
    InboundMail.objects.filter(state=MailState.RECEIVED).update(next_at=timezone.now())
    filing.file_mail()


@pytest.fixture
def room(desk, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    make.queue("Support", address="support@demo.test")


def test_what_is_held_back_is_read_and_let_in(signed_in, room):
    mail_of(b"Rows are gone", b"one", b"List-Id: <weekly.northwind.test>\n")
    file_all()
    page = signed_in("/")
    page.get_by_role("link", name="Mailroom").first.click()
    expect(page.get_by_role("cell", name="A newsletter or a mailing list")).to_be_visible()
    page.get_by_role("link", name="Rows are gone").click()
    words = page.get_by_role("heading", name="What it says").locator("..")
    expect(words).to_contain_text("[report.png]")
    assert words.locator("img").count() == 0
    page.get_by_role("button", name="Release").click()
    expect(page.locator(".toast")).to_contain_text("becomes a ticket in a moment")
    file_all()
    page.reload()
    expect(page.get_by_text("Filed").first).to_be_visible()
    page.get_by_role("link", name=re.compile(r"^#\d+$")).first.click()
    expect(page.get_by_role("heading", name="Rows are gone")).to_be_visible()
    drawn = page.get_by_role("img", name="report.png")
    expect(drawn).to_be_visible()
    page.wait_for_function("document.querySelector('.message .picture img').naturalWidth > 0")
    size = drawn.evaluate("one => [one.naturalWidth, one.naturalHeight]")
    assert size == [WIDTH, HEIGHT]
    elsewhere = page.get_by_role("link", name="[Northwind, at elsewhere.test]")
    expect(elsewhere).to_have_attribute("href", "http://elsewhere.test/logo.png")
    assert not page.troubles


def test_what_could_not_be_filed_is_read_again(signed_in, room, settings, tmp_path):
    (tmp_path / "full").write_text("a file where the folder should be")
    settings.MEDIA_ROOT = tmp_path / "full"
    mail = mail_of(b"The disk was full", b"two")
    for _ in range(filing.TRIES):
        file_all()
    mail.refresh_from_db()
    assert mail.state == MailState.FAILED
    page = signed_in("/mailroom/")
    page.get_by_role("link", name="Not readable").click()
    page.get_by_role("link", name="The disk was full").click()
    expect(page.get_by_text("NotADirectoryError")).to_be_visible()
    settings.MEDIA_ROOT = tmp_path
    page.get_by_role("button", name="Read it again").click()
    expect(page.locator(".toast")).to_contain_text("It is read again now")
    file_all()
    ticket = Ticket.objects.get(subject="The disk was full")
    page.goto(page.url)
    page.get_by_role("link", name=f"#{ticket.pk}", exact=True).first.click()
    expect(page.get_by_role("img", name="report.png")).to_be_visible()
    assert not page.troubles


def test_an_address_that_mail_came_back_from_is_tried_again(signed_in, desk):
    StoppedAddress.objects.stop("mara@northwind.test", reason="user unknown", at=timezone.now())
    page = signed_in(desk[0].get_absolute_url())
    page.get_by_label("Your words").fill("We found it.")
    page.get_by_role("button", name="Send & wait").click()
    expect(page.locator(".toast")).to_contain_text("Mails to mara@northwind.test stopped on")
    expect(page.get_by_label("Your words")).to_have_value("We found it.")
    page.locator(".composer").get_by_role("button", name="Try again").click()
    expect(page.locator(".toast").last).to_contain_text("Mail may go to mara@northwind.test again")
    expect(page.get_by_label("Your words")).to_have_value("We found it.")
    expect(page.locator(".composer .stopped")).to_have_count(0)
    page.get_by_role("button", name="Send & wait").click()
    expect(page.locator(".message[data-kind=out]")).to_contain_text("We found it.")
    assert not page.troubles
