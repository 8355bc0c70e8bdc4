"""Preview equals effect: what a dry run says of every clock is what publishing then does."""

from datetime import date, timedelta

import pytest

from apps.calendars.models import Calendar
from apps.outbox.jobs import advance_next
from apps.outbox.models import Job
from apps.sla import dry_run, hours, publishing
from apps.sla.clocks import reassess
from apps.sla.dry_run import Change
from apps.sla.keeping import find
from apps.sla.models import Clock, Policy
from apps.tickets.models import Ticket
from apps.timeline.models import Activity
from apps.timeline.refusal import Refused
from tests import make
from tests.make import NOW

pytestmark = pytest.mark.django_db
HOUR = 3600
LATER = NOW + timedelta(hours=30)  # Tuesday 15:00


@pytest.fixture
def office():
    calendar = Calendar.objects.create(name="Office")
    calendar.publish()
    return calendar


@pytest.fixture
def desk(office, ada, sol):
    """Twelve tickets in every state a clock may have, under two policies."""
    default = Policy.objects.default()
    default.edit(by=sol, at=NOW - timedelta(days=40), calendar=office.pk)
    default.publish(by=sol, at=NOW - timedelta(days=40))
    vip = Policy(name="VIP")
    vip.edit(by=sol, at=NOW, tags=["vip"], targets={"first_response": HOUR, "resolution": 8 * HOUR})
    vip.publish(by=sol, at=NOW - timedelta(days=39))
    mira = make.contact("Mira")
    for n in range(12):
        at = NOW - timedelta(days=n % 4 * 9) + timedelta(minutes=n)
        ticket = Ticket.objects.report(
            subject=f"No. {n}",
            body="x",
            contact=mira,
            assignee=ada,
            priority=["low", "normal", "urgent"][n % 3],
            tags=["vip"] if n % 5 == 0 else [],
            at=at,
        )
        if n % 2:
            ticket.reply("Looking", by=ada, at=at + timedelta(hours=1 + n))
        if n % 3 == 1:
            ticket.hear("And?", at=at + timedelta(hours=20))
        if n % 6 == 3:
            ticket.resolve(by=ada, at=at + timedelta(hours=26))
    reassess(list(Ticket.objects.values_list("pk", flat=True)), at=LATER)
    return default


def told(change):
    """What the preview promises for every clock, and everything that is settled."""
    tickets = list(Ticket.objects.order_by("pk").values_list("pk", flat=True))
    promised = {
        (clock.ticket, *clock.identity): outcome(clock)
        for found in find(tickets)
        for clock in dry_run.expected(change, found, at=LATER)
    }
    return tickets, promised


def outcome(clock):
    return (
        clock.state, clock.target, clock.started_at, clock.due_at, clock.breach_at,
        clock.stopped_at, clock.breached_at, clock.breach_cause, clock.decided_at, clock.elapsed,
        clock.paused,
    )  # fmt: skip


def effect(tickets):
    reassess(tickets, at=LATER)
    return {
        (clock.ticket, *clock.identity): outcome(clock)
        for found in find(tickets)
        for clock in dry_run.clocks_of(dry_run.story_at(found, LATER)[1], int(LATER.timestamp()))
    }


EDITS = {
    "tightened": {"targets": {"first_response": HOUR, "resolution": 4 * HOUR}},
    "loosened": {"targets": {"first_response": 80 * HOUR, "resolution": 200 * HOUR}},
    "a kind given up": {"targets": {"first_response": 8 * HOUR}},
    "by priority": {"by_priority": {"urgent": {"resolution": HOUR}}},
    "all pauses": {"pauses": {"resolution": ["waiting_customer", "open"], "first_response": []}},
    "no calendar": {"calendar": None},
    "resolution around the clock": {"around_the_clock": {"targets": ["resolution"]}},
    "urgent around the clock": {
        "by_priority": {"urgent": {"first_response": 2 * HOUR, "resolution": 9 * HOUR}},
        "around_the_clock": {"by_priority": {"urgent": ["first_response", "resolution"]}},
    },
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_a_policy_edit_does_what_its_preview_says(desk, sol, edit):
    desk.edit(by=sol, at=LATER, **edit)
    change = Change(policy=desk)
    job = dry_run.order(change, by=sol, at=LATER)
    found = dry_run.of_job(job)
    assert found == dry_run.preview(change, at=LATER)
    tickets, promised = told(change)
    settled = set(Clock.objects.exclude(stopped_at=None).values_list("pk", "due_at", "target"))
    before = stored()
    _, applied = publishing.publish_policy(desk, reapply=True, by=sol, at=LATER)
    assert applied.state == "done"
    assert effect(tickets) == promised
    assert settled <= set(Clock.objects.values_list("pk", "due_at", "target"))
    moved = found.moved + found.breached + found.saved
    assert moved == differing(before, stored())
    assert not publishing.behind(desk).exists() or "targets" in edit


def stored():
    return {(clock.ticket_id, clock.kind, clock.cycle): clock for clock in Clock.objects.all()}


def differing(before, after):
    """Clocks that were open and are promised something else now."""

    def said(clock):
        return clock and (
            clock.due_at or clock.calendar_version_id is None,
            clock.breach_at,
            clock.target,
            clock.stopped_at,
            clock.state,
        )

    return sum(
        said(before.get(key)) != said(after.get(key))
        for key in before | after
        if key not in before or before[key].stopped_at is None
    )


def test_a_calendar_edit_does_what_its_preview_says(desk, office, sol):
    hours.set_day(office, (NOW - timedelta(days=1)).date(), [], name="Gone", by=sol, at=LATER)
    hours.set_day(office, NOW.date(), [["09:00", "12:00"]], name="Half", by=sol, at=LATER)
    change = Change(calendar=office)
    with pytest.raises(Refused, match="Try it first"):
        publishing.publish_calendar(office, reapply=True, by=sol, at=LATER)
    job = dry_run.order(change, by=sol, at=LATER)
    assert job.state == "done" and job.result["url"].endswith(f"/{job.pk}/")
    tickets, promised = told(change)
    version, applied = publishing.publish_calendar(office, reapply=True, by=sol, at=LATER)
    assert version.number == 2 and applied.counts["tickets"] > 0
    assert effect(tickets) == promised


def test_days_to_come_go_to_running_clocks_by_themselves(desk, office, sol):
    hours.set_day(office, LATER.date() + timedelta(days=1), [], name="Move", by=sol, at=LATER)
    before = dict(Clock.objects.open().values_list("pk", "due_at"))
    _, applied = publishing.publish_calendar(office, by=sol, at=LATER)
    assert applied.counts["tickets"] > 0
    assert before != dict(Clock.objects.open().values_list("pk", "due_at"))
    [told_of] = hours.timeline(office).filter(verb="published")
    assert told_of.data["version"] == [1, 2]
    with pytest.raises(Refused, match="Nothing was changed"):
        publishing.publish_calendar(office, by=sol, at=LATER)


def test_a_ticket_counted_around_the_clock_follows_its_calendar_for_the_day_it_is_not(
    desk, office, ada, sol
):
    desk.edit(by=sol, at=NOW, by_priority={"urgent": dict.fromkeys(desk.targets, 48 * HOUR)},
              around_the_clock={"by_priority": {"urgent": list(desk.targets)}})  # fmt: skip
    desk.publish(by=sol, at=NOW)
    asked = {"body": "x", "contact": make.contact("Jon"), "priority": "urgent"}
    night = Ticket.objects.report(subject="Night", at=LATER, **asked)
    assert set(night.clocks.values_list("calendar_version", flat=True)) == {None}
    closed = LATER.date() + timedelta(days=1)
    hours.set_day(office, closed, [], name="Move", by=sol, at=LATER)
    before = set(night.clocks.values_list("kind", "due_at"))
    publishing.publish_calendar(office, by=sol, at=LATER)
    assert set(night.clocks.values_list("kind", "due_at")) == before
    night.refresh_from_db()
    night.prioritise("normal", by=ada, at=LATER)
    clock = night.clocks.get(kind="first_response")
    assert clock.calendar_version == Calendar.objects.get(pk=office.pk).current
    assert clock.due_at.date() == closed + timedelta(days=1)


def test_of_a_paused_clock_other_hours_are_a_move(desk, ada, sol):
    [ticket] = Ticket.objects.filter(clocks__kind="resolution", subject="No. 4")
    ticket.move("waiting_customer", by=ada, at=LATER)
    desk.edit(by=sol, at=LATER, around_the_clock={"targets": ["resolution"]})
    found = dry_run.preview(Change(policy=desk), at=LATER)
    assert {"ticket": ticket.pk, "kind": "resolution", "was": None, "will": None} in found.listed[
        "moved"
    ]


def test_days_that_are_over_leave_running_clocks_alone_unless_asked(desk, office, sol):
    hours.set_day(office, NOW.date(), [], name="Late news", by=sol, at=LATER)
    before = dict(Clock.objects.values_list("pk", "due_at"))
    _, applied = publishing.publish_calendar(office, by=sol, at=LATER)
    assert applied is None
    assert before == dict(Clock.objects.values_list("pk", "due_at"))


def test_reapplying_needs_a_dry_run_of_this_very_draft(desk, sol):
    desk.edit(by=sol, at=LATER, targets={"first_response": HOUR})
    with pytest.raises(Refused, match="Try it first"):
        publishing.publish_policy(desk, reapply=True, by=sol, at=LATER)
    dry_run.order(Change(policy=desk), by=sol, at=LATER)
    desk.edit(by=sol, at=LATER, targets={"first_response": 2 * HOUR})
    with pytest.raises(Refused, match="Try it first"):
        publishing.publish_policy(desk, reapply=True, by=sol, at=LATER)


def test_open_tickets_may_follow_later_by_a_verb_of_its_own(desk, sol):
    desk.edit(by=sol, at=LATER, targets={"first_response": HOUR, "resolution": 5 * HOUR})
    publishing.publish_policy(desk, by=sol, at=LATER)
    assert publishing.behind(desk).exists()
    with pytest.raises(Refused, match="Try it first"):
        publishing.reapply_policy(desk, by=sol, at=LATER)
    dry_run.order(Change(policy=desk), by=sol, at=LATER)
    job = publishing.reapply_policy(desk, by=sol, at=LATER, reason="As agreed")
    assert job.counts["tickets"] > 0 and not publishing.behind(desk).exists()
    count = Activity.objects.filter(verb="policy_changed").count()
    publishing.reapply_policy(desk, by=sol, at=LATER)  # twice is once
    assert Activity.objects.filter(verb="policy_changed").count() == count
    desk.edit(by=sol, at=LATER, targets={"first_response": 2 * HOUR})
    with pytest.raises(Refused, match="publish it"):
        publishing.reapply_policy(desk, by=sol, at=LATER)


def test_the_past_is_told_as_it_was_and_as_it_would_have_been(desk, sol):
    desk.edit(by=sol, at=LATER, targets={"first_response": 1, "resolution": 1})
    past = dry_run.preview(Change(policy=desk), at=LATER).past
    open_or_done = Clock.objects.filter(policy_version__policy=desk)
    assert past["was"]["met"] == open_or_done.filter(state="met").count() > 0
    assert past["would"]["met"] < past["was"]["met"]
    assert past["would"]["breached"] > past["was"]["breached"]


def test_a_waived_breach_counts_on_neither_side(desk, sol):
    from apps.sla.waiving import waive

    clock = Clock.objects.filter(policy_version__policy=desk, breached_at__isnull=False).first()
    before = dry_run.preview(Change(policy=desk), at=LATER).past["was"]["breached"]
    waive(clock.ticket, clock.kind, clock.cycle, reason="Ours", by=sol, at=LATER)
    after = dry_run.preview(Change(policy=desk), at=LATER).past
    assert after["was"]["breached"] == after["would"]["breached"] == before - 1


@pytest.fixture
def few(monkeypatch):
    """As if twelve tickets were many."""
    monkeypatch.setattr(dry_run, "AT_ONCE", 2)
    monkeypatch.setattr(dry_run, "BATCH", 3)
    monkeypatch.setattr(publishing, "AT_ONCE", 2)
    monkeypatch.setattr(publishing, "BATCH", 3)


def test_many_tickets_are_a_job_with_progress(desk, sol, few):
    desk.edit(by=sol, at=LATER, targets={"first_response": HOUR, "resolution": 4 * HOUR})
    change = Change(policy=desk)
    job = dry_run.order(change, by=sol, at=LATER)
    assert job.state == "pending" and job.total > 3
    while advance_next():
        pass
    job.refresh_from_db()
    assert (job.state, job.done) == ("done", job.total)
    assert dry_run.of_job(job) == dry_run.preview(change, at=LATER)
    tickets, promised = told(change)
    _, applied = publishing.publish_policy(desk, reapply=True, by=sol, at=LATER)
    assert applied.state == "pending"
    while advance_next():
        pass
    assert Job.objects.get(pk=applied.pk).state == "done"
    assert effect(tickets) == promised


def test_a_draft_that_changes_under_a_dry_run_ends_it(desk, sol, few):
    desk.edit(by=sol, at=LATER, targets={"first_response": HOUR})
    job = dry_run.order(Change(policy=desk), by=sol, at=LATER)
    desk.edit(by=sol, at=LATER, targets={"first_response": 2 * HOUR})
    advance_next()
    job.refresh_from_db()
    assert (job.state, job.last_error) == ("failed", "The draft was changed since: try it again.")


def test_a_draft_that_says_nothing_sensible_is_not_tried(desk):
    desk.targets = {"first_response": -1}
    with pytest.raises(Refused, match="cannot be promised"):
        Change(policy=desk)


def test_hours_never_published_are_tried_as_drafted(desk, sol):
    new = Calendar.objects.create(name="Night")
    desk.edit(by=sol, at=LATER, calendar=new.pk)
    change = Change(policy=desk)
    dry_run.order(change, by=sol, at=LATER)
    tickets, promised = told(change)
    publishing.publish_policy(desk, reapply=True, by=sol, at=LATER)
    assert effect(tickets) == promised
    assert Calendar.objects.get(pk=new.pk).current.number == 1


def test_only_so_many_are_named_and_all_are_counted(desk, sol, monkeypatch):
    monkeypatch.setattr(dry_run, "LISTED", 1)
    desk.edit(by=sol, at=LATER, targets={"first_response": HOUR, "resolution": 4 * HOUR})
    found = dry_run.preview(Change(policy=desk), at=LATER)
    assert all(len(named) <= 1 for named in found.listed.values())
    assert found.breached + found.moved > 2


def test_saved_is_what_was_due_within_a_day_and_is_not_any_more(desk, sol):
    desk.edit(by=sol, at=LATER, targets={"first_response": 80 * HOUR, "resolution": 900 * HOUR})
    found = dry_run.preview(Change(policy=desk), at=LATER)
    soon = Clock.objects.open().filter(
        policy_version__policy=desk, breached_at=None, breach_at__lte=LATER + dry_run.SOON
    )
    assert found.saved == soon.count()
    assert date(2026, 11, 24) == LATER.date()
