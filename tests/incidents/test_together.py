"""What is written on many tickets at once is, row by row, what the verb of each would write."""

import re
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.outbox.models import Delivery, Notification
from apps.sla.models import Clock
from apps.tickets.choices import Next, Status
from apps.tickets.models import Cause, Message, OwedAnswer, SearchDoc, Ticket
from apps.tickets.models.batch import Batch
from apps.tickets.models.informing import Word, inform
from apps.timeline.models import Activity
from apps.timeline.refusal import Refused
from tests import make
from tests.make import NOW

LATER = NOW + timedelta(minutes=10)
SOON = LATER + timedelta(seconds=5)
OWN = {"id", "recorded_at", "created_at", "key", "cause", "message_id"}  # differ from time to time
NEXT = re.compile(r"(<p>)?We (expect to|wait for|cannot say)[^<\n]*(</p>)?")
SAID = "We **repair** it."


@pytest.fixture
def mixed(tickets, ada, sol) -> list[Ticket]:
    """A mail in a queue that signs, one that is followed, one that took in another, one that is
    owed an answer, one answered and asked again, one nobody has, one that waits.
    """
    mailed, followed, absorbing = tickets
    queue = make.queue(
        "Support", sender_name="Northwind Support", signature="Your {{ queue.name }}"
    )
    mailed.file_under(queue, by=ada, at=NOW)
    mailed.hear("<b>Still</b>", at=NOW, message_id="<a@b.test>", headers="Message-ID: <a@b.test>")
    followed.follow(by=sol, at=NOW)
    followed.follow(by=ada, at=NOW)
    make.ticket("The same", contact=absorbing.contact).merge(absorbing, by=ada, at=NOW)
    owed, asked, waits = (
        make.ticket(f"More {n}", contact=make.contact(email=f"more{n}@x.test")) for n in range(3)
    )
    asked.reply("We look.", by=ada, at=NOW)
    asked.hear("And?", at=NOW + timedelta(minutes=1))
    waits.reply("What do you see?", by=ada, at=NOW)
    for ticket in (mailed, followed, absorbing, owed):
        ticket.assign(ada, by=sol, at=NOW)
    for title in ("Dark mode", "Export"):
        OwedAnswer.objects.owe(
            [owed.pk], Cause("feature_request", len(title), "shipped", title), by=ada, at=NOW
        )
    return [mailed, followed, absorbing, owed, asked, waits]


def rows(queryset, *without):
    dropped = OWN.union(without)
    found = [
        {name: value for name, value in row.items() if name not in dropped}
        for row in queryset.order_by("pk").values()
    ]
    return sorted(found, key=repr)


def everything(tickets):
    """All that is known of these tickets, but for numbers that are drawn."""
    numbers = [one.pk for one in tickets]
    activities = rows(Activity.objects.filter(kind="ticket", subject_id__in=numbers))
    for row in activities:
        for name in ("message", "incident", "update"):
            row["data"].pop(name, None)
    mails = rows(Delivery.objects.filter(channel="mail", subject_id__in=numbers))
    for row in mails:
        row["payload"].pop("message_id")
        for name in (
            "text",
            "html",
        ):  # when more is promised is the ticket's matter, or the update's
            row["payload"][name] = NEXT.sub("", row["payload"][name]).split()
    return {
        "tickets": rows(Ticket.objects.filter(pk__in=numbers)),
        "messages": rows(Message.objects.filter(ticket__in=numbers)),
        "activities": activities,
        "cancelled": rows(Activity.objects.filter(kind="delivery"), "subject_id"),
        "mails": mails,
        "clocks": rows(Clock.objects.filter(ticket__in=numbers)),
        "words": rows(SearchDoc.objects.filter(ticket__in=numbers)),
        "lines": rows(Notification.objects.filter(sentence__contains="answered")),
        "answers": rows(OwedAnswer.objects.filter(ticket__in=numbers)),
    }


def what_if(deed, tickets):
    """What would be there, had this been done; nothing of it stays."""
    with transaction.atomic():
        deed()
        found = everything(tickets)
        transaction.set_rollback(True)
    return found


@pytest.mark.parametrize("ended", [False, True])
@pytest.mark.parametrize("undone", [False, True])
def test_an_update_writes_what_a_reply_on_each_ticket_would(
    mixed, incident, those, otto, undone, ended
):
    incident.link(those(mixed), by=otto, at=NOW)
    tells = ()
    if ended:
        incident.resolve(by=otto, at=NOW + timedelta(minutes=5))
        tells = [answer.pk for answer in incident.answers()]

    def one_by_one():
        for ticket in those(mixed):
            stays = Next.WAIT if ticket.status == Status.WAITING_CUSTOMER else Next.KEEP_OPEN
            said = ticket.reply(SAID, by=otto, at=LATER, after=stays, cc=(), tells=tells)
            if undone:
                ticket.take_back(said, by=otto, at=SOON)

    def at_once():
        update = incident.update("customers", SAID, by=otto, at=LATER, next_at=None)
        if undone:
            incident.take_back(update, by=otto, at=SOON)

    singly, together = what_if(one_by_one, mixed), what_if(at_once, mixed)
    for what, found in singly.items():
        assert together[what] == found, what
    assert len(together["mails"]) > len(mixed) and len(together["lines"]) == 1
    assert len(together["cancelled"]) == (len(mixed) if undone else 0)


@pytest.mark.parametrize("ended", [False, True])
def test_it_takes_as_many_statements_for_many_as_for_few(incident, those, otto, ended):
    counts = []
    for many in (2, 9):
        made = [
            make.ticket(f"T{n}", contact=make.contact(email=f"{many}-{n}@x.test"))
            for n in range(many)
        ]
        incident.link(those(made), by=otto, at=NOW)
        if ended:
            incident.resolve(by=otto, at=NOW)
        with CaptureQueriesContext(connection) as telling:
            update = incident.update("customers", SAID, by=otto, at=LATER)
        with CaptureQueriesContext(connection) as undoing:
            incident.take_back(update, by=otto, at=SOON)
        if ended:
            incident.reopen(by=otto, at=SOON)
        incident.unlink(those(made), by=otto, at=SOON)
        counts.append((len(telling), len(undoing)))
    assert counts[0] == counts[1] and max(counts[0]) <= 33, counts


@pytest.mark.parametrize(("wrong", "why"), [("spam", "nothing can be sent"), ("nobody", "nobody")])
def test_where_one_cannot_be_told_nobody_is(wrong, why, tickets, those, otto, ada):
    if wrong == "spam":
        tickets[1].mark_spam(by=ada, at=NOW)
    one = make.ticket("Nobody") if wrong == "nobody" else tickets[1]
    batch = Batch(those([tickets[0], one]))
    with pytest.raises(Refused, match=why):
        inform(batch, dict.fromkeys(batch.tickets, Word()), SAID, by=otto, at=LATER)
    assert not Message.objects.filter(direction="out").exists()
