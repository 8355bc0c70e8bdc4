"""The same done to many tickets: each whole or not at all, quick, and taken back by one verb."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from apps.outbox import jobs
from apps.outbox.models import Job, Notification
from apps.sla import waiving
from apps.sla.models import Clock, Policy
from apps.tickets.models import BulkChange, Macro, Ticket
from apps.tickets.models import bulk as bulk_models
from apps.tickets.rules.restoring import Told, restoring
from apps.timeline.models import Activity
from apps.timeline.refusal import Lost, Refused
from tests import make
from tests.make import NOW

LATER = NOW + timedelta(minutes=10)
STILL_LATER = NOW + timedelta(minutes=20)
LATE = NOW + timedelta(hours=3)
COLUMNS = (
    *("status", "label", "priority", "assignee", "queue", "tags", "fields", "snoozed_until"),
    *("waiting_since", "first_replied_at", "resolved_at", "closed_at", "snippet"),
    *("due_at", "due_kind", "sla_state", "sla_left", "breached"),
)


def reported(mira):
    return [
        Ticket.objects.report(
            subject=f"Matter {n}", body="Please look.", contact=mira, tags=["old"], at=NOW
        )
        for n in range(3)
    ]


@pytest.fixture
def tickets(mira):
    return reported(mira)


def those(tickets):
    return Ticket.objects.filter(pk__in=[one.pk for one in tickets])


def state(tickets):
    return list(those(tickets).order_by("pk").values_list(*COLUMNS))


def clocks(tickets):
    rows = Clock.objects.filter(ticket__in=tickets).order_by("ticket", "kind", "cycle")
    names = ("ticket", "kind", "cycle", "state", "started_at", "due_at", "stopped_at", "target")
    return list(rows.values_list(*names))


def outcomes(bulk):
    return dict(bulk.items.values_list("ticket", "outcome"))


def test_every_ticket_takes_every_step_by_its_own_verbs(tickets, ada, sol):
    support = make.queue("Billing")
    steps = [
        {"do": "assign", "to": ada.email},
        {"do": "priority", "to": "high"},
        {"do": "queue", "to": support.slug},
        {"do": "tag", "add": ["vip"], "remove": ["old"]},
        {"do": "snooze", "for": (LATER + timedelta(days=1)).isoformat()},
    ]
    bulk = BulkChange.order(those(tickets), steps, by=sol, at=LATER)
    assert set(outcomes(bulk).values()) == {"changed"} and bulk.done_at == LATER
    for ticket in those(tickets):
        assert (ticket.assignee, ticket.priority, ticket.queue) == (ada, "high", support)
        assert ticket.tags == ["vip"] and ticket.status == "open" and ticket.updated_at == LATER
        assert ticket.snoozed_until == LATER + timedelta(days=1)
        verbs = [one.verb for one in ticket.timeline() if one.data.get("bulk") == bulk.pk]
        assert sorted(verbs) == ["assigned", "filed", "prioritised", "snoozed", "tagged"]
    told = Notification.objects.get(person=ada)
    assert told.sentence == "Sol Martínez gave you 3 tickets"


def test_in_a_batch_a_ticket_is_as_its_verbs_alone_would_leave_it(tickets, mira, ada, sol):
    one, *_ = tickets
    alone = Ticket.objects.report(
        subject="Matter 0", body="Please look.", contact=mira, tags=["old"], at=NOW
    )
    alone.prioritise("urgent", by=sol, at=LATER)
    alone.assign(ada, by=sol, at=LATER)
    alone.resolve(by=sol, at=LATER)
    steps = [
        {"do": "assign", "to": ada.email},
        {"do": "priority", "to": "urgent"},
        {"do": "status", "to": "resolved"},
    ]
    BulkChange.order(those([one]), steps, by=sol, at=LATER)
    assert state([one]) == state([alone])
    mine, theirs = ([row[1:] for row in clocks([each])] for each in (one, alone))
    assert mine == theirs and mine


def test_a_ticket_that_refuses_one_step_takes_none(tickets, ada, sol):
    strict = make.queue("Strict")
    strict.fields.create(key="cause", label="Cause", required=True)
    tickets[0].file_under(strict, by=ada, at=NOW)
    steps = [{"do": "priority", "to": "high"}, {"do": "status", "to": "resolved"}]
    bulk = BulkChange.order(those(tickets), steps, by=sol, at=LATER)
    refused = bulk.items.get(outcome="refused")
    assert refused.ticket == tickets[0] and refused.reason == "Fill in Cause first."
    tickets[0].refresh_from_db()
    assert tickets[0].priority == "normal"
    assert not tickets[0].timeline().filter(data__has_key="bulk").exists()
    assert bulk.counts()["changed"] == 2


def test_what_is_so_already_is_told_nowhere(tickets, sol):
    before = Activity.objects.filter(kind="ticket").count()
    bulk = BulkChange.order(those(tickets), [{"do": "priority", "to": "normal"}], by=sol, at=LATER)
    assert set(outcomes(bulk).values()) == {"same"}
    assert Activity.objects.filter(kind="ticket").count() == before


@pytest.mark.parametrize(
    "steps, said",
    [
        ([], "Choose what to change"),
        ([{"do": "dance"}], "cannot"),
        ([{"do": "assign", "to": "nobody@nowhere.test"}], "no person"),
        ([{"do": "queue", "to": "nowhere"}], "no queue"),
        ([{"do": "snooze", "for": "yesterday-ish"}], "no time to come"),
        ([{"do": "snooze", "for": "2026-99-99T00:00"}], "no time to come"),
        ([{"do": "note", "text": "Hello"}], "macro"),
    ],
)
def test_what_cannot_be_done_begins_nothing(tickets, sol, steps, said):
    with pytest.raises(Refused, match=said):
        BulkChange.order(those(tickets), steps, by=sol, at=LATER)
    assert not BulkChange.objects.exists()


def test_nothing_is_done_to_nothing_or_to_too_much(tickets, sol, monkeypatch):
    steps = [{"do": "priority", "to": "high"}]
    with pytest.raises(Refused, match="Pick some"):
        BulkChange.order(Ticket.objects.none(), steps, by=sol, at=LATER)
    monkeypatch.setattr(bulk_models, "MOST", 2)
    with pytest.raises(Refused, match="the most"):
        BulkChange.order(those(tickets), steps, by=sol, at=LATER)


def test_one_needs_the_permission_of_each_step(tickets, pia):
    with pytest.raises(Refused, match="roles"):
        BulkChange.order(those(tickets), [{"do": "priority", "to": "high"}], by=pia, at=LATER)


# --- taken back ------------------------------------------------------------------------------


def test_one_verb_takes_all_of_it_back_clocks_included(tickets, ada, sol):
    tickets[1].assign(ada, by=ada, at=NOW)
    before, running = state(tickets), clocks(tickets)
    steps = [
        {"do": "assign", "to": sol.email},
        {"do": "tag", "add": ["wave"], "remove": ["old"]},
        {"do": "status", "to": "resolved"},
    ]
    bulk = BulkChange.order(those(tickets), steps, by=sol, at=LATER)
    assert state(tickets) != before and clocks(tickets) != running
    bulk.undo(by=sol, at=STILL_LATER)
    assert set(outcomes(bulk).values()) == {"restored"}
    assert state(tickets) == before
    assert clocks(tickets) == running
    with pytest.raises(Refused, match="already"):
        bulk.undo(by=sol, at=STILL_LATER)


@pytest.fixture
def urgent_in_half_an_hour(db):
    policy = Policy.objects.default()
    policy.by_priority = {"urgent": {"first_response": 1800}}
    policy.save()
    policy.publish(by=None, at=NOW - timedelta(days=1))


@pytest.mark.usefixtures("urgent_in_half_an_hour")
def test_a_promise_broken_by_a_bulk_change_is_whole_again_once_it_is_undone(mira, sol):
    strict = Policy.objects.create(
        name="Outage", tags=["outage"], targets={"first_response": 60, "resolution": 3600}
    )
    strict.publish(by=None, at=NOW, reason="For outages.")
    tickets = reported(mira)
    running = clocks(tickets)
    at = LATE
    for steps in (
        [{"do": "priority", "to": "urgent"}],
        [{"do": "tag", "add": ["outage"]}],
        [{"do": "tag", "add": ["outage"]}, {"do": "priority", "to": "high"}],
    ):
        bulk = BulkChange.order(those(tickets), steps, by=sol, at=at)
        assert any(row[3] == "breached_open" for row in clocks(tickets)), steps
        bulk.undo(by=sol, at=(at := at + timedelta(minutes=5)))
        at += timedelta(minutes=5)
        assert clocks(tickets) == running, steps
        assert set(those(tickets).values_list("breached", flat=True)) == {False}


@pytest.mark.usefixtures("urgent_in_half_an_hour")
def test_one_change_of_one_ticket_is_taken_back_as_if_it_had_never_been(mira, ada, sol):
    ticket = reported(mira)[0]
    before, running = state([ticket]), clocks([ticket])
    ticket.prioritise("urgent", by=ada, at=LATE)
    told = ticket.timeline().get(verb="prioritised").pk
    assert ("breached_open",) in {row[3:4] for row in clocks([ticket])}
    ticket.undo(told, by=ada, at=LATE + timedelta(seconds=20))
    assert state([ticket]) == before and clocks([ticket]) == running
    with pytest.raises(Lost):
        ticket.undo(told, by=ada, at=LATE + timedelta(seconds=30))
    ticket.tag(["wave"], by=ada, at=LATE + timedelta(minutes=1))
    first = ticket.timeline().get(verb="tagged").pk
    ticket.tag(["other"], by=sol, at=LATE + timedelta(minutes=2))
    with pytest.raises(Lost):
        ticket.undo(first, by=ada, at=LATE + timedelta(minutes=3))
    ticket.file_under(make.queue("Billing"), by=sol, at=LATE + timedelta(minutes=4))
    filed = ticket.timeline().get(verb="filed").pk
    ticket.undo(filed, by=sol, at=LATE + timedelta(minutes=5))
    assert ticket.queue_id is None


@pytest.mark.usefixtures("urgent_in_half_an_hour")
def test_what_loosens_after_another_change_mends_nothing(mira, sol):
    tickets = reported(mira)
    bulk = BulkChange.order(those(tickets), [{"do": "priority", "to": "urgent"}], by=sol, at=LATE)
    tickets[0].refresh_from_db()
    tickets[0].prioritise("normal", by=sol, at=LATE + timedelta(minutes=1))
    bulk.undo(by=sol, at=LATE + timedelta(minutes=5))
    broken = {row[0] for row in clocks(tickets) if row[3] == "breached_open"}
    assert broken == {tickets[0].pk}


def test_who_did_it_or_a_lead_takes_it_back(tickets, ada, sol):
    steps = [{"do": "priority", "to": "high"}]
    with pytest.raises(Refused, match="lead"):
        BulkChange.order(those(tickets), steps, by=sol, at=LATER).undo(by=ada, at=LATER)
    BulkChange.order(those(tickets), [{"do": "priority", "to": "low"}], by=ada, at=LATER).undo(
        by=sol, at=STILL_LATER
    )


def test_what_was_changed_since_stays_and_is_named(tickets, ada, sol):
    steps = [{"do": "assign", "to": ada.email}, {"do": "priority", "to": "high"}]
    bulk = BulkChange.order(those(tickets), steps, by=sol, at=LATER)
    tickets[0].prioritise("urgent", by=ada, at=LATER)
    bulk.undo(by=sol, at=STILL_LATER)
    kept = bulk.items.get(outcome="kept")
    assert (kept.ticket, kept.reason) == (tickets[0], "Changed since: priority.")
    tickets[0].refresh_from_db()
    assert (tickets[0].priority, tickets[0].assignee) == ("urgent", None)
    assert set(those(tickets[1:]).values_list("priority", flat=True)) == {"normal"}


def test_a_message_that_came_since_is_still_waiting(tickets, sol):
    bulk = BulkChange.order(those(tickets), [{"do": "priority", "to": "low"}], by=sol, at=LATER)
    done = BulkChange.order(those(tickets), [{"do": "status", "to": "resolved"}], by=sol, at=LATER)
    tickets[0].note("Checked.", by=sol, at=LATER)
    tickets[1].hear("Still broken!", at=LATER)
    done.undo(by=sol, at=STILL_LATER)
    bulk.undo(by=sol, at=STILL_LATER)
    for ticket in tickets:
        ticket.refresh_from_db()
        assert ticket.waiting_since in (NOW, LATER) and ticket.priority == "normal"
    assert tickets[1].status == "open"


def test_a_macro_may_be_used_on_many(tickets, sol):
    macro = Macro.add(
        title="Known", steps=[{"do": "reply", "text": "We know."}, {"do": "tag", "add": ["known"]}],
        by=sol, at=NOW,
    )  # fmt: skip
    bulk = BulkChange.order(those(tickets), macro=macro, by=sol, at=LATER)
    assert bulk.says == "uses “Known”" and bulk.counts()["changed"] == 3
    assert all(ticket.messages.filter(direction="out").count() == 1 for ticket in tickets)
    bulk.undo(by=sol, at=STILL_LATER)
    for ticket in those(tickets):
        assert ticket.status == "waiting_customer" and ticket.tags == ["old"]
    assert set(bulk.items.values_list("reason", flat=True)) == {"Changed since: status."}


# --- many ------------------------------------------------------------------------------------


def test_many_are_long_work_that_goes_on_and_back(tickets, sol, monkeypatch):
    monkeypatch.setattr(bulk_models, "AT_ONCE", 2)
    before = state(tickets)
    bulk = BulkChange.order(those(tickets), [{"do": "priority", "to": "high"}], by=sol, at=LATER)
    assert bulk.job.total == 3 and not bulk.done_at
    with pytest.raises(Refused, match="at work"):
        bulk.undo(by=sol, at=LATER)
    assert jobs.advance_next()
    bulk.job.refresh_from_db()
    assert (bulk.job.state, bulk.job.done, bulk.job.counts) == ("done", 3, {"Changed": 3})
    assert bulk.job.result["url"] == bulk.get_absolute_url()
    bulk.undo(by=sol, at=STILL_LATER)
    assert jobs.advance_next()
    assert [row[:8] for row in state(tickets)] == [row[:8] for row in before]
    assert bulk.counts()["restored"] == 3


def test_what_was_cancelled_can_be_taken_back(tickets, sol, monkeypatch):
    monkeypatch.setattr(bulk_models, "AT_ONCE", 2)
    bulk = BulkChange.order(those(tickets), [{"do": "priority", "to": "high"}], by=sol, at=LATER)
    bulk.do_some(at=LATER)
    bulk.job.cancel(by=sol, at=LATER)
    bulk = BulkChange.objects.get()
    assert bulk.can_be_undone
    bulk.undo(by=sol, at=STILL_LATER)
    assert sorted(outcomes(bulk).values()) == ["restored", "restored", "waiting"]
    assert set(those(tickets).values_list("priority", flat=True)) == {"normal"}


def test_what_is_written_is_a_few_statements_however_many(tickets, mira, sol):
    more = [make.ticket(contact=mira) for _ in range(30)]
    steps = [{"do": "priority", "to": "high"}, {"do": "tag", "add": ["wave"]}]

    def writes(some):
        with CaptureQueriesContext(connection) as captured:
            BulkChange.order(those(some), steps, by=sol, at=LATER)
        points = ("SAVEPOINT", "RELEASE")
        return sum(not query["sql"].startswith(points) for query in captured)

    assert writes(more) == writes(tickets)
    assert Job.objects.count() == 0


# --- the rule --------------------------------------------------------------------------------

fields = st.sampled_from(["status", "priority", "assignee", "tags"])
told = st.lists(
    st.dictionaries(fields, st.tuples(st.integers(), st.integers()).map(list), max_size=3),
    max_size=4,
).map(lambda rows: [Told(n, "moved", data) for n, data in enumerate(rows)])


@given(told, told)
def test_every_field_is_put_back_or_kept(ours, later):
    found = restoring(ours, later)
    changed = {name for one in ours for name in one.data}
    touched = {name for one in later for name in one.data}
    assert set(found.values()) == changed - touched
    assert set(found.kept) == changed & touched
    first = {name: one.data[name][0] for one in reversed(ours) for name in one.data}
    assert all(first[name] == value for name, value in found.values().items())


# --- what somebody objects to ---------------------------------------------------------------------


def test_a_due_date_set_by_hand_is_not_passed_over_by_a_priority(tickets, ada, sol):
    held = tickets[0]
    due = LATER + timedelta(days=3)
    waiving.set_due(held, "resolution", due, reason="Agreed on the phone", by=sol, at=NOW)
    bulk = BulkChange.order(those(tickets), [{"do": "priority", "to": "high"}], by=sol, at=LATER)
    assert outcomes(bulk)[held.pk] == "refused" and bulk.counts()["changed"] == 2
    assert "is due when somebody said" in bulk.items.get(ticket=held).reason
    macro = Macro.objects.create(title="Rush", steps=[{"do": "priority", "to": "urgent"}])
    with pytest.raises(Refused, match="is due when somebody said"):
        macro.apply(held, by=sol, at=LATER)
    macro.apply(tickets[1], by=sol, at=LATER)
    bulk = BulkChange.order(those(tickets), [{"do": "tag", "add": ["x"]}], by=sol, at=LATER)
    assert bulk.counts()["changed"] == 3


# --- merging --------------------------------------------------------------------------------------

MERGED = (*COLUMNS, "merged_into", "absorbed")


def whole(tickets):
    return list(those(tickets).order_by("pk").values_list(*MERGED))


def test_many_become_one_and_are_given_back(tickets, ada, sol):
    tickets[1].reply("On it.", by=ada, at=NOW + timedelta(minutes=5))
    before, ran = whole(tickets), clocks(tickets)
    into = tickets[0]
    bulk = BulkChange.merge(those(tickets), into, by=ada, at=LATER)
    assert set(outcomes(bulk).values()) == {"changed"} and bulk.says == f"merges into #{into.pk}"
    into.refresh_from_db()
    assert into.absorbed == 2 and len(into.family()) == 3
    bulk.undo(by=sol, at=STILL_LATER)
    assert set(outcomes(bulk).values()) == {"restored"}
    assert (whole(tickets), clocks(tickets)) == (before, ran)


def test_each_refuses_a_merge_for_itself_and_what_was_changed_since_stays(tickets, ada, mira):
    first, second, third = tickets
    other = Ticket.objects.report(
        subject="Other", body="x", contact=make.contact("Otto Jansen"), at=NOW
    )
    all_of_them = Ticket.objects.filter(pk__in=[first.pk, second.pk, third.pk, other.pk])
    bulk = BulkChange.merge(all_of_them, first, by=ada, at=LATER)
    assert outcomes(bulk)[other.pk] == "refused"
    assert "different customers" in bulk.items.get(ticket=other).reason
    second.refresh_from_db()
    second.unmerge(by=ada, at=LATER)
    bulk.undo(by=ada, at=STILL_LATER)
    assert outcomes(bulk) == {other.pk: "refused", second.pk: "kept", third.pk: "restored"}
    assert "not merged into" in bulk.items.get(ticket=second).reason
    agreed = BulkChange.merge(all_of_them, first, by=ada, at=STILL_LATER, across=True)
    assert set(outcomes(agreed).values()) == {"changed"}


def test_what_takes_no_merge_and_who_may_not(tickets, ada, pia):
    first = tickets[0]
    with pytest.raises(Refused, match="roles"):
        BulkChange.merge(those(tickets), first, by=pia, at=LATER)
    with pytest.raises(Refused, match="Pick some"):
        BulkChange.merge(those([first]), first, by=ada, at=LATER)
    first.mark_spam(by=ada, at=LATER)
    with pytest.raises(Refused, match="is spam"):
        BulkChange.merge(those(tickets), first, by=ada, at=LATER)
    assert not BulkChange.objects.exists()


def test_many_merges_are_long_work(tickets, ada, monkeypatch):
    monkeypatch.setattr(bulk_models, "MERGED_AT_ONCE", 1)
    bulk = BulkChange.merge(those(tickets), tickets[0], by=ada, at=LATER)
    assert bulk.job and not bulk.done_at
    while jobs.advance_next():
        pass
    bulk.refresh_from_db()
    assert bulk.done_at and set(outcomes(bulk).values()) == {"changed"}
