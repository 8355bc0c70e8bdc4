"""Stored clocks follow the verbs of tickets."""

from datetime import timedelta

import pytest
from django.db import connection

from apps.sla.keeping import find
from apps.sla.models import Clock, Policy, PolicyVersion, Terms
from apps.tickets.models import Ticket
from apps.timeline.models import Activity
from tests import make
from tests.make import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(mira):
    return Ticket.objects.report(subject="Invoice", body="Wrong sum", contact=mira, at=NOW)


@pytest.fixture
def mira(db):
    return make.contact("Mira Köhler", customer=make.customer("Acme", tier="business"))


def clock(ticket, kind, cycle=1) -> Clock:
    return Clock.objects.get(ticket=ticket, kind=kind, cycle=cycle)


def test_a_reported_ticket_has_a_first_response_and_a_resolution_clock(ticket):
    clocks = list(ticket.clocks.order_by("kind"))
    assert [(c.kind, c.cycle, c.state, c.target) for c in clocks] == [
        ("first_response", 1, "running", 28_800),
        ("resolution", 1, "running", 144_000),
    ]
    first = clocks[0]
    assert first.started_at == NOW and first.due_at == NOW + timedelta(hours=8)
    assert first.next_event_at == NOW + timedelta(hours=6)
    ticket.refresh_from_db()
    assert (ticket.due_at, ticket.due_kind) == (first.due_at, "first_response")
    assert (ticket.sla_state, ticket.breached) == ("running", False)
    assert Terms.objects.get(ticket=ticket).policy_version == Policy.objects.default().current


def test_a_reply_meets_and_pauses(ticket, ada):
    ticket.reply("Looking into it", by=ada, at=NOW + timedelta(hours=1))
    first, resolution = clock(ticket, "first_response"), clock(ticket, "resolution")
    assert (first.state, first.elapsed, first.decided_at) == (
        "met",
        3600,
        NOW + timedelta(hours=1),
    )
    assert (resolution.state, resolution.due_at, resolution.remaining) == ("paused", None, 140_400)
    ticket.refresh_from_db()
    assert (ticket.sla_state, ticket.sla_left, ticket.due_at) == ("paused", 140_400, None)


def test_a_reply_taken_back_gives_the_clock_back(ticket, ada):
    said = ticket.reply("Oops", by=ada, at=NOW + timedelta(hours=1))
    ticket.take_back(said, by=ada, at=NOW + timedelta(hours=1, seconds=5))
    first = clock(ticket, "first_response")
    assert (first.state, first.due_at) == ("running", NOW + timedelta(hours=8))
    assert clock(ticket, "resolution").state == "running"


def test_a_reply_that_bounced_answered_nothing(ticket, ada):
    said = ticket.reply("Hello", by=ada, at=NOW + timedelta(hours=1))
    ticket.bounce(said, at=NOW + timedelta(hours=2))
    assert clock(ticket, "first_response").state == "running"
    ticket.reply("Again", by=ada, at=NOW + timedelta(hours=9))
    late = clock(ticket, "first_response")
    assert (late.state, late.breached_at) == ("breached_closed", NOW + timedelta(hours=8))


def test_a_turn_of_the_customer_starts_a_next_response(ticket, ada):
    ticket.reply("Better?", by=ada, at=NOW + timedelta(hours=1))
    ticket.hear("No", at=NOW + timedelta(hours=2))
    turn = clock(ticket, "next_response")
    assert (turn.state, turn.started_at) == ("running", NOW + timedelta(hours=2))
    told = ticket.need_no_reply(by=ada, at=NOW + timedelta(hours=3))
    assert clock(ticket, "next_response").state == "met"
    ticket.undo(told.pk, by=ada, at=NOW + timedelta(hours=4))
    assert clock(ticket, "next_response").state == "running"
    ticket.need_no_reply(by=ada, at=NOW + timedelta(hours=5))
    assert clock(ticket, "next_response").state == "met"


def test_verbs_of_one_second_count_in_their_order(ticket, ada):
    """A program is quick: no ticket that is open and owes an answer is without its clock."""
    second = NOW + timedelta(hours=1)
    instants = (second + timedelta(milliseconds=100 * n) for n in range(9))
    ticket.reply("Better?", by=ada, at=next(instants))
    ticket.hear("No", at=next(instants))
    turn = clock(ticket, "next_response")
    assert (turn.state, turn.started_at) == ("running", second)
    ticket.resolve(by=ada, at=next(instants))
    ticket.reopen(by=ada, at=next(instants))
    assert clock(ticket, "resolution").state == "met"
    assert clock(ticket, "resolution", cycle=2).state == "running"
    ticket.move("waiting_customer", by=ada, at=next(instants))
    assert clock(ticket, "resolution", cycle=2).state == "paused"
    ticket.move("open", by=ada, at=next(instants))
    assert clock(ticket, "resolution", cycle=2).state == "running"
    ticket.prioritise("urgent", by=ada, at=next(instants))
    ticket.resolve(by=ada, at=next(instants))
    ticket.hear("It is not solved.", at=next(instants))
    assert clock(ticket, "next_response", cycle=2).state == "running"
    ticket.refresh_from_db()
    assert (ticket.status, ticket.sla_state) == ("open", "running")


def test_another_policy_fits_from_the_instant_the_priority_changes(ticket, ada):
    urgent = Policy.objects.create(
        name="Urgent", priorities=["urgent"], targets={"first_response": 900}
    )
    version = urgent.publish(by=None, at=NOW)
    ticket.prioritise("urgent", by=ada, at=NOW + timedelta(hours=1))
    first = clock(ticket, "first_response")
    assert (first.policy_version, first.priority, first.target) == (version, "urgent", 900)
    assert (first.state, first.breach_cause) == ("breached_open", "target_changed")
    assert first.breached_at == NOW + timedelta(hours=1)
    resolution = clock(ticket, "resolution")
    assert (resolution.state, resolution.reason) == ("cancelled", "policy")
    moved = Activity.objects.get(verb="policy_changed")
    assert moved.data["policy_version"] == [Policy.objects.default().current_id, version.pk]
    assert moved.who == "SLA policies" and moved.at == NOW + timedelta(hours=1)
    ticket.note("Still here", by=ada, at=NOW + timedelta(hours=2))
    assert Activity.objects.filter(verb="policy_changed").count() == 1


def test_one_ticket_costs_few_queries(ticket, ada, django_assert_max_num_queries):
    from apps.sla.clocks import reassess

    with django_assert_max_num_queries(2):
        reassess([ticket.pk])
    Clock.objects.all().delete()
    with django_assert_max_num_queries(2):
        reassess([ticket.pk])
    assert ticket.clocks.count() == 2
    Terms.objects.all().delete()
    with django_assert_max_num_queries(5):
        reassess([ticket.pk])


def test_a_version_never_changes(db):
    version = Policy.objects.default().current
    from django.db import ProgrammingError, transaction

    with pytest.raises(ProgrammingError), transaction.atomic():
        PolicyVersion.objects.filter(pk=version.pk).update(number=9)
    with pytest.raises(ProgrammingError), transaction.atomic():
        Policy.objects.filter(is_default=True)._raw_delete("default")


def test_a_batch_is_read_by_numbers_wherever_its_rows_lie(ticket, mira):
    later = Ticket.objects.report(subject="Export", body="Empty", contact=mira, at=NOW)
    with connection.cursor() as cursor:
        for way in ("indexscan", "bitmapscan", "mergejoin", "hashjoin"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute("UPDATE tickets_ticket SET tags = tags WHERE id = %s", [ticket.pk])
    assert [found.sheet.ticket for found in find([later.pk, ticket.pk])] == [ticket.pk, later.pk]
