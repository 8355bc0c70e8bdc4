"""What one can do with a ticket, and what it leaves behind."""

from datetime import timedelta

import pytest

from apps.outbox.models import Delivery, Notification
from apps.tickets.keys import keys
from apps.tickets.models import Ticket
from apps.tickets.rules.mail import read_reply_address
from apps.timeline.models import Activity
from apps.timeline.refusal import Lost, Refused
from tests import make
from tests.make import NOW

LATER = NOW + timedelta(minutes=10)
pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(mira):
    return Ticket.objects.report(
        subject="Invoice is wrong", body="The **sum** is wrong.", contact=mira, at=NOW
    )


def last(ticket) -> Activity:
    return ticket.timeline().latest("id")


def test_a_reported_ticket_starts_its_story(ticket, mira):
    ticket.refresh_from_db()
    assert (ticket.status, ticket.priority, ticket.customer) == ("new", "normal", mira.customer)
    assert ticket.waiting_since == NOW and ticket.snippet == "The **sum** is wrong."
    said = ticket.messages.get()
    assert (said.direction, said.contact, said.who) == ("in", mira, "Mira Köhler")
    assert said.html == "<p>The <strong>sum</strong> is wrong.</p>\n"
    story = last(ticket)
    assert (story.verb, story.who, story.at) == ("reported", "Mira Köhler", NOW)
    assert story.data == {
        "origin": "customer",
        "status": [None, "new"],
        "priority": [None, "normal"],
        "message": said.pk,
    }


def test_a_call_that_was_answered_in_the_call_waits_for_nothing(ada, mira):
    call = Ticket.objects.report(
        subject="Asked on the phone",
        body="How to export?",
        contact=mira,
        by=ada,
        channel="phone",
        origin="logged",
        answered_in_contact=True,
        reported_at=make.ago(hours=1),
        assignee=ada,
        at=NOW,
    )
    assert call.waiting_since is None and call.first_replied_at == make.ago(hours=1)
    story = last(call)
    assert (story.at, story.actor) == (make.ago(hours=1), ada)
    assert story.data["answered_in_contact"] and story.data["assignee"] == [None, ada.pk]


def test_we_may_write_first(ada, mira):
    ticket = Ticket.objects.report(
        subject="Your renewal", body="Hello!", contact=mira, by=ada, origin="agent", at=NOW
    )
    assert ticket.messages.get().direction == "out" and ticket.waiting_since is None
    assert Delivery.objects.get().recipient == "mira@acme.test"


@pytest.mark.parametrize(
    "wrong, field",
    [
        ({"subject": " \n "}, "subject"),
        ({"subject": "x" * 999}, "subject"),
        ({"subject": "nul \x00"}, "subject"),
        ({"body": "bell \x07"}, "body"),
        ({"priority": "extreme"}, "priority"),
        ({"channel": "pigeon"}, "channel"),
        ({"origin": "nobody"}, "origin"),
        ({"reported_at": NOW.replace(year=1969)}, "reported_at"),
        ({"reported_at": NOW + timedelta(hours=1)}, "reported_at"),
        ({"answered_in_contact": True}, "origin"),
        ({"tags": ["x" * 61]}, "tags"),
        ({"tags": [str(n) for n in range(31)]}, "tags"),
    ],
)
def test_a_report_that_cannot_be_leaves_nothing(wrong, field):
    with pytest.raises(Refused) as refused:
        Ticket.objects.report(**{"subject": "A matter", "at": NOW} | wrong)
    assert refused.value.field == field
    assert not Ticket.objects.exists() and not Activity.objects.exists()


@pytest.mark.parametrize(
    "after, status",
    [("wait", "waiting_customer"), ("keep_open", "open"), ("resolve", "resolved")],
)
def test_a_reply_carries_the_next_state_and_waits_in_the_outbox(ticket, ada, after, status):
    message = ticket.reply("Sorry, *fixed*.", by=ada, at=LATER, after=after)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.assignee, ticket.waiting_since) == (status, ada, None)
    assert ticket.first_replied_at == LATER and ticket.updated_at == LATER
    assert (ticket.resolved_at == LATER) == (after == "resolve")
    story = last(ticket)
    assert (story.verb, story.actor) == ("replied", ada)
    assert story.data == {
        "message": message.pk,
        "status": ["new", status],
        "assignee": [None, ada.pk],
    }
    delivery = Delivery.objects.get(cause=f"message:{message.pk}")
    assert (delivery.recipient, delivery.next_at) == (
        "mira@acme.test",
        LATER + timedelta(seconds=15),
    )
    assert delivery.payload["subject"] == f"Re: Invoice is wrong [#{ticket.pk}]"
    assert "<p>Sorry, <em>fixed</em>.</p>" in delivery.payload["html"]


def test_a_mail_is_answered_as_a_mail_and_signed_by_its_queue(ada, mira):
    billing = make.queue("Billing", address="billing@demo.test", signature="Billing team")
    ticket = Ticket.objects.report(
        subject="Re: Bill", body="?", contact=mira, queue=billing, at=NOW, message_id="<a@acme>"
    )
    ticket.reply("Here.", by=ada, at=LATER)
    payload = Delivery.objects.get().payload
    assert payload["subject"] == f"Re: Bill [#{ticket.pk}]"
    assert payload["text"].startswith("Here.\n\n-- \nBilling team\n\nOpen this request: ")
    assert payload["headers"] == {"In-Reply-To": "<a@acme>", "References": "<a@acme>"}
    assert payload["from"] == '"Billing" <billing@demo.test>'
    assert read_reply_address(payload["reply_to"], keys()) == ticket.pk


def test_a_reply_can_be_taken_back_for_fifteen_seconds(ticket, ada):
    message = ticket.reply("Oops", by=ada, at=LATER)
    ticket.take_back(message, by=ada, at=LATER + timedelta(seconds=14))
    ticket.refresh_from_db()
    assert (ticket.status, ticket.assignee, ticket.waiting_since) == ("new", None, NOW)
    assert ticket.first_replied_at is None and ticket.snippet == "The **sum** is wrong."
    assert Delivery.objects.get().state == "cancelled"
    story = last(ticket)
    assert story.verb == "undone" and story.data["of"] == LATER.isoformat()
    with pytest.raises(Refused, match="already"):
        ticket.take_back(message, by=ada, at=LATER + timedelta(seconds=14))


def test_what_is_sent_is_sent(ticket, ada):
    message = ticket.reply("Sent", by=ada, at=LATER)
    with pytest.raises(Refused, match="sent"):
        ticket.take_back(message, by=ada, at=LATER + timedelta(seconds=15))
    assert Delivery.objects.get().state == "pending"


def test_taking_back_keeps_what_somebody_changed_since(ticket, ada, sol):
    message = ticket.reply("Oops", by=ada, at=LATER)
    ticket.assign(sol, by=sol, at=LATER + timedelta(seconds=2))
    ticket.move("waiting_third_party", by=sol, at=LATER + timedelta(seconds=3))
    ticket.take_back(message, by=ada, at=LATER + timedelta(seconds=9))
    ticket.refresh_from_db()
    assert (ticket.status, ticket.assignee) == ("waiting_third_party", sol)


def test_a_bounced_reply_answered_nothing(ticket, ada):
    message = ticket.reply("Hello", by=ada, at=LATER)
    ticket.bounce(message, at=LATER + timedelta(minutes=1), reason="No such mailbox")
    ticket.refresh_from_db()
    assert (ticket.status, ticket.waiting_since) == ("open", NOW)
    story = last(ticket)
    assert (story.verb, story.data["of"]) == ("bounced", LATER.isoformat())


def test_there_must_be_somebody_to_answer(ada):
    ticket = Ticket.objects.report(subject="From nobody", at=NOW)
    with pytest.raises(Refused, match="nobody to answer"):
        ticket.reply("Hello?", by=ada, at=LATER)
    with pytest.raises(Refused, match="nobody to write to"):
        ticket.auto_reply("Hello?", at=LATER)
    assert not Delivery.objects.exists()


def test_a_place_that_nobody_filled_in_leaves_in_no_reply(ticket, ada):
    with pytest.raises(Refused, match=r"Still to be filled in: \[customer.name\]") as refused:
        ticket.reply("Dear [customer.name]", by=ada, at=LATER)
    assert refused.value.field == "body"
    ticket.note("Dear [customer.name] is what it said.", by=ada, at=LATER)


@pytest.mark.parametrize("words", ["", "  \n", "nul\x00"])
def test_nothing_is_not_a_reply(ticket, ada, words):
    for verb in (ticket.reply, ticket.note):
        with pytest.raises(Refused) as refused:
            verb(words, by=ada, at=LATER)
        assert refused.value.field == "body"


@pytest.mark.parametrize("status", ["waiting_customer", "waiting_third_party", "resolved"])
def test_the_customers_word_opens_a_ticket_that_waits(mira, status):
    ticket = make.ticket(contact=mira, status=status, snoozed_until=LATER)
    ticket.hear("Still broken", at=LATER)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.waiting_since) == ("open", LATER)
    assert ticket.snoozed_until is None and ticket.resolved_at is None
    story = last(ticket)
    assert (story.verb, story.actor_label) == ("heard", "Mira Köhler")
    assert story.data["status"] == [status, "open"]


def test_the_oldest_unanswered_message_counts(ticket):
    ticket.hear("And another thing", at=LATER)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.waiting_since) == ("new", NOW)


def test_a_program_answering_changes_no_status(mira):
    ticket = make.ticket(contact=mira, status="resolved")
    ticket.hear("I am out of office", at=LATER, automatic=True)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.waiting_since) == ("resolved", None)
    assert last(ticket).verb == "heard_from_program"


def test_a_word_on_a_closed_ticket_begins_a_new_one(mira):
    closed = make.ticket("Old matter", contact=mira, status="closed")
    message = closed.hear("It is back", at=LATER)
    assert message.ticket != closed and message.ticket.follows == closed
    assert message.ticket.subject == "Old matter" and message.ticket.status == "new"


def test_a_word_on_a_merged_ticket_goes_where_the_ticket_went(mira):
    kept = make.ticket(contact=mira, status="waiting_customer")
    gone = make.ticket(contact=mira, status="merged", merged_into=kept)
    assert gone.hear("More", at=LATER).ticket == kept
    kept.refresh_from_db()
    assert kept.status == "open"


def test_our_programs_answer_nothing(ticket):
    message = ticket.auto_reply("We got it.", at=LATER)
    ticket.refresh_from_db()
    assert message.automatic and ticket.status == "new" and ticket.waiting_since == NOW
    assert last(ticket).verb == "auto_replied"
    assert Delivery.objects.get().cause == message.cause


def test_a_note_stays_among_us_and_opens_a_new_ticket(ticket, pia):
    ticket.note("Known, see roadmap", by=pia, at=LATER)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.waiting_since) == ("open", NOW)
    assert not Delivery.objects.exists()
    assert last(ticket).data["status"] == ["new", "open"]


def test_a_thank_you_waits_for_nothing(ticket, ada):
    ticket.need_no_reply(by=ada, at=LATER)
    ticket.refresh_from_db()
    assert ticket.waiting_since is None and last(ticket).verb == "needed_no_reply"
    with pytest.raises(Refused):
        ticket.need_no_reply(by=ada, at=LATER)


@pytest.mark.parametrize("status", ["merged", "spam", "duplicate", "closed"])
def test_on_what_is_over_nobody_waits(ticket, ada, status):
    Ticket.objects.filter(pk=ticket.pk).update(status=status)
    with pytest.raises(Refused, match="nobody waits here"):
        ticket.need_no_reply(by=ada, at=LATER)


def test_that_no_reply_is_needed_can_be_taken_back(ticket, ada):
    owed = ticket.waiting_since
    told = ticket.need_no_reply(by=ada, at=LATER)
    ticket.undo(told.pk, by=ada, at=LATER + timedelta(minutes=1))
    ticket.refresh_from_db()
    assert ticket.waiting_since == owed and last(ticket).verb == "restored"
    with pytest.raises(Lost):  # once is enough
        ticket.undo(told.pk, by=ada, at=LATER + timedelta(minutes=2))


def test_what_was_answered_or_resolved_meanwhile_is_owed_no_more(ticket, ada):
    told = ticket.need_no_reply(by=ada, at=LATER)
    ticket.resolve(by=ada, at=LATER + timedelta(minutes=1))
    with pytest.raises(Lost):
        ticket.undo(told.pk, by=ada, at=LATER + timedelta(minutes=2))


def test_a_ticket_is_given_to_somebody_who_is_told(ticket, ada, sol):
    ticket.assign(ada, by=sol, at=LATER)
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.status) == (ada, "open")
    assert last(ticket).data == {"assignee": [None, ada.pk], "status": ["new", "open"]}
    told = Notification.objects.get()
    assert told.person == ada and f"#{ticket.pk}" in told.sentence
    ticket.assign(None, by=ada, at=LATER)
    assert last(ticket).data == {"assignee": [ada.pk, None]}
    with pytest.raises(Refused, match="Nobody has it"):
        ticket.assign(None, by=ada, at=LATER)


def test_what_one_looked_at_may_have_changed(ticket, ada, sol):
    seen = ticket.version
    ticket.assign(ada, by=ada, at=LATER, seen=seen)
    for verb in (
        lambda: ticket.assign(sol, by=sol, at=LATER, seen=seen),
        lambda: ticket.prioritise("high", by=sol, at=LATER, seen=seen),
        lambda: ticket.move("resolved", by=sol, at=LATER, seen=seen),
    ):
        with pytest.raises(Lost):
            verb()


def test_nobody_is_given_a_ticket_they_would_never_see(ticket, sol):
    gone = make.person("Gone", is_active=False)
    with pytest.raises(Refused, match="cannot sign in"):
        ticket.assign(gone, by=sol, at=LATER)


def test_a_taken_ticket_is_taken(ticket, ada, sol):
    ticket.take(by=ada, at=LATER)
    with pytest.raises(Refused, match="Ada Lovelace has it already"):
        ticket.take(by=sol, at=LATER)


def test_a_team_may_have_it(ticket, sol):
    second = make.team("Second line")
    ticket.hand_to_team(second, by=sol, at=LATER)
    assert last(ticket).data["team"] == [None, second.pk]
    with pytest.raises(Refused, match="Second line has it"):
        ticket.hand_to_team(second, by=sol, at=LATER)


def test_priority_is_one_of_four(ticket, ada):
    ticket.prioritise("urgent", by=ada, at=LATER)
    assert last(ticket).data == {"priority": ["normal", "urgent"], "status": ["new", "open"]}
    with pytest.raises(Refused, match="urgent already"):
        ticket.prioritise("urgent", by=ada, at=LATER)
    with pytest.raises(Refused) as refused:
        ticket.prioritise("extreme", by=ada, at=LATER)
    assert refused.value.field == "priority"


def test_tags_are_tidied_added_and_removed(ticket, ada):
    ticket.tag(["VIP", "big deal", "vip"], by=ada, at=LATER)
    ticket.tag(["refund"], remove=["vip"], by=ada, at=LATER)
    ticket.refresh_from_db()
    assert ticket.tags == ["big-deal", "refund"]
    assert last(ticket).data == {"tags": [["vip", "big-deal"], ["big-deal", "refund"]]}
    with pytest.raises(Refused, match="so already"):
        ticket.tag(["refund"], by=ada, at=LATER)
    with pytest.raises(Refused) as refused:
        ticket.tag(["x" * 61], by=ada, at=LATER)
    assert refused.value.field == "tags"


def test_a_snoozed_ticket_sleeps_until_it_is_time(ticket, ada):
    ticket.snooze(LATER + timedelta(days=1), by=ada, at=LATER)
    assert list(Ticket.objects.todo()) == [] and list(Ticket.objects.asleep()) == [ticket]
    ticket.wake(at=LATER + timedelta(days=1))
    assert list(Ticket.objects.todo()) == [ticket]
    with pytest.raises(Refused, match="not asleep"):
        ticket.wake(at=LATER)
    with pytest.raises(Refused, match="still to come"):
        ticket.snooze(LATER, by=ada, at=LATER)


def test_the_course_of_a_ticket(ticket, ada):
    word = make.label("Waiting for parts", "waiting_third_party")
    ticket.move("waiting_third_party", by=ada, at=LATER, label=word)
    assert ticket.status_word == "Waiting for parts"
    assert last(ticket).data == {
        "status": ["new", "waiting_third_party"],
        "status_label": [None, word.pk],
    }
    ticket.move("waiting_third_party", by=ada, at=LATER)
    assert last(ticket).data == {"status_label": [word.pk, None]}
    ticket.resolve(by=ada, at=LATER)
    assert (last(ticket).verb, ticket.resolved_at) == ("resolved", LATER)
    ticket.reopen(by=ada, at=LATER)
    assert (last(ticket).verb, ticket.status, ticket.resolved_at) == ("reopened", "open", None)
    with pytest.raises(Refused, match="not resolved"):
        ticket.reopen(by=ada, at=LATER)
    ticket.resolve(by=ada, at=LATER)
    ticket.close(by=None, at=LATER)
    assert (last(ticket).verb, ticket.closed_at) == ("closed", LATER)
    for verb in (ticket.reopen, ticket.resolve, ticket.close, ticket.mark_spam):
        with pytest.raises(Refused):
            verb(by=ada, at=LATER)


def test_a_closed_ticket_stays_as_it_is(mira, ada, sol):
    closed = make.ticket(contact=mira, status="closed", queue=make.queue())
    for verb in (
        lambda: closed.reply("Hello", by=ada, at=LATER),
        lambda: closed.assign(sol, by=ada, at=LATER),
        lambda: closed.prioritise("low", by=ada, at=LATER),
        lambda: closed.tag(["late"], by=ada, at=LATER),
        lambda: closed.snooze(LATER + timedelta(1), by=ada, at=LATER),
        lambda: closed.rename("Other", by=ada, at=LATER),
        lambda: closed.fill({}, by=ada, at=LATER),
        lambda: closed.file_under(None, by=ada, at=LATER),
        lambda: closed.hand_to_team(make.team(), by=ada, at=LATER),
        lambda: closed.belong_to(None, by=ada, at=LATER),
    ):
        with pytest.raises(Refused, match="closed"):
            verb()
    assert not Activity.objects.exists()


def test_only_statuses_people_choose_can_be_chosen(ticket, ada):
    with pytest.raises(Refused) as refused:
        ticket.move("closed", by=ada, at=LATER)
    assert refused.value.field == "status"
    with pytest.raises(Refused) as refused:
        ticket.move("open", by=ada, at=LATER, label=make.label("Parked", "waiting_customer"))
    assert refused.value.field == "label"
    ticket.move("open", by=ada, at=LATER)
    with pytest.raises(Refused, match="open already"):
        ticket.move("open", by=ada, at=LATER)


def test_ends_that_count_for_nothing(ticket, ada):
    ticket.mark_spam(by=ada, at=LATER)
    assert last(ticket).verb == "marked_spam" and not Ticket.objects.reportable().exists()
    ticket.reopen(by=ada, at=LATER)
    other = make.ticket()
    ticket.mark_duplicate(other, by=ada, at=LATER)
    assert last(ticket).data == {"status": ["open", "duplicate"], "of": other.pk}
    with pytest.raises(Refused, match="own duplicate"):
        other.mark_duplicate(other, by=ada, at=LATER)


def test_a_queue_may_need_to_know_something_before_the_end(ticket, ada):
    billing = make.queue("Billing")
    billing.fields.create(key="invoice", label="Invoice", type="text", required=True)
    billing.fields.create(key="amount", label="Amount", type="number")
    ticket.file_under(billing, by=ada, at=LATER)
    with pytest.raises(Refused, match="Fill in Invoice"):
        ticket.resolve(by=ada, at=LATER)
    with pytest.raises(Refused, match="Fill in Invoice"):
        ticket.reply("Done", by=ada, at=LATER, after="resolve")
    with pytest.raises(Refused, match="Amount: “ten” is not a number"):
        ticket.fill({"amount": "ten"}, by=ada, at=LATER)
    with pytest.raises(Refused, match="no field “colour”"):
        ticket.fill({"colour": "red"}, by=ada, at=LATER)
    ticket.fill({"invoice": "R-17", "amount": "19.90"}, by=ada, at=LATER)
    assert last(ticket).data == {"fields": [{}, {"invoice": "R-17", "amount": "19.90"}]}
    ticket.fill({"amount": ""}, by=ada, at=LATER)
    with pytest.raises(Refused, match="so already"):
        ticket.fill({"amount": None}, by=ada, at=LATER)
    ticket.resolve(by=ada, at=LATER)
    with pytest.raises(Refused, match="in that queue"):
        ticket.file_under(billing, by=ada, at=LATER)


def test_a_ticket_can_be_named_better_and_given_to_whom_it_belongs(ticket, ada, mira):
    ticket.rename("Sum on invoice 17", by=ada, at=LATER)
    assert last(ticket).data == {"subject": ["Invoice is wrong", "Sum on invoice 17"]}
    for wrong, why in (("Sum on invoice 17", "called that"), ("  ", "needs a subject")):
        with pytest.raises(Refused, match=why):
            ticket.rename(wrong, by=ada, at=LATER)
    other = make.contact("Jon")
    ticket.belong_to(other, by=ada, at=LATER)
    assert ticket.customer == other.customer
    assert last(ticket).data == {
        "contact": [mira.pk, other.pk],
        "customer": [mira.customer_id, other.customer_id],
    }
    with pytest.raises(Refused, match="its contact already"):
        ticket.belong_to(other, by=ada, at=LATER)


def test_a_ticket_may_concern_a_component(ticket, ada):
    export = make.component("Export")
    ticket.concern(component=export, by=ada, at=LATER)
    assert last(ticket).data == {"component": [None, export.pk]}
    with pytest.raises(Refused, match="about that"):
        ticket.concern(component=export, by=ada, at=LATER)


def test_every_change_counts(ticket, ada):
    before = ticket.version
    ticket.note("One", by=ada, at=LATER)
    ticket.prioritise("high", by=ada, at=LATER)
    assert Ticket.objects.get().version == before + 2
    assert ticket.timeline().count() == 3
