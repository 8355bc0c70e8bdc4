"""Two people, one button, one winner; and what happens by itself."""

import threading
from datetime import timedelta

import pytest
from django.db import connections

from apps.calendars.models import Calendar
from apps.tickets.models import Queue, SearchDoc, Ticket
from apps.tickets.upkeep import close_resolved, gather_some, wake, words_due
from apps.timeline.models import Activity
from apps.timeline.refusal import Refused
from tests import make
from tests.make import NOW


def at_once(*acts):
    """Do these at the same moment; returns what each raised, or nothing."""
    barrier, outcomes = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place, act):
        try:
            barrier.wait()
            act()
        except Refused as refused:
            outcomes[place] = refused
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "verb",
    [
        lambda ticket, who: ticket.take(by=who, at=NOW),
        lambda ticket, who: ticket.resolve(by=who, at=NOW),
        lambda ticket, who: ticket.mark_spam(by=who, at=NOW),
        lambda ticket, who: ticket.need_no_reply(by=who, at=NOW),
        lambda ticket, who: ticket.prioritise("high", by=who, at=NOW),
        lambda ticket, who: ticket.assign(who, by=who, at=NOW, seen=1),
        lambda ticket, who: ticket.tag(["vip"], by=who, at=NOW),
    ],
    ids=["take", "resolve", "mark_spam", "need_no_reply", "prioritise", "assign", "tag"],
)
def test_of_two_who_press_the_same_button_one_wins(ada, sol, verb):
    number = Ticket.objects.report(subject="Matter", body="x", at=NOW).pk

    def press(who):
        return lambda: verb(Ticket.objects.get(pk=number), who)

    outcomes = at_once(press(ada), press(sol))
    assert sum(outcome is None for outcome in outcomes) == 1
    assert Activity.objects.filter(kind="ticket", subject_id=number).count() == 2


@pytest.mark.django_db(transaction=True)
def test_everything_two_people_say_is_kept(ada, sol):
    ticket = Ticket.objects.report(subject="Matter", body="x", contact=make.contact(), at=NOW)
    mine, theirs = (Ticket.objects.get(pk=ticket.pk) for _ in range(2))
    outcomes = at_once(
        lambda: mine.reply("one", by=ada, at=NOW),
        lambda: theirs.note("two", by=sol, at=NOW),
        lambda: Ticket.objects.get(pk=ticket.pk).hear("three", at=NOW),
    )
    assert outcomes == [None, None, None]
    assert ticket.messages.count() == 4
    ticket.refresh_from_db()
    assert ticket.version == 4


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "verb",
    [
        lambda ticket, ada: Ticket.objects.report(
            subject="New", body="x", contact=ticket.contact, at=NOW
        ),
        lambda ticket, ada: ticket.reply("Answer", by=ada, at=NOW),
        lambda ticket, ada: ticket.note("Note", by=ada, at=NOW),
        lambda ticket, ada: ticket.hear("More", at=NOW),
        lambda ticket, ada: ticket.resolve(by=ada, at=NOW),
        lambda ticket, ada: ticket.prioritise("urgent", by=ada, at=NOW),
        lambda ticket, ada: ticket.tag(["vip"], by=ada, at=NOW),
    ],
    ids=["report", "reply", "note", "hear", "resolve", "prioritise", "tag"],
)
def test_a_verb_takes_a_dozen_queries_with_its_clocks(ada, verb, django_assert_max_num_queries):
    ticket = Ticket.objects.report(subject="Matter", body="x", contact=make.contact(), at=NOW)
    verb(ticket, ada)  # whatever is read once
    fresh = Ticket.objects.report(subject="Matter", body="x", contact=ticket.contact, at=NOW)
    with django_assert_max_num_queries(12):
        verb(fresh, ada)


# --- by themselves ------------------------------------------------------------------------------


@pytest.mark.django_db
def test_who_sleeps_wakes_in_time(ada):
    early = make.ticket(status="open", snoozed_until=make.ago(minutes=1))
    late = make.ticket(status="open", snoozed_until=NOW + timedelta(minutes=1))
    assert wake(at=NOW) == 1
    assert wake(at=NOW) == 0
    early.refresh_from_db()
    late.refresh_from_db()
    assert early.snoozed_until is None and late.snoozed_until
    assert early.timeline().get().verb == "woken"


@pytest.mark.django_db
def test_what_is_resolved_for_a_week_is_closed():
    old = make.ticket(status="resolved", resolved_at=make.ago(days=8))
    make.ticket(status="resolved", resolved_at=make.ago(days=6))
    make.ticket(status="open")
    assert close_resolved(at=NOW) == 1
    assert close_resolved(at=NOW) == 0
    assert old.timeline().get().verb == "closed"


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "closed"), [(9, 0), (8, 1), (5, 2), (0, 0)])
def test_after_how_many_days_is_for_the_house_to_say(days, closed, settings):
    settings.CLOSE_AFTER_DAYS = days
    for age in (8.5, 6, 1):
        make.ticket(status="resolved", resolved_at=make.ago(days=age))
    assert close_resolved(at=NOW) == closed


@pytest.mark.django_db
def test_days_may_be_those_on_which_the_queue_works(settings):
    settings.CLOSE_AFTER_DAYS, settings.CLOSE_ON_WORKING_DAYS = 2, True
    queues = [make.queue(name) for name in ("Weekdays", "Never", "Always")]
    for queue, more in zip(queues[:2], ({}, {"weekly": {}}), strict=True):
        hours = Calendar.objects.create(name=queue.name, timezone="Europe/Berlin", **more)
        hours.publish()
        Queue.objects.filter(pk=queue.pk).update(calendar=hours)
    for queue in (*queues, None):
        for age in (1.9, 2.1, 3.9, 4.1):  # days before a Monday
            make.ticket(status="resolved", resolved_at=make.ago(days=age), queue=queue)
    assert close_resolved(at=NOW) == 1 + 0 + 3 + 3
    closed = Ticket.objects.filter(status="closed")
    assert closed.get(queue=queues[0]).resolved_at == make.ago(days=4.1)


@pytest.mark.django_db
def test_a_required_field_was_asked_for_before_and_holds_up_nothing_now():
    queue = make.queue()
    queue.fields.create(key="invoice", label="Invoice", required=True)
    make.ticket(status="resolved", resolved_at=make.ago(days=8), queue=queue)
    assert close_resolved(at=NOW) == 1


@pytest.mark.django_db
def test_words_are_gathered_until_none_wait():
    Ticket.objects.report(subject="Zebra", at=NOW)
    assert words_due() == 1
    while gather_some():
        pass
    assert words_due() == 0 and SearchDoc.objects.get().counted
