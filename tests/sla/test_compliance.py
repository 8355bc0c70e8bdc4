"""Compliance by its definitions, against a count written apart."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from apps.figures.figure import Window
from apps.figures.registry import compute, definition
from apps.figures.rules import quantile, quantile_interval
from apps.sla import compliance
from apps.sla.models import Audit, Clock, Policy, Waiver
from tests import make
from tests.make import NOW

pytestmark = pytest.mark.django_db
WINDOW = Window(NOW - timedelta(days=28), NOW)
STATES = ["met", "breached_open", "breached_closed", "cancelled", "running"]


def clock(ticket, kind="resolution", state="met", *, decided=None, cycle=1, **fields):
    version = Policy.objects.default().current
    decided = decided or NOW - timedelta(days=3)
    stopped = None if state in ("breached_open", "running") else decided
    return Clock.objects.create(
        **{
            "ticket": ticket,
            "kind": kind,
            "cycle": cycle,
            "state": state,
            "priority": ticket.priority,
            "started_at": decided - timedelta(hours=5),
            "stopped_at": stopped,
            "breached_at": decided if "breached" in state else None,
            "decided_at": decided if state not in ("cancelled", "running") else None,
            "target": 3600,
            "elapsed": 1800,
            "paused": 600,
            "policy_version": version,
            "assessed_at": NOW,
            "noticed_at": NOW,
        }
        | fields
    )


@pytest.fixture
def desk(sol):
    """Two hundred clocks of every kind and outcome, some outside the window."""
    dice = random.Random(7)
    made = []
    for _ in range(200):
        ticket = make.ticket(priority=dice.choice(["urgent", "normal"]))
        decided = NOW - timedelta(seconds=dice.randrange(-86_400, 40 * 86_400))
        one = clock(
            ticket,
            dice.choice(["first_response", "resolution"]),
            dice.choice(STATES),
            decided=decided,
            repeats=dice.random() < 0.1,
            elapsed=dice.randrange(10_000),
            paused=dice.randrange(500),
        )
        if "breached" in one.state and dice.random() < 0.3:
            Waiver.objects.create(ticket=ticket, kind=one.kind, cycle=1, reason="x", by=sol, at=NOW)
        made.append(one)
    return made


def brute(clocks, window, kind, priority):
    found = dict.fromkeys(compliance.OUTCOMES, 0)
    waived = {(w.ticket_id, w.kind) for w in Waiver.objects.all()}
    for one in clocks:
        if one.kind != kind or one.priority != priority:
            continue
        at = one.stopped_at if one.state == "cancelled" else one.decided_at
        if at is None or not window.start <= at < window.end:
            continue
        if one.state == "cancelled":
            found["cancelled"] += 1
        elif not one.repeats:
            breached = "waived" if (one.ticket_id, one.kind) in waived else "breached"
            found["met" if one.state == "met" else breached] += 1
    return found


def test_the_tally_is_the_brute_count_and_every_number_is_its_tickets(desk):
    sums = compliance.summed(compliance.tally(WINDOW), "kind", "priority")
    for (kind, priority), one in sums.items():
        counted = brute(desk, WINDOW, kind, priority)
        assert {outcome: getattr(one, outcome) for outcome in compliance.OUTCOMES} == counted
        for outcome in compliance.OUTCOMES:
            behind = compliance.clocks_behind(WINDOW, outcome, kind=kind, priority=priority)
            assert behind.count() == counted[outcome]
    total = compliance.summed(sums.values())[()]
    figure = compute("sla.compliance", at=NOW, window=WINDOW)
    assert (figure.numerator, figure.denominator) == (total.met, total.decided)
    assert figure.interval[0] < figure.value < figure.interval[1]
    one = compute("sla.compliance", at=NOW, window=WINDOW, kind="resolution", priority="urgent")
    assert one.numerator == sums["resolution", "urgent"].met


def test_by_cohort_counts_when_they_started(desk):
    tallies = compliance.tally(WINDOW, mode="cohort")
    total = compliance.summed(tallies)[()]
    for outcome in compliance.OUTCOMES:
        behind = compliance.clocks_behind(WINDOW, outcome, mode="cohort")
        assert behind.count() == getattr(total, outcome)


def test_weeks_begin_on_monday_in_the_zone_asked_for(db):
    sunday_night = datetime(2026, 11, 15, 23, 30, tzinfo=UTC)
    clock(make.ticket(), decided=sunday_night)
    [here] = compliance.tally(WINDOW, zone="UTC")
    [berlin] = compliance.tally(WINDOW, zone="Europe/Berlin")
    assert (str(here.week), str(berlin.week)) == ("2026-11-09", "2026-11-16")


def test_quantiles_and_their_intervals_are_those_of_the_rules(desk):
    took = sorted(
        one.elapsed
        for one in desk
        if one.kind == "resolution"
        and one.state in ("met", "breached_closed")
        and WINDOW.start <= one.stopped_at < WINDOW.end
    )
    found = compliance.took(WINDOW, at=NOW)
    for q in compliance.QUANTILES:
        reading = found["resolution", False, q]
        assert reading.value == pytest.approx(quantile(took, q))
        assert reading.interval == quantile_interval(took, q)
        assert reading.n == len(took)
    figure = compute("support.resolution.p90", at=NOW, window=WINDOW, time="calendar")
    assert figure.value == 5 * 3600


def test_what_nobody_answered_yet_counts_at_its_age(db):
    began = NOW - timedelta(hours=30)
    for state in ("running", "breached_open"):
        clock(make.ticket(), state=state, kind="first_response", started_at=began)
    figure = compute("support.first_response.p90", at=NOW, time="calendar")
    assert (figure.n, figure.value) == (2, 30 * 3600)
    rows = definition("support.first_response.p90").rows_of(at=NOW)
    assert rows.queryset.count() == 2
    assert compute("support.first_response.p90", at=NOW).value == 30 * 3600  # around the clock


def test_few_are_not_judged_and_none_is_no_number(db):
    assert compute("sla.compliance", at=NOW).state == "no_data"
    assert compute("support.first_response.p50", at=NOW).state == "no_data"
    assert compute("support.pause_share", at=NOW).state == "no_data"
    clock(make.ticket())
    assert compute("sla.compliance", at=NOW).state == "low_sample"
    share = compute("support.pause_share", at=NOW)
    assert (share.numerator, share.denominator, share.value) == (600, 2400, 0.25)


def test_what_is_overdue_and_what_is_coming(db):
    clock(make.ticket(), state="breached_open", due_at=NOW - timedelta(hours=1))
    clock(make.ticket(), state="running", due_at=NOW + timedelta(hours=1))
    clock(make.ticket(), state="running", due_at=NOW + timedelta(days=2))
    assert compute("sla.overdue", at=NOW).value == 1
    assert compute("sla.due_soon", at=NOW).value == 1


def test_an_audit_that_never_ran_is_no_zero(db):
    assert compute("sla.audit.differences", at=NOW).state == "no_data"
    Audit.objects.create(at=NOW - timedelta(hours=3), clocks=9, finished_at=NOW)
    assert compute("sla.audit.differences", at=NOW).state == "met"
    assert compute("sla.audit.differences", at=NOW + timedelta(days=2)).state == "stale"


@pytest.mark.parametrize(
    "key", ["sla.compliance", "sla.overdue", "sla.due_soon", "support.resolution.p50"]
)
def test_figures_show_their_rows(desk, key):
    from apps.figures.registry import definition

    rows, _ = definition(key).rows_of(at=NOW).page()
    assert all(row.url.startswith("/tickets/") for row in rows)
    assert rows or key == "sla.due_soon"


def test_files_hold_no_formula(db):
    ticket = make.ticket("=HYPERLINK(1)")
    clock(ticket)
    [row] = compliance.clock_rows(compliance.clocks_behind(WINDOW, "met"))
    assert row[1] == "'=HYPERLINK(1)" and len(row) == len(compliance.CLOCK_HEAD)
    [line] = compliance.csv_rows(compliance.tally(WINDOW))
    assert line[-1] == "1.000000" and len(line) == len(compliance.HEAD)
    [empty] = compliance.csv_rows([compliance.Tally("resolution", "low", NOW.date())])
    assert empty[-1] == ""
