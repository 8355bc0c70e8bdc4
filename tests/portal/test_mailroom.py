"""The mailroom's pages: what is held back is looked at, let in or discarded."""

import pytest
from django.urls import reverse

from apps.outbox.models import StoppedAddress
from apps.tickets import filing
from apps.tickets.models import InboundMail, Mailbox, RawMail, SenderRule
from tests.make import NOW
from tests.tickets.mailroom import FOLDER

LIST = (FOLDER / "programs/list-id.eml").read_bytes()
SCRIPT = (FOLDER / "parts/html-with-script.eml").read_bytes()


@pytest.fixture
def held(db):
    """A newsletter and a mail of no sender with a script in it, held back."""
    mails = [
        InboundMail.objects.receive(raw, way="hook:1")[0]
        for raw in (LIST, SCRIPT.replace(b"From:", b"X-From:"))
    ]
    filing.file_mail()
    for mail in mails:
        mail.refresh_from_db()
    assert {mail.state for mail in mails} == {"quarantined"}
    return mails


def post(browser, name, mail, **said):
    return browser.post(reverse(f"portal:mailroom-{name}", args=[mail.pk]), said, follow=True)


def test_what_is_held_back_is_listed_with_its_reason(as_ada, held):
    page = as_ada.get(reverse("portal:mailroom")).content.decode()
    assert "A newsletter or a mailing list" in page and "It names no sender" in page
    assert "Release picked" in page
    alone = as_ada.get(reverse("portal:mailroom"), {"q": "mira@acme.test"}).content.decode()
    assert "It names no sender" not in alone
    Mailbox.objects.create(name="Main", host="x", user="y", failures=3, last_error="No route.")
    assert b"No route." in as_ada.get(reverse("portal:mailroom")).content
    for state in ("failed", "ignored", "filed", "nonsense"):
        assert as_ada.get(reverse("portal:mailroom"), {"state": state}).status_code == 200


def test_a_mail_is_shown_without_what_runs(as_ada, held):
    page = as_ada.get(held[1].get_absolute_url()).content.decode()
    article = page[page.index("<article") : page.index("</article")]
    assert "<script" not in article and "<img" not in article and "X-From: " in article


def test_its_bytes_can_be_had_and_are_never_shown(as_ada, held):
    address = reverse("portal:mailroom-raw", args=[held[0].pk])
    answer = as_ada.get(address)
    assert answer.content == LIST and answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/octet-stream"
    RawMail.objects.all().delete()
    assert as_ada.get(address).status_code == 410
    assert b"no longer kept" in as_ada.get(held[0].get_absolute_url()).content


def test_release_discard_and_read_again(as_ada, held):
    first, second = held
    assert b"Released." in post(as_ada, "release", first).content
    assert b"Discarded." in post(as_ada, "discard", second).content
    assert post(as_ada, "discard", second).status_code == 409
    InboundMail.objects.filter(pk=second.pk).update(state="failed")
    assert b"read again" in post(as_ada, "retry", second).content
    filing.file_mail()
    first.refresh_from_db()
    assert first.state == "filed" and first.ticket.subject == "Invoice is wrong"


def test_one_click_decides_about_a_sender(as_ada, held):
    assert b"always taken" in post(as_ada, "sender", held[0], effect="allow").content
    held[0].refresh_from_db()
    assert held[0].state == "received"
    assert post(as_ada, "sender", held[0], effect="nonsense").status_code == 409
    assert b"ignored from now on" in post(as_ada, "sender", held[0], effect="block").content
    assert SenderRule.objects.get().effect == "block"


def test_many_at_once(as_ada, held):
    address = reverse("portal:mailroom-all")
    picks = [mail.pk for mail in held]
    assert as_ada.post(address, {"verb": "release"}).status_code == 409
    assert as_ada.post(address, {"verb": "dance", "pick": picks}).status_code == 409
    said = as_ada.post(address, {"verb": "discard", "pick": picks}, follow=True)
    assert b"2 mails discarded." in said.content
    said = as_ada.post(address, {"verb": "discard", "pick": picks}, follow=True)
    assert b"2 mails stayed as it was." in said.content


def test_senders_are_decided_about_and_forgotten(as_ada, as_otto, db):
    address = reverse("portal:mailroom-senders")
    said = as_ada.post(address, {"pattern": "@spam.test", "effect": "block"}, follow=True)
    assert b"@spam.test" in said.content
    assert as_ada.post(address, {"pattern": "nobody", "effect": "block"}).status_code == 422
    assert as_ada.post(address, {"pattern": "", "effect": ""}).status_code == 422
    assert as_otto.post(address, {"pattern": "@x.test", "effect": "block"}).status_code == 409
    rule = SenderRule.objects.get()
    as_ada.post(reverse("portal:mailroom-sender-drop", args=[rule.pk]))
    assert not SenderRule.objects.exists()
    gone = StoppedAddress.objects.stop("old@acme.test", reason="user unknown", at=NOW)
    assert b"user unknown" in as_ada.get(address).content
    as_ada.post(reverse("portal:mailroom-let-go", args=[gone.pk]))
    assert not StoppedAddress.objects.exists()
