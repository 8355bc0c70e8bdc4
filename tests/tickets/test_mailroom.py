"""Mail on its way in: kept first, filed once, held back and let in, imported, never lost."""

import json
import threading
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connections
from django.test import Client
from django.utils import timezone

from apps.outbox import inbound
from apps.outbox.models import Notification, StoppedAddress
from apps.public.models import Hook
from apps.sla.models import Clock
from apps.tickets import filing
from apps.tickets.models import InboundMail, Mailbox, Message, RawMail, SenderRule, Ticket
from apps.tickets.upkeep import forget_mail
from apps.timeline.models import Activity
from apps.timeline.refusal import Lost, Refused
from tests.make import NOW

from .mailroom import desk

PLAIN = (
    b"From: Mira <mira@acme.test>\nTo: support@demo.test\nSubject: Hello\n"
    b"Message-ID: <a@acme.test>\n\nHelp.\n"
)
LIST = PLAIN.replace(b"Subject", b"List-Id: <x.y>\nSubject")


@pytest.fixture
def room(mira, ada, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return desk(mira, ada)


def filed(room, raw: bytes = PLAIN, way: str = "hook:1") -> InboundMail:
    mail = room.receive(raw, way)
    filing.file_mail()
    mail.refresh_from_db()
    return mail


# --- kept first, and once -------------------------------------------------------------------


def test_the_same_mail_by_the_same_way_is_one(room):
    first, fresh = InboundMail.objects.receive(PLAIN, way="hook:1")
    again, anew = InboundMail.objects.receive(PLAIN, way="hook:1")
    assert (first, fresh, anew) == (again, True, False)
    InboundMail.objects.receive(PLAIN, way="hook:2")
    assert (InboundMail.objects.count(), RawMail.objects.count()) == (2, 1)
    assert first.content == PLAIN


def test_the_same_mail_by_another_way_makes_no_second_ticket(room):
    first = filed(room)
    second = filed(room, b"Received: by another server\n" + PLAIN, "mailbox:7")
    assert (second.state, second.reason, second.ticket) == ("ignored", "repeated", first.ticket)


def test_the_same_message_id_with_other_words_is_another_mail(room):
    first, second = filed(room), filed(room, PLAIN.replace(b"Help.", b"Help me."))
    assert second.state == "filed" and second.ticket != first.ticket


def test_a_hook_takes_a_mail(room, admin, client):
    hook, secret = Hook.objects.issue("mail", "Gateway", by=admin, at=NOW)
    address = Hook.path("mail", secret)
    sent = {"content_type": "message/rfc822"}
    assert Client(enforce_csrf_checks=True).post(address, PLAIN, **sent).status_code == 202
    assert client.post("/hooks/mail/nobody/", PLAIN, **sent).status_code == 404
    assert client.post(address, b"x" * (25 * 1024 * 1024 + 1), **sent).status_code == 413
    assert inbound.read_next() and filing.due() == 1
    assert filing.file_mail() == 1
    mail = InboundMail.objects.get()
    assert (mail.way, mail.state) == (f"hook:{hook.pk}", "filed")


# --- filed once ------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_many_at_once_file_each_mail_once(room):
    for n in range(6):
        room.receive(PLAIN.replace(b"<a@", f"<a{n}@".encode()))

    def work():
        try:
            filing.file_mail()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert set(InboundMail.objects.values_list("state", flat=True)) == {"filed"}
    assert Ticket.objects.count() == 7


def test_a_claim_that_somebody_else_took_over_does_nothing(room):
    room.receive(PLAIN)
    mine = InboundMail.objects.claim()
    InboundMail.objects.update(attempts=2)
    filing.file_one(mine)
    assert InboundMail.objects.get().state == "received"


def test_a_mail_waits_for_the_one_it_answers(room):
    answer = room.receive(
        PLAIN.replace(b"<a@", b"<b@").replace(b"Subject", b"In-Reply-To: <a@acme.test>\nSubject")
    )
    first = room.receive(PLAIN)
    InboundMail.objects.filter(pk=first.pk).update(id=answer.pk - 1)
    first.pk = answer.pk - 1
    filing.file_one(InboundMail.objects.claim())
    answer.refresh_from_db()
    assert answer.state == "received"
    InboundMail.objects.update(next_at=timezone.now() - timedelta(seconds=1))
    filing.file_mail()
    InboundMail.objects.update(next_at=timezone.now() - timedelta(seconds=1))
    filing.file_mail()
    answer.refresh_from_db()
    assert answer.ticket == InboundMail.objects.get(pk=first.pk).ticket


def test_a_mail_that_cannot_be_filed_is_tried_again_then_shown(room, monkeypatch, ada):
    def stumble(*_):
        raise KeyError("half way")

    monkeypatch.setattr(filing, "_outcome", stumble)
    mail = room.receive(PLAIN)
    for attempt in range(1, filing.TRIES + 1):
        assert filing.file_mail() == 1
        mail.refresh_from_db()
        assert mail.attempts == attempt and "half way" in mail.detail
        InboundMail.objects.update(next_at=timezone.now() - timedelta(seconds=1))
    assert (mail.state, mail.reason) == ("failed", "broken")
    assert (mail.sender, mail.subject) == ("mira@acme.test", "Hello")  # somebody can tell it apart
    monkeypatch.undo()
    mail.retry(by=ada, at=NOW)
    with pytest.raises(Refused):
        mail.retry(by=ada, at=NOW)
    filing.file_mail()
    mail.refresh_from_db()
    assert mail.state == "filed" and not mail.detail


def test_a_refusal_is_its_reason(room, monkeypatch):
    def refuse(*_):
        raise Refused("No room.")

    monkeypatch.setattr(filing, "_outcome", refuse)
    assert filed(room).sentence == "No room."


# --- held back and let in ------------------------------------------------------------------


def test_a_released_mail_becomes_a_ticket(room, ada):
    mail = filed(room, LIST)
    assert mail.state == "quarantined" and mail.sentence == "A newsletter or a mailing list"
    mail.release(by=ada, at=NOW)
    with pytest.raises(Refused):
        mail.release(by=ada, at=NOW)
    filing.file_mail()
    mail.refresh_from_db()
    assert mail.state == "filed" and mail.ticket.contact.email == "mira@acme.test"
    assert [one.verb for one in mail.timeline()] == ["released"]


def test_a_discarded_mail_can_still_be_released(room, ada):
    mail = filed(room, LIST)
    mail.discard(by=ada, at=NOW)
    with pytest.raises(Refused):
        mail.discard(by=ada, at=NOW)
    assert (mail.state, mail.reason) == ("ignored", "discarded")
    mail.release(by=ada, at=NOW)
    assert mail.state == "received"


def test_of_two_who_decide_one_wins(room, ada):
    mine = filed(room, LIST)
    theirs = InboundMail.objects.get(pk=mine.pk)
    mine.discard(by=ada, at=NOW)
    with pytest.raises(Lost):
        theirs.release(by=ada, at=NOW)


def test_what_is_forgotten_is_not_read_again(room, ada):
    mail = filed(room, LIST)
    RawMail.objects.all().delete()
    mail.refresh_from_db()
    for act in (lambda: mail.release(by=ada, at=NOW), lambda: mail.content):
        with pytest.raises(Refused):
            act()


def test_a_mail_from_nobody_can_be_released(room, ada):
    mail = filed(room, PLAIN.replace(b"From: Mira <mira@acme.test>\n", b""))
    assert mail.reason == "nobody"
    mail.release(by=ada, at=NOW)
    filing.file_mail()
    mail.refresh_from_db()
    assert mail.state == "filed" and mail.ticket.contact is None


def test_senders_are_decided_about_by_address_before_domain(ada, db):
    put = SenderRule.objects.put
    put("@acme.test", "block", by=ada, at=NOW)
    rule = put(" Mira@Acme.test ", "allow", by=ada, at=NOW)
    assert SenderRule.objects.effect_on("mira@acme.test") == "allow"
    assert SenderRule.objects.effect_on("tom@acme.test") == "block"
    assert SenderRule.objects.effect_on("tom@other.test") == ""
    rule.drop(by=ada, at=NOW)
    assert SenderRule.objects.effect_on("mira@acme.test") == "block"
    for wrong in ("nobody", "a b@c.test", "@nowhere", "a@b@c.test"):
        with pytest.raises(Refused):
            put(wrong, "block", by=ada, at=NOW)


def test_a_flood_is_held_back_and_told_once(room, sol, monkeypatch):
    monkeypatch.setattr(filing, "STORM", ((timedelta(minutes=1), 3),))
    mails = [room.receive(PLAIN.replace(b"<a@", f"<a{n}@".encode())) for n in range(6)]
    filing.file_mail()
    states = [InboundMail.objects.get(pk=mail.pk).reason for mail in mails]
    assert states.count("storm") >= 2 and "" in states
    assert Notification.objects.filter(person=sol).count() == 1


# --- loops, answers and what came back -------------------------------------------------------


def test_a_program_that_always_answers_gets_one_answer(room):
    room.ticket.messages.all()
    mail = filed(room, PLAIN.replace(b"mira@acme.test", b"robot@machine.test"))
    for n in range(5):
        said = f"<r{n}@machine.test>".encode()
        answer = PLAIN.replace(b"mira@acme.test", b"robot@machine.test").replace(
            b"<a@acme.test>", said
        )
        filed(room, answer.replace(b"Subject: ", f"Subject: Re: [#{mail.ticket.pk}] {n} ".encode()))
    ours = Message.objects.filter(ticket__contact__email="robot@machine.test", direction="out")
    assert ours.count() <= 2


def test_a_bounce_of_a_first_reply_starts_its_clock_again(room, ada):
    ticket = room.ticket
    ticket.refresh_from_db()
    ticket.assign(ada, by=ada, at=NOW - timedelta(minutes=30)) if ticket.assignee != ada else None
    bounce = (Path(__file__).parent / "mails/bounces/hard.eml").read_bytes()
    mail = filed(room, bounce)
    told = ticket.timeline().get(verb="bounced")
    said = ticket.timeline().get(verb="replied")
    assert datetime.fromisoformat(told.data["of"]) == said.at
    ticket.refresh_from_db()
    assert (ticket.status, ticket.first_replied_at) == ("open", None)
    assert ticket.waiting_since == NOW - timedelta(hours=2)
    clock = Clock.objects.get(ticket=ticket, kind="first_response")
    assert clock.started_at == ticket.reported_at and clock.stopped_at is None
    assert StoppedAddress.objects.of("mira@acme.test").reason == "550 5.1.1 user unknown"
    note = Notification.objects.get(person=ada)
    assert f"#{ticket.pk} came back from mira@acme.test" in note.sentence
    assert mail.message == room.answer
    again = filed(room, bounce.replace(b"could not be", b"can not be"))
    assert again.state == "filed" and "known already" in again.detail
    filed(room)  # a sign of life
    assert not StoppedAddress.objects.exists()


def test_no_acknowledgement_goes_where_mail_came_back_from(room):
    StoppedAddress.objects.stop("mira@acme.test", reason="gone", at=NOW)
    StoppedAddress.objects.stop("mira@acme.test", reason="gone again", at=NOW)
    first = filed(room)
    assert first.ticket.messages.filter(direction="out").count() <= 1


# --- where it lands ---------------------------------------------------------------------------


def test_a_closed_ticket_is_followed_by_a_new_one(room, ada):
    room.ticket.resolve(by=ada, at=NOW)
    room.ticket.close(by=ada, at=NOW)
    mail = filed(room, PLAIN.replace(b"Subject", b"In-Reply-To: @@SIGNED_ID@@\nSubject"))
    assert mail.ticket.follows == room.ticket and mail.message.ticket == mail.ticket


def test_a_stranger_never_becomes_the_requester(room, mira):
    raw = PLAIN.replace(b"mira@acme.test", b"eve@evil.test")
    mail = filed(room, raw.replace(b"Subject", b"In-Reply-To: @@SIGNED_ID@@\nSubject"))
    room.ticket.refresh_from_db()
    assert room.ticket.contact == mira and mail.message.contact.email == "eve@evil.test"
    assert mail.message.stranger


def test_mail_to_no_queue_lands_in_the_queue_of_its_mailbox(room):
    box = Mailbox.objects.create(name="Main", host="x", user="u", queue=room.billing)
    mail = filed(room, PLAIN.replace(b"support@demo.test", b"info@demo.test"), box.way)
    assert mail.ticket.queue == room.billing
    gone = filed(room, PLAIN.replace(b"support@demo.test", b"info@demo.test"), "mailbox:999")
    assert gone.reason == "repeated"


# --- from a disk ------------------------------------------------------------------------------


def run(path, *options) -> tuple[int, dict]:
    said, code = StringIO(), 0
    try:
        call_command("import_mail", str(path), "--json", *options, stdout=said, stderr=StringIO())
    except SystemExit as ended:
        code = ended.code
    return code, json.loads(said.getvalue() or "{}")


def letter(n: int, **more: str) -> bytes:
    head = {"From": "mira@acme.test", "To": "support@demo.test", "Subject": f"Matter {n}"}
    head |= {
        "Date": f"Mon, 1{n} Jan 2024 10:00:00 +0000",
        "Message-ID": f"<i{n}@acme.test>",
        **more,
    }
    return "".join(f"{k}: {v}\n" for k, v in head.items()).encode() + b"\nFrom what I see, no.\n"


def test_a_folder_is_imported_once(room, tmp_path):
    folder = tmp_path / "mails"
    (folder / "deep").mkdir(parents=True)
    (folder / "b.eml").write_bytes(letter(1, **{"In-Reply-To": "<i0@acme.test>"}))
    (folder / "deep" / "c.eml").write_bytes(letter(0))
    (folder / "same.eml").write_bytes(letter(0))
    (folder / "list.eml").write_bytes(letter(2, **{"List-Id": "<x.y>"}))
    (folder / ".hidden").write_bytes(b"x")
    before = InboundMail.objects.count()
    assert run(folder, "--dry-run")[1]["created"] == 3
    assert InboundMail.objects.count() == before
    code, report = run(folder)
    assert code == 0 and report["run"].startswith("mail-")
    told = {key: report[key] for key in ("rows", "created", "changed", "unchanged", "rejected")}
    assert told == {"rows": 4, "created": 3, "changed": 0, "unchanged": 1, "rejected": []}
    assert report["became"] == {"filed": 2, "quarantined": 1}
    first, second = Message.objects.filter(message_id__startswith="<i").order_by("at")
    assert first.ticket == second.ticket and first.at == datetime(2024, 1, 10, 10, tzinfo=UTC)
    assert not first.ticket.messages.filter(direction="out").exists()
    code, again = run(folder)
    assert (code, again["created"], again["unchanged"]) == (0, 0, 4)
    assert run(folder, "--dry-run")[1]["unchanged"] == 4


def test_an_mbox_and_a_maildir(room, tmp_path):
    box = tmp_path / "old.mbox"
    quoted = letter(3).replace(b"\nFrom what", b"\n>From what")
    box.write_bytes(
        b"From x Mon\n" + quoted + b"\nFrom y Tue\n" + letter(4).replace(b"\n\nFrom", b"\n\n>From")
    )
    code, report = run(box)
    assert (code, report["created"]) == (0, 2)
    assert Message.objects.get(message_id="<i3@acme.test>").body == "From what I see, no."
    unquoted = letter(9).replace(b"\nFrom what", b"\n\nFrom now on: what")
    box.write_bytes(
        b"From z Wed Nov 25 10:00:00 2026\n" + unquoted + b"\nFrom z Wed 1:00\n" + letter(10)
    )
    assert run(box)[1]["created"] == 2
    assert "From now on: what" in Message.objects.get(message_id="<i9@acme.test>").body
    maildir = tmp_path / "maildir"
    for name in ("cur", "new", "tmp"):
        (maildir / name).mkdir(parents=True)
    (maildir / "cur" / "1:2,S").write_bytes(letter(5))
    (maildir / "new" / "2").write_bytes(letter(6))
    (maildir / "tmp" / "3").write_bytes(letter(7))
    assert run(maildir)[1]["created"] == 2


def test_what_cannot_be_taken_is_said(room, tmp_path, monkeypatch):
    assert run(tmp_path / "nowhere")[0] == 2
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "empty.eml").write_bytes(b"\n\n")
    (tmp_path / "x" / "good.eml").write_bytes(letter(8))
    code, report = run(tmp_path / "x")
    assert (code, report["created"]) == (3, 1)
    assert report["rejected"] == [{"row": 1, "column": "", "reason": "empty.eml is empty."}]
    monkeypatch.setattr("apps.tickets.mail_import.LARGEST", 10)
    assert "larger than" in run(tmp_path / "x")[1]["rejected"][1]["reason"]
    said = StringIO()
    monkeypatch.undo()
    call_command("import_mail", str(tmp_path / "x" / "good.eml"), stdout=said)
    assert "1 unchanged" in said.getvalue()


def test_mail_is_filed_by_hand(room):
    said = StringIO()
    room.receive(PLAIN)
    call_command("file_mail", stdout=said)
    assert said.getvalue() == "1 mails filed.\n"
    assert Activity.objects.filter(kind="ticket", verb="reported").count() == 2


def test_bytes_are_forgotten_when_nobody_needs_them(room, ada):
    done, held = filed(room), filed(room, LIST.replace(b"<a@", b"<l@"))
    assert forget_mail(at=timezone.now()) == 0
    RawMail.objects.update(received_at=timezone.now() - timedelta(days=91))
    assert forget_mail(at=timezone.now()) == 1
    done.refresh_from_db()
    held.refresh_from_db()
    assert done.raw_id is None and done.state == "filed" and held.content
