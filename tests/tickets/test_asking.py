"""Asking somebody else about a ticket: a thread of its own that its contact never sees."""

from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.calendars.models import Calendar
from apps.outbox.models import Delivery, Notification
from apps.sla.models import Clock
from apps.tickets import exporting, filing, upkeep
from apps.tickets.files import keep
from apps.tickets.keys import keys
from apps.tickets.listing import asked as asked_for
from apps.tickets.models import (
    InboundMail,
    Message,
    Queue,
    SideConversation,
    SideDraft,
    Ticket,
)
from apps.tickets.rules import mail
from apps.tickets.rules.words import ask as question
from apps.tickets.undelivered import note_undelivered
from apps.timeline.refusal import Lost, Refused
from tests import make

pytestmark = pytest.mark.django_db
BANK = "desk@bank.test"
HOUR = timedelta(hours=1)
START = timezone.now() - timedelta(hours=3)


def after(minutes: float):
    return START + timedelta(minutes=minutes)


@pytest.fixture
def ticket(mira, ada, settings, tmp_path) -> Ticket:
    settings.MEDIA_ROOT = tmp_path
    queue = make.queue("Support", address="support@demo.test", signature="{{agent.name}}")
    make.queue("Billing", address="billing@demo.test")
    return Ticket.objects.report(
        subject="Transfer is missing", body="Where is it?", contact=mira, queue=queue, at=START
    )


@pytest.fixture
def asked(ticket, ada) -> Message:
    """Ada asks the bank, ten minutes later."""
    return ticket.write_aside("Do you see it?", to=BANK, by=ada, at=after(10), wait=True)


def sent(message: Message) -> Delivery:
    return Delivery.objects.get(cause=message.cause)


def arrives(raw: str) -> InboundMail:
    mail, _ = InboundMail.objects.receive(raw.encode(), way="hook:1")
    filing.file_mail()
    mail.refresh_from_db()
    return mail


def answer(message: Message, body: str = "It left on Monday.", **heads: str) -> str:
    heads = {
        "From": f"Bank desk <{BANK}>",
        "To": sent(message).payload["reply_to"],
        "Subject": "Re: something",
        "Message-ID": "<b1@bank.test>",
    } | heads
    return "".join(f"{name}: {value}\r\n" for name, value in heads.items()) + f"\r\n{body}\r\n"


# --- writing --------------------------------------------------------------------------------------


def test_a_mail_to_somebody_else_carries_its_own_marks(ticket, asked):
    side, delivery = asked.side, sent(asked)
    payload = delivery.payload
    assert (side.address, side.subject, side.waiting_since) == (BANK, ticket.subject, asked.at)
    assert delivery.recipient == BANK and payload["to"] == [BANK] and payload["cc"] == []
    assert payload["subject"] == f"Transfer is missing [#{ticket.pk}-{side.pk}]"
    assert mail.read_side_address(payload["reply_to"], keys()) == side.pk
    assert mail.read_side_message_id(payload["message_id"], keys()) == (side.pk, asked.pk)
    assert payload["text"].startswith("Do you see it?\n\n-- \nAda Lovelace")
    assert delivery.next_at == asked.at + timedelta(seconds=15)
    assert ticket.token not in payload["text"] + payload["html"]  # that link is the contact's alone
    ticket.refresh_from_db()
    assert ticket.status == "waiting_third_party" and ticket.waiting_since == START
    assert ticket.timeline().latest("id").verb == "wrote_aside"


def test_its_marks_are_never_taken_for_those_of_a_ticket():
    address = mail.side_address("support@demo.test", 7, ["secret"])
    said = mail.side_message_id(7, 9, "demo.test", ["secret"])
    assert mail.read_reply_address(address, ["secret"]) is None
    assert mail.read_message_id(said, ["secret"]) is None
    assert mail.read_side_address(mail.reply_address("a@b.test", 7, ["secret"]), ["secret"]) is None
    assert mail.read_side_message_id(mail.message_id(7, 9, "b.test", ["s"]), ["s"]) is None
    assert mail.read_side_address(address, ["another"]) is None
    assert mail.read_side_address(address.upper(), ["another", "secret"]) == 7
    assert mail.read_side_message_id(said, ["another"]) is None
    assert mail.side_address(f"{'l' * 60}@demo.test", 7, ["secret"]) == f"{'l' * 60}@demo.test"
    token = mail.side_token(4, 7)
    assert (mail.read_subject(token), mail.read_side_subject(token)) == (None, 7)
    assert mail.read_side_subject(mail.subject_token(4)) is None
    assert mail.side_subject_of("Re: It [#4] [#4-7]", 4, 7, first=True) == "It [#4-7]"
    assert mail.side_subject_of("It", 4, 7, first=False) == "Re: It [#4-7]"


def test_chosen_messages_go_along_and_notes_never(ticket, ada, mira):
    note = ticket.note("They pay late.", by=ada, at=after(1))
    reply = ticket.reply("We look.", by=ada, at=after(2))
    first = ticket.messages.get(direction="in")
    with pytest.raises(Refused, match="not to be quoted"):
        ticket.write_aside("See?", to=BANK, quoting=[note.pk], by=ada, at=after(3))
    with pytest.raises(Refused, match="most to quote"):
        ticket.write_aside("See?", to=BANK, quoting=range(60), by=ada, at=after(3))
    said = ticket.write_aside("See?", to=BANK, quoting=[first.pk, reply.pk], by=ada, at=after(3))
    text, html = (sent(said).payload[kind] for kind in ("text", "html"))
    assert "> Where is it?" in text and "> We look." in text and "They pay late" not in text
    assert text.count("wrote:") == 2 and html.count("wrote:") == 2
    assert "> Where is it?" in said.quoted and said.body == "See?"
    assert not Message.objects.exclude(direction="note").filter(side__isnull=False).exists()


def test_files_go_along(ticket, ada):
    file = keep(BytesIO(b"proof"), "proof.txt")
    said = ticket.write_aside("See.", to=BANK, by=ada, at=after(1), attachments=[file])
    assert [one["name"] for one in sent(said).payload["files"]] == ["proof.txt"]
    heard = ticket.hear("Here.", at=after(2), attachments=[keep(BytesIO(b"slip"), "slip.txt")])
    assert list(ticket.sendable()) == list(heard.attachments.all())


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("", "one e-mail address"),
        ("nobody", "one e-mail address"),
        ("a@b.test, c@d.test", "one e-mail address"),
        ("MIRA@acme.test", "who asked"),
        ("Billing <billing@demo.test>", "our own"),
    ],
)
def test_whom_it_cannot_go_to(ticket, ada, to, why):
    with pytest.raises(Refused, match=why) as refused:
        ticket.write_aside("Hello", to=to, by=ada, at=after(1))
    assert refused.value.field == "to"
    assert not SideConversation.objects.exists()


def test_nothing_is_sent_empty_or_from_an_ended_ticket(ticket, asked, ada, mira):
    with pytest.raises(Refused, match="Write something"):
        ticket.write_aside(" ", to=BANK, by=ada, at=after(1))
    other = Ticket.objects.report(subject="Other", body="x", contact=mira, at=after(11))
    with pytest.raises(Refused, match="another ticket"):
        other.write_aside("Hello", side=asked.side, by=ada, at=after(12))
    ticket.mark_spam(by=ada, at=after(20))
    with pytest.raises(Refused, match="spam"):
        ticket.write_aside("Hello", side=asked.side, by=ada, at=after(21))


def test_without_waiting_the_first_of_us_opens_it(ticket, ada):
    ticket.write_aside("Hello", to=BANK, by=ada, at=after(1))
    assert ticket.status == "open"


# --- taking back ----------------------------------------------------------------------------------


def test_taking_it_back_is_as_if_it_never_was(ticket, ada):
    clocks = [*Clock.objects.filter(ticket=ticket).order_by("kind").values_list("kind", "due_at")]
    said = ticket.write_aside("Hello", to=BANK, by=ada, at=after(1), wait=True)
    with pytest.raises(Refused, match="It is sent"):
        ticket.take_back(said, by=ada, at=after(2))
    ticket.take_back(said, by=ada, at=said.at + timedelta(seconds=5))
    said.refresh_from_db()
    assert said.undone_at and sent(said).state == "cancelled"
    assert said.side.waiting_since is None and ticket.status == "new"
    assert ticket.timeline().latest("id").verb == "restored"
    again = Clock.objects.filter(ticket=ticket).order_by("kind").values_list("kind", "due_at")
    assert [*again] == clocks
    with pytest.raises(Refused, match="already"):
        ticket.take_back(said, by=ada, at=said.at + timedelta(seconds=6))


def test_a_status_somebody_chose_meanwhile_stays(ticket, asked, ada, sol):
    more = ticket.write_aside("And this?", side=asked.side, by=ada, at=after(20), wait=True)
    ticket.move("open", by=sol, at=more.at + timedelta(seconds=2))
    ticket.take_back(more, by=ada, at=more.at + timedelta(seconds=5))
    assert ticket.status == "open" and ticket.timeline().latest("id").verb == "undone_aside"
    asked.side.refresh_from_db()
    assert asked.side.waiting_since == asked.at  # the first one is still out


# --- hearing --------------------------------------------------------------------------------------


def test_their_answer_comes_back_beside_the_talk(ticket, asked, sol, ada):
    ticket.follow(by=sol, at=after(11))
    mail = arrives(answer(asked))
    assert (mail.state, mail.ticket_id) == ("filed", ticket.pk)
    said = mail.message
    assert (said.direction, said.side, said.who) == ("note", asked.side, "Bank desk")
    assert not said.stranger and not said.left and said.contact_id is None
    ticket.refresh_from_db()
    assert ticket.status == "open" and ticket.snippet == "Where is it?"
    assert ticket.waiting_since == START  # the customer still waits for us, since then
    told = Notification.objects.filter(cause=said.cause).values_list("person__email", flat=True)
    assert set(told) == {"ada@demo.test", "sol@demo.test"}
    asked.side.refresh_from_db()
    assert asked.side.waiting_since is None


@pytest.mark.parametrize(
    "heads",
    [
        {"To": "support@demo.test", "In-Reply-To": "@@OURS@@"},
        {"To": "support@demo.test", "Subject": "Re: something @@TOKEN@@"},
        {"To": "support@demo.test", "From": "Other <boss@bank.test>", "Subject": "AW: @@TOKEN@@"},
    ],
)
def test_it_is_known_by_any_of_its_marks(ticket, asked, heads):
    marks = {
        "@@OURS@@": sent(asked).payload["message_id"],
        "@@TOKEN@@": mail.side_token(ticket.pk, asked.side_id),
    }
    for mark, meant in marks.items():
        heads = {name: value.replace(mark, meant) for name, value in heads.items()}
    assert arrives(answer(asked, **heads)).message.side == asked.side


def test_what_they_write_on_their_own_mail_is_known_too(ticket, asked):
    arrives(answer(asked))
    more = answer(
        asked,
        "One thing more.",
        **{"To": "support@demo.test", "In-Reply-To": "<b1@bank.test>", "Message-ID": "<b2@b.test>"},
    )
    assert arrives(more).message.side == asked.side
    stray = answer(
        asked,
        **{
            "From": "x@elsewhere.test",
            "To": "support@demo.test",
            "Subject": f"Re: {mail.side_token(ticket.pk, asked.side_id)}",
            "Message-ID": "<x@elsewhere.test>",
        },
    )
    assert arrives(stray).ticket_id != ticket.pk  # a guessed number opens nothing


def test_whoever_else_has_the_address_is_marked(ticket, asked):
    said = arrives(answer(asked, From="Colleague <c@elsewhere.test>")).message
    assert said.side == asked.side and said.stranger


def test_whom_we_asked_is_not_let_into_the_talk(ticket, asked):
    arrives(answer(asked, Cc="Insider <insider@gmail.com>"))
    raw = answer(asked, "Let me in.", **{"From": "insider@gmail.com", "Message-ID": "<i@g.test>"})
    raw = raw.replace(sent(asked).payload["reply_to"], "support@demo.test")
    raw = raw.replace("Re: something", f"Re: [#{ticket.pk}]")
    assert arrives(raw).ticket_id != ticket.pk


def test_an_absence_note_moves_nothing(ticket, asked):
    said = arrives(answer(asked, "I am away.", **{"Auto-Submitted": "auto-replied"})).message
    ticket.refresh_from_db()
    assert said.automatic and ticket.status == "waiting_third_party"
    assert asked.side.waiting_since == asked.at
    assert not Notification.objects.filter(cause=said.cause).exists()


def test_our_own_mail_that_comes_back_is_ignored(ticket, asked):
    own = answer(asked, **{"Message-ID": sent(asked).payload["message_id"]})
    assert (arrives(own).state, InboundMail.objects.get().reason) == ("ignored", "own")


def test_going_on_follows_their_mail(ticket, asked, ada):
    arrives(answer(asked, References="<r0@bank.test>"))
    more = ticket.write_aside("Thanks. Which one?", side=asked.side, by=ada, at=timezone.now())
    payload = sent(more).payload
    assert payload["subject"].startswith("Re: Transfer is missing")
    assert payload["headers"]["In-Reply-To"] == "<b1@bank.test>"
    assert "> It left on Monday." in payload["text"]
    again = ticket.write_aside("Hello?", side=asked.side, by=ada, at=timezone.now())
    assert sent(again).payload["headers"]["In-Reply-To"] == "<b1@bank.test>"


def test_going_on_before_they_answer_follows_our_own(ticket, asked, ada):
    more = ticket.write_aside("Any news?", side=asked.side, by=ada, at=after(60))
    assert sent(more).payload["headers"]["In-Reply-To"] == sent(asked).payload["message_id"]


def test_a_merged_ticket_keeps_its_side_and_the_other_moves(ticket, asked, ada, mira):
    into = Ticket.objects.report(subject="Transfer", body="Again", contact=mira, at=after(12))
    ticket.merge(into, by=ada, at=after(13))
    into.move("waiting_third_party", by=ada, at=after(14))
    said = arrives(answer(asked)).message
    into.refresh_from_db()
    assert said.ticket == ticket and into.status == "open"
    assert said in into.talk()
    more = into.write_aside("Thanks.", side=asked.side, by=ada, at=timezone.now())
    assert more.ticket == into
    ticket.unmerge(by=ada, at=timezone.now())
    assert said in ticket.messages.all()


def test_a_split_leaves_it_and_putting_back_brings_it(ticket, asked, ada):
    later = ticket.hear("And another thing.", at=after(15))
    fresh = ticket.split(later, by=ada, at=after(16), later=True)
    assert asked in ticket.messages.all()
    own = fresh.write_aside("Hello", to=BANK, by=ada, at=after(17))
    fresh.unsplit(by=ada, at=after(18))
    own.refresh_from_db()
    assert own.ticket == ticket and own.side.ticket == ticket


# --- what does not arrive -------------------------------------------------------------------------


def test_what_comes_back_is_nobody_elses_move(ticket, asked, ada):
    ticket.bounce_aside(asked, at=after(12), reason="No such mailbox")
    assert ticket.status == "open" and SideConversation.objects.get().waiting_since is None
    with pytest.raises(Refused, match="already"):
        ticket.bounce_aside(asked, at=after(13))


def test_a_report_of_a_mail_server_finds_it(ticket, asked):
    report = (
        "From: MAILER-DAEMON@bank.test\r\nTo: {to}\r\nSubject: Undelivered\r\n"
        "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; "
        'boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n'
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; bank.test\r\n\r\n"
        f"Final-Recipient: rfc822; {BANK}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        "--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {id}\r\n\r\n--b--\r\n"
    )
    payload = sent(asked).payload
    mail = arrives(report.format(to="support@demo.test", id=payload["message_id"]))
    asked.refresh_from_db()
    assert mail.message == asked and asked.bounced_at
    assert mail.ticket.status == "open"
    again = arrives(report.format(to=payload["reply_to"], id="<unknown@x.test>"))
    assert again.message == asked and "known already" in again.detail


def test_what_no_server_took_is_noticed(ticket, asked):
    Delivery.objects.filter(cause=asked.cause).update(state="dead", last_error="550 no")
    assert note_undelivered(at=after(30)) == 1
    assert note_undelivered(at=after(31)) == 0
    asked.refresh_from_db()
    assert asked.bounced_at == after(30)


# --- what it leaves alone -------------------------------------------------------------------------


def test_it_answers_the_customer_in_no_way(ticket, asked):
    arrives(answer(asked))
    ticket.refresh_from_db()
    assert ticket.first_replied_at is None
    first = Clock.objects.get(ticket=ticket, kind="first_response")
    assert first.stopped_at is None


def test_it_travels_as_notes(ticket, asked):
    arrives(answer(asked))
    row = next(exporting.rows([Ticket.objects.select_related("assignee", "queue").get()]))
    notes = [event for event in row["events"] if event["type"] == "note"]
    assert [note["body"] for note in notes] == ["Do you see it?", "It left on Monday."]
    assert [note["author"] for note in notes] == ["ada@demo.test", "Bank desk"]


# --- when an answer is expected -------------------------------------------------------------------


@pytest.fixture
def weekdays(ticket):
    """Monday to Friday, nine to five in Berlin; eight of these hours for an answer."""
    calendar = Calendar.objects.create(name="Weekdays", timezone="Europe/Berlin")
    calendar.publish()
    Queue.objects.filter(pk=ticket.queue_id).update(calendar=calendar, answer_hours=8)
    return datetime(2026, 11, 26, 14, 0, tzinfo=UTC)  # a Thursday, 15:00 there


def ask(ticket, ada, at, **more):
    return ticket.write_aside("Do you see it?", to=BANK, by=ada, at=at, **more).side


def told() -> list[tuple[int, str]]:
    found = Notification.objects.filter(cause__startswith="side:").order_by("pk")
    return list(found.values_list("person", "sentence"))


def found(words: str, person) -> set[int]:
    return set(asked_for(question(words), person).values_list("pk", flat=True))


def test_an_answer_is_expected_by_the_hours_of_its_queue(ticket, ada, weekdays):
    assert ask(ticket, ada, weekdays).due_at == datetime(2026, 11, 27, 14, 0, tzinfo=UTC)
    assert ask(ticket, ada, weekdays, hours=3).due_at == datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
    assert ask(ticket, ada, weekdays, hours=0).due_at is None
    with pytest.raises(Refused, match="working hours"):
        ask(ticket, ada, weekdays, hours=5000)
    never = Calendar.objects.create(name="Never", weekly={})
    never.publish()
    Queue.objects.filter(pk=ticket.queue_id).update(calendar=never)
    with pytest.raises(Refused, match="within ten years"):
        ask(ticket, ada, weekdays)


def test_without_a_queue_hours_go_on_around_the_clock(ticket, ada):
    Ticket.objects.filter(pk=ticket.pk).update(queue=None)
    assert ask(ticket, ada, START, hours=2).due_at == START.replace(microsecond=0) + 2 * HOUR
    assert ask(ticket, ada, START).due_at is None


def test_who_asked_is_told_once_that_no_answer_came(ticket, ada, sol, weekdays):
    side = ask(ticket, ada, weekdays, wait=True)
    assert upkeep.miss_answers(at=side.due_at - HOUR) == 0
    assert upkeep.miss_answers(at=side.due_at) == 1
    assert upkeep.miss_answers(at=side.due_at + HOUR) == 0
    ((person, sentence),) = told()
    assert person == ada.pk and sentence.endswith("expected by Fri 27 Nov, 14:00 UTC.")
    assert ticket.timeline().latest("id").verb == "missed_answer"
    side.refresh_from_db()
    assert side.late_at == side.due_at
    SideConversation.objects.update(late_at=None)  # as if the first look had left no mark
    assert upkeep.miss_answers(at=side.due_at) == 1 and len(told()) == 1
    ticket.hear_aside(side, "Here.", at=side.due_at + HOUR, sender="Bank")
    side.refresh_from_db()
    assert (side.waiting_since, side.due_at, side.late_at) == (None, None, None)


def test_whoever_has_the_ticket_is_told_where_the_asker_left(ticket, ada, sol, weekdays):
    ticket.assign(sol, by=ada, at=weekdays)
    side = ask(ticket, ada, weekdays)
    User.objects.filter(pk=ada.pk).update(is_active=False)
    upkeep.miss_answers(at=side.due_at)
    assert [person for person, _ in told()] == [sol.pk]
    Notification.objects.all().delete()
    SideConversation.objects.update(late_at=None)
    Ticket.objects.update(assignee=None)
    assert upkeep.miss_answers(at=side.due_at) == 1 and not told()


def test_of_what_is_done_nothing_is_missed(ticket, ada, weekdays):
    side = ask(ticket, ada, weekdays)
    ticket.resolve(by=ada, at=weekdays)
    assert upkeep.miss_answers(at=side.due_at) == 0
    ticket.reopen(by=ada, at=side.due_at)
    assert upkeep.miss_answers(at=side.due_at) == 1


def test_what_was_merged_counts_for_what_it_went_into(ticket, ada, sol, mira, weekdays):
    side = ask(ticket, ada, weekdays)
    into = Ticket.objects.report(subject="Same", body="x", contact=mira, at=weekdays)
    ticket.merge(into, by=ada, at=weekdays)
    assert found("asked:waiting", ada) == {into.pk}
    upkeep.miss_answers(at=side.due_at)
    assert found("asked:late", ada) == {into.pk} and len(told()) == 1


def test_it_is_expected_again_and_as_before(ticket, ada, weekdays):
    side = ask(ticket, ada, weekdays)
    first = side.due_at
    upkeep.miss_answers(at=first)
    again = ticket.expect_answer(side, 2, by=ada, at=first)
    side.refresh_from_db()
    assert side.late_at is None and side.due_at == datetime(2026, 11, 27, 16, 0, tzinfo=UTC)
    upkeep.miss_answers(at=side.due_at)
    assert len(told()) == 2  # once more, for the time that was set again
    ticket.expect_as_before(again.pk, by=ada, at=side.due_at)
    side.refresh_from_db()
    assert side.due_at == first and side.late_at is None
    upkeep.miss_answers(at=first + HOUR)
    side.refresh_from_db()
    assert side.late_at and len(told()) == 2  # late again, and of this they were told
    with pytest.raises(Lost):
        ticket.expect_as_before(again.pk, by=ada, at=first)
    with pytest.raises(Lost):
        ticket.expect_as_before(again.pk + 99, by=ada, at=first)


def test_nothing_is_expected_of_who_answered_and_nothing_twice(ticket, ada, weekdays):
    side = ask(ticket, ada, weekdays, hours=0)
    with pytest.raises(Refused, match="so already"):
        ticket.expect_answer(side, 0, by=ada, at=weekdays)
    ticket.hear_aside(side, "Here.", at=weekdays, sender="Bank")
    with pytest.raises(Refused, match="Nothing is expected"):
        ticket.expect_answer(side, 2, by=ada, at=weekdays)


def test_going_on_sets_it_anew_and_taking_back_as_it_was(ticket, ada, weekdays):
    side = ask(ticket, ada, weekdays)
    first = side.due_at
    more = ticket.write_aside("And?", side=side, by=ada, at=weekdays + HOUR, hours=40)
    assert more.side.due_at > first
    ticket.take_back(more, by=ada, at=more.at + timedelta(seconds=3))
    side.refresh_from_db()
    assert (side.due_at, side.waiting_since) == (first, weekdays)


def test_lists_are_asked_for_whom_else_was_asked(ticket, ada, mira, weekdays):
    other = make.ticket(contact=mira)
    side = ask(ticket, ada, weekdays)
    assert found("asked:waiting", ada) == found("asked:yes", ada) == {ticket.pk}
    assert found("asked:no", ada) == {other.pk} and found("asked:late", ada) == set()
    ticket.hear_aside(side, "Here.", at=weekdays, sender="Bank")
    assert found("asked:waiting", ada) == set() and found("asked:yes", ada) == {ticket.pk}


# --- what is not sent yet -------------------------------------------------------------------------


def test_a_draft_is_kept_spent_discarded_and_brought_back(ticket, ada, sol, asked):
    keep_draft, at = partial(SideDraft.objects.keep, ticket), after(30)
    typed = {"to": "x@y.test", "subject": "S", "body": "Half a sen"}
    draft = keep_draft(None, ada, at=at, **typed)
    assert keep_draft(None, ada, at=at, **typed | {"body": "More"}) == draft
    keep_draft(asked.side, ada, at=at, body="To them")
    assert str(draft) == f"to x@y.test on #{ticket.pk} by {ada.pk}"
    assert SideDraft.objects.count() == 2
    draft.discard(at=at)
    with pytest.raises(Refused, match="no draft"):
        draft.discard(at=at)
    draft.restore()
    with pytest.raises(Refused, match="nothing to bring back"):
        draft.restore()
    ticket.write_aside("To them", side=asked.side, by=ada, at=at)
    assert SideDraft.objects.get() == draft
    late = keep_draft(asked.side, ada, at=at, body="To them")  # an autosave that comes late
    assert late is None and SideDraft.objects.count() == 1
    draft.discard(at=at)
    assert upkeep.forget(at=at + timedelta(days=31)) == 1
