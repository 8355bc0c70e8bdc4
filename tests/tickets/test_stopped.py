"""Addresses that mail came back from: no mail leaves for them, and the ticket says so."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.outbox import dispatch
from apps.outbox.channels import carrier
from apps.outbox.models import Delivery, Notification, StoppedAddress
from apps.sla.models import Clock
from apps.surveys.asking import to_ask
from apps.surveys.models import Survey
from apps.tickets import filing
from apps.tickets.models import InboundMail, Ticket
from apps.tickets.undelivered import note_undelivered
from apps.timeline.models import Activity
from apps.timeline.refusal import Lost, Refused
from tests import make

from .mailroom import desk

COMPLAINT = b"""From: feedback@provider.test
To: support@demo.test
Subject: Abuse report
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

This is an abuse report for a mail of yours.
--b
Content-Type: message/feedback-report

Feedback-Type: %b
User-Agent: Provider/1.0
Original-Rcpt-To: <mira@acme.test>

--b
Content-Type: message/rfc822

From: support@demo.test
Message-ID: @@SIGNED_ID@@

Hello
--b--
"""


@pytest.fixture
def ticket(mira):
    ticket = make.ticket(contact=mira)
    make.message(ticket)
    return ticket


@pytest.fixture
def stopped(ticket):
    """Mail to the ticket's contact came back."""
    email = ticket.contact.email
    return StoppedAddress.objects.stop(email, reason="user unknown", at=timezone.now())


def reply(ticket, ada):
    return ticket.reply("Hello", by=ada, at=timezone.now())


def test_an_answer_is_refused_until_somebody_tries_again(ticket, ada, stopped):
    with pytest.raises(Refused, match=r"stopped on .* because “user unknown”"):
        reply(ticket, ada)
    assert not Delivery.objects.exists() and ticket.status == Ticket.objects.get().status
    assert ticket.try_again(by=ada, at=timezone.now()) == ("mira@acme.test", 0)
    with pytest.raises(Lost):  # two pressed it
        stopped.let_go(by=ada, at=timezone.now())
    assert Activity.objects.get(kind="stopped_address", verb="let_go").actor == ada
    assert reply(ticket, ada).body == "Hello"
    with pytest.raises(Refused, match="not stopped"):
        ticket.try_again(by=ada, at=timezone.now())


def test_no_program_writes_there_either(ticket, stopped):
    with pytest.raises(Refused, match="user unknown"):
        ticket.auto_reply("We have it.", at=timezone.now())


def test_what_was_on_its_way_does_not_leave_and_answers_nothing(ticket, ada, stopped):
    StoppedAddress.objects.all().delete()
    message = reply(ticket, ada)
    Delivery.objects.update(next_at=timezone.now() - timedelta(minutes=1))
    StoppedAddress.objects.stop(ticket.contact.email, reason="user unknown", at=timezone.now())
    with carrier("mail") as carried:
        assert dispatch.send_next("mail", carried)
    assert Delivery.objects.get().trouble == "Address stopped"
    assert note_undelivered(at=timezone.now()) == 1
    message.refresh_from_db()
    assert message.bounced_at and ticket.messages.count() > 1


@pytest.fixture
def died(ticket, ada):
    """A reply that was on its way when its address was stopped."""
    message = reply(ticket, ada)
    deliver_to_stopped(ticket.contact.email)
    return message


def deliver_to_stopped(address: str) -> None:
    Delivery.objects.update(next_at=timezone.now() - timedelta(minutes=1))
    StoppedAddress.objects.stop(address, reason="user unknown", at=timezone.now())
    with carrier("mail") as carried:
        assert dispatch.send_next("mail", carried)
    assert Delivery.objects.get().trouble == "Address stopped"
    assert note_undelivered(at=timezone.now()) == 1


def test_what_waited_leaves_by_itself_when_somebody_tries_again(ticket, ada, died):
    assert Ticket.objects.get().status == "open"
    now = timezone.now()
    assert ticket.try_again(by=ada, at=now) == ("mira@acme.test", 1)
    assert Delivery.objects.get().state == "pending"
    died.refresh_from_db()
    ticket = Ticket.objects.get()
    assert died.bounced_at is None and ticket.waiting_since is None
    assert (ticket.status, ticket.first_replied_at) == ("waiting_customer", now)
    answered = Activity.objects.filter(kind="ticket", verb="replied").latest("id")
    assert answered.data["again"] and answered.actor == ada
    assert note_undelivered(at=now) == 0
    with pytest.raises(Refused, match="did not come back"):
        ticket.send_again(died, by=ada, at=now)


def test_the_answer_counts_from_when_it_left(ticket, ada, mira):
    at = timezone.now() - timedelta(hours=5)
    fresh = Ticket.objects.report(subject="Clocks", body="?", contact=mira, at=at)
    fresh.reply("Hello", by=ada, at=at + timedelta(minutes=1))
    deliver_to_stopped(mira.email)
    first = Clock.objects.get(ticket=fresh, kind="first_response")
    assert first.stopped_at is None
    now = timezone.now()
    fresh.try_again(by=ada, at=now)
    first.refresh_from_db()
    assert first.stopped_at == now.replace(microsecond=0)
    Delivery.objects.update(state="dead")
    assert note_undelivered(at=now + timedelta(minutes=1)) == 1  # it came back once more
    first.refresh_from_db()
    assert first.stopped_at is None


def test_what_somebody_did_meanwhile_stays(ticket, ada, sol, died):
    Ticket.objects.get().move("waiting_third_party", by=sol, at=timezone.now())
    ticket.try_again(by=ada, at=timezone.now())
    assert Ticket.objects.get().status == "waiting_third_party"


def test_what_was_taken_back_or_cancelled_stays(ticket, ada, died):
    Delivery.objects.get().cancel(reason="No more.", by=ada, at=timezone.now())
    assert ticket.try_again(by=ada, at=timezone.now())[1] == 0
    assert Delivery.objects.get().state == "cancelled"


def test_a_sign_of_life_sends_nothing_old(ticket, ada, died):
    StoppedAddress.objects.heard_from(ticket.contact.email, at=timezone.now())
    assert not StoppedAddress.objects.exists() and Delivery.objects.get().state == "dead"


def test_a_mail_aside_leaves_again_too(ticket, ada):
    asked = ticket.write_aside("See?", to="help@bank.test", by=ada, at=timezone.now())
    deliver_to_stopped("help@bank.test")
    with pytest.raises(Refused, match="not stopped"):
        ticket.try_again(by=ada, at=timezone.now(), address="boss@elsewhere.test")
    assert ticket.try_again(by=ada, at=timezone.now(), address="help@bank.test")[1] == 1
    asked.refresh_from_db()
    assert asked.bounced_at is None and asked.side.waiting_since


def test_an_automatic_mail_leaves_again_and_answers_nothing(ticket, ada):
    message = make.message(ticket, direction="out", automatic=True, bounced_at=timezone.now())
    ticket.send_again(message, by=ada, at=timezone.now())
    assert ticket.timeline().latest("id").verb == "sent_again"
    assert Ticket.objects.get().waiting_since == ticket.waiting_since


def test_a_stop_that_comes_while_a_reply_waits_for_its_lock_lets_nothing_out(ticket, ada, mira):
    """The reply decides by what its locking SELECT saw; whatever it lets pass, sending asks again.

    So a stop that commits in between costs no mail and no clock: the reply answers nothing.
    """
    with ticket.held("contact", "queue"):  # seen: not stopped
        StoppedAddress.objects.stop(mira.email, reason="user unknown", at=timezone.now())
        message = ticket.reply("Hello", by=ada, at=timezone.now())
    StoppedAddress.objects.all().delete()
    deliver_to_stopped(mira.email)
    message.refresh_from_db()
    assert message.bounced_at and Ticket.objects.get().status == "open"


def test_nobody_else_is_written_to_there(ticket, ada):
    StoppedAddress.objects.stop("help@bank.test", reason="gone", at=timezone.now())
    with pytest.raises(Refused, match="Try again lifts that"):
        ticket.write_aside("See?", to="Help@bank.test", by=ada, at=timezone.now())
    assert not ticket.timeline().filter(verb="wrote_aside").exists()


def test_nobody_is_asked_there_how_we_did(ticket):
    now = timezone.now()
    Ticket.objects.filter(pk=ticket.pk).update(
        status="resolved", resolved_at=now - timedelta(hours=30), first_replied_at=now
    )
    assert list(to_ask(now)) == [ticket]
    StoppedAddress.objects.stop(ticket.contact.email, reason="gone", at=now)
    assert list(to_ask(now)) == [] and not Survey.objects.exists()


@pytest.fixture
def room(mira, ada, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return desk(mira, ada)


@pytest.mark.parametrize("kind", ["abuse", "not-spam"])
def test_who_calls_our_mail_spam_gets_no_more_of_it(room, ada, kind):
    mail = room.receive(COMPLAINT % kind.encode())
    filing.file_mail()
    mail.refresh_from_db()
    room.ticket.refresh_from_db()
    assert mail.message == room.answer and not room.ticket.timeline().filter(verb="bounced")
    told = Notification.objects.filter(sentence__contains="No more mail goes to mira@acme.test")
    stop = StoppedAddress.objects.of("mira@acme.test")
    if kind == "abuse":
        assert mail.state == "filed" and "marked a mail of ours as spam" in stop.reason
        assert told.exists()
    else:
        assert mail.state == "ignored" and not stop and not told


def test_a_report_cannot_stop_whom_it_likes(room):
    raw = (COMPLAINT % b"abuse").replace(b"mira@acme.test", b"ada@demo.test")
    mail = room.receive(raw)
    filing.file_mail()
    mail.refresh_from_db()
    assert mail.state == "filed" and not StoppedAddress.objects.exists()


# --- what was cut -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (b"Content-Type: text/plain; charset=x-none\n\nGr\xfc\xdfe", "no character set we know"),
        (b"Content-Type: text/plain; charset=utf-16-le\n\n\x00\xd8H\x00i\x00", "are damaged"),
        (
            b"Content-Type: text/plain; charset=utf-8\n\ncaf\xc3 bistr\xc3",
            "says it is in UTF-8 and is not",
        ),
        (b"Content-Type: text/plain; charset=utf-8\n\ncaf\xc3\xa9", ""),
        (b"Content-Type: text/plain; charset=x-none\n\nplain", ""),
        ("Content-Type: text/plain; charset=utf-8\n\nas typed: \ufffd".encode(), ""),
    ],
)
def test_a_mail_that_is_not_shown_whole_leads_to_its_raw_mail(room, as_ada, as_cora, kind, said):
    raw = b"From: Mira <mira@acme.test>\nTo: support@demo.test\nSubject: Hi\n" + kind
    mail = room.receive(raw)
    filing.file_mail()
    mail.refresh_from_db()
    page = as_ada.get(mail.ticket.get_absolute_url()).content.decode()
    leads = reverse("portal:ticket-mail", args=[mail.ticket_id, mail.message_id])
    assert (leads in page, "not as it came" in page) == (bool(said), bool(said))
    assert said in page
    assert leads not in as_cora.get(mail.ticket.get_absolute_url()).content.decode()
    assert as_ada.get(leads)["Location"] == mail.get_absolute_url()
    assert as_ada.get(mail.get_absolute_url()).content.decode().count(said or "x-absent") <= 1


def test_a_message_that_was_no_mail_leads_nowhere(room, as_ada):
    address = reverse("portal:ticket-mail", args=[room.ticket.pk, room.answer.pk])
    assert as_ada.get(address).status_code == 404
    assert not InboundMail.objects.exists()
