"""Calls at their real time, what is asked twice, what a queue wants to know and done."""

from datetime import timedelta

import pytest

from apps.outbox.models import Delivery
from apps.sla.models import Clock
from apps.tickets.alike import alike
from apps.tickets.listing import asked
from apps.tickets.models import Checklist, Ticket
from apps.tickets.rules.words import ask
from apps.timeline.refusal import Refused
from tests import make
from tests.make import NOW

LATER = NOW + timedelta(minutes=10)
EARLIER = NOW + timedelta(minutes=4)
pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(mira):
    return Ticket.objects.report(
        subject="Invoice is wrong", body="The sum is wrong.", contact=mira, at=NOW
    )


def clock(ticket, kind):
    return Clock.objects.filter(ticket=ticket, kind=kind).order_by("cycle").last()


# --- calls -----------------------------------------------------------------------------------


def test_our_call_answers_at_the_time_it_happened(ticket, ada):
    message = ticket.log_call(
        "Explained the sum.",
        by=ada,
        at=LATER,
        happened_at=EARLIER,
        from_us=True,
        duration=timedelta(minutes=7),
    )
    ticket.refresh_from_db()
    assert (message.direction, message.author, message.channel) == ("out", ada, "phone")
    assert (ticket.first_replied_at, ticket.waiting_since) == (EARLIER, None)
    assert ticket.status == "open" and ticket.snippet == "Explained the sum."
    first = clock(ticket, "first_response")
    assert (first.state, first.stopped_at) == ("met", EARLIER)
    assert not Delivery.objects.exists()


def test_their_call_that_was_answered_leaves_nothing_waiting(ticket, ada):
    ticket.reply("Looking.", by=ada, at=NOW + timedelta(minutes=1))
    ticket.log_call("Any news? Yes.", by=ada, at=LATER, happened_at=EARLIER, answered=True)
    ticket.refresh_from_db()
    assert (ticket.waiting_since, ticket.status) == (None, "open")
    said = clock(ticket, "next_response")
    assert said is None or said.stopped_at == EARLIER
    assert ticket.first_unanswered() is None


def test_their_call_waits_from_when_they_called(ticket, ada):
    ticket.reply("Looking.", by=ada, at=NOW + timedelta(minutes=1))
    ticket.log_call("Still wrong!", by=ada, at=LATER, happened_at=EARLIER, channel="chat")
    ticket.refresh_from_db()
    assert (ticket.waiting_since, ticket.status) == (EARLIER, "open")
    said = clock(ticket, "next_response")
    assert (said.state, said.started_at) == ("running", EARLIER)


def test_what_was_moved_after_the_call_stays_moved(ticket, ada):
    ticket.move("waiting_third_party", by=ada, at=NOW + timedelta(minutes=6))
    ticket.note("Asked the bank.", by=ada, at=NOW + timedelta(minutes=7))
    ticket.log_call("She called.", by=ada, at=LATER, happened_at=EARLIER)
    ticket.refresh_from_db()
    assert ticket.status == "waiting_third_party" and ticket.snippet == "The sum is wrong."


@pytest.mark.parametrize(
    "wrong, field",
    [
        ({"body": " "}, "body"),
        ({"channel": "mail"}, "channel"),
        ({"duration": timedelta(days=2)}, "duration"),
        ({"happened_at": LATER + timedelta(hours=1)}, "happened_at"),
        ({"happened_at": NOW - timedelta(hours=1)}, "happened_at"),
    ],
)
def test_a_call_that_cannot_be_leaves_nothing(ticket, ada, wrong, field):
    with pytest.raises(Refused) as refused:
        ticket.log_call(**{"body": "Hello"} | wrong, by=ada, at=LATER)
    assert refused.value.field == field
    assert ticket.messages.count() == 1


def test_nothing_is_added_to_what_is_closed(ada):
    with pytest.raises(Refused, match="closed"):
        make.ticket(status="closed").log_call("Hello", by=ada, at=LATER)


def test_a_call_that_began_a_ticket_keeps_how_long_it_took(ada, mira):
    call = Ticket.objects.report(
        subject="How to export?",
        body="Explained.",
        contact=mira,
        by=ada,
        channel="phone",
        origin="logged",
        answered_in_contact=True,
        duration=timedelta(minutes=3),
        at=NOW,
    )
    said = call.messages.get()
    assert (said.channel, said.answered, said.duration) == ("phone", True, timedelta(minutes=3))
    assert call.first_unanswered() is None


# --- the same twice --------------------------------------------------------------------------


def test_what_may_be_the_same_matter_is_named_likeliest_first(ticket, mira):
    other = make.contact(customer=mira.customer)
    same_house = make.ticket("Invoice seems wrong", contact=other)
    stranger = make.ticket("Invoice is wrong again", contact=make.contact())
    unlike = make.ticket("Colours of the chart", contact=mira)
    make.ticket("Invoice is wrong", contact=mira, status="resolved")
    found = alike("Invoice is wrong", contact=mira)
    said = {one.ticket: (one.why, one.strong) for one in found}
    assert said[ticket] == ("the same person, alike", True)
    assert said[same_house] == ("the same customer, alike", True)
    assert said[stranger] == ("a similar subject", True)
    assert said[unlike] == ("the same person", False)
    assert [one.strong for one in found] == [True, True, True, False]
    assert alike("Invoice is wrong", contact=mira, strong=True) == found[:3]


def test_a_reference_says_it_all(mira):
    known = make.ticket("Something else", external_id="JIRA-4711")
    [one] = alike("About JIRA-4711 again")
    assert (one.ticket, one.why) == (known, "the reference")
    [one] = alike(f"More on #{known.pk}.")
    assert one.ticket == known


def test_nothing_is_like_nothing(ticket):
    assert alike("") == [] and alike("abc") == [] and alike("Zebra crossing") == []


# --- fields ----------------------------------------------------------------------------------


def test_a_ticket_may_begin_with_the_fields_of_its_queue(mira):
    queue = make.queue("Billing")
    queue.fields.create(key="sum", label="Sum", type="number")
    made = Ticket.objects.report(subject="Bill", queue=queue, fields={"sum": " 12 "}, at=NOW)
    assert made.fields == {"sum": 12}
    with pytest.raises(Refused, match="Sum: “x” is not a number"):
        Ticket.objects.report(subject="Bill", queue=queue, fields={"sum": "x"}, at=NOW)
    with pytest.raises(Refused, match="no field"):
        Ticket.objects.report(subject="Bill", fields={"sum": "1"}, at=NOW)


# --- checklists ------------------------------------------------------------------------------


@pytest.fixture
def refund():
    queue = make.queue("Billing")
    checklist = Checklist.objects.create(queue=queue, name="Refund")
    checklist.lines.create(text="Check the bank", required=True, position=1)
    checklist.lines.create(text="Thank them", position=2)
    return checklist


def test_items_are_ticked_by_whom_and_when_and_back(ticket, refund, ada, sol):
    with pytest.raises(Refused, match="another queue"):
        ticket.use_checklist(refund, by=ada, at=LATER)
    ticket.file_under(refund.queue, by=ada, at=LATER)
    ticket.use_checklist(refund, by=ada, at=LATER)
    with pytest.raises(Refused, match="already"):
        ticket.use_checklist(refund, by=ada, at=LATER)
    bank, thanks = ticket.items.kept().with_people()
    ticket.tick(bank, by=sol, at=LATER)
    assert (bank.done_by, bank.done_at) == (sol, LATER) and not ticket.missing_items()
    with pytest.raises(Refused, match="done already"):
        ticket.tick(bank, by=ada, at=LATER)
    ticket.untick(bank, by=ada, at=LATER)
    assert ticket.missing_items() == ["Check the bank"]
    with pytest.raises(Refused, match="still to do"):
        ticket.untick(bank, by=ada, at=LATER)
    ticket.remove_item(bank, by=ada, at=LATER)
    assert not ticket.missing_items()
    with pytest.raises(Refused, match="gone"):
        ticket.remove_item(bank, by=ada, at=LATER)
    ticket.restore_item(bank, by=ada, at=LATER)
    with pytest.raises(Refused, match="is there"):
        ticket.restore_item(bank, by=ada, at=LATER)
    verbs = list(ticket.timeline().values_list("verb", flat=True))[-5:]
    assert verbs == ["checklist_used", "ticked", "unticked", "item_removed", "item_restored"]
    assert str(thanks) == "Thank them"


def test_a_queue_may_insist(ticket, refund, ada):
    ticket.file_under(refund.queue, by=ada, at=LATER)
    item = ticket.add_item("Call the bank", required=True, by=ada, at=LATER)
    refund.queue.insists = True
    refund.queue.save()
    with pytest.raises(Refused, match="Still to be done: Call the bank"):
        ticket.resolve(by=ada, at=LATER)
    ticket.tick(item, by=ada, at=LATER)
    ticket.resolve(by=ada, at=LATER)
    assert ticket.status == "resolved"


def test_an_item_says_something_and_there_is_an_end_to_them(ticket, ada):
    with pytest.raises(Refused, match="Write what"):
        ticket.add_item(" ", by=ada, at=LATER)
    for n in range(50):
        ticket.add_item(f"Item {n}", by=ada, at=LATER)
    with pytest.raises(Refused, match="at most"):
        ticket.add_item("One more", by=ada, at=LATER)


@pytest.mark.parametrize(
    "words, finds",
    [
        ("field:plan=Gold", True),
        ("field:seats=12", True),
        ("field:paid=yes", True),
        ("field:paid=no", False),
        ("-field:plan=Gold", False),
        ("field:plan=gold", False),
        ("field:plan", True),  # said to be no question, and left out
    ],
)
def test_tickets_are_asked_for_by_their_fields(ada, words, finds):
    make.ticket(fields={"plan": "Gold", "seats": 12, "paid": True})
    assert asked(ask(words), ada).exists() == finds
