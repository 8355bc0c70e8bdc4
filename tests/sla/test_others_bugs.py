"""Bugs that were read in the code of other desks, each as a test of ours (see docs/desk.md)."""

import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from apps.calendars.rules import compile_calendar
from apps.calendars.rules.shape import Malformed
from apps.outbox.models import Notification
from apps.sla.models import Policy
from apps.sla.scenario import clocks_of
from apps.sla.sweep import sweep
from apps.tickets.models import Ticket
from tests import make
from tests.make import NOW

from .test_rules import FRT, HOUR, OFFICE, clocks, like, policy, scenario, when

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")


def at_work(*spans: tuple[str, str], **more) -> dict:
    """A working week of these spans a day."""
    weekly = {day: [list(span) for span in spans] for day in WEEKDAYS}
    return {"timezone": "UTC", "weekly": weekly, **more}


@pytest.fixture
def mira(db):
    return make.contact("Mira Köhler")


@pytest.fixture
def promised(db):
    """The default policy, with these rungs and nothing else."""

    def publish(*rungs: dict) -> None:
        default = Policy.objects.default()
        default.targets, default.ladder = {FRT: HOUR}, list(rungs)
        default.save()
        default.publish(by=None, at=NOW)

    return publish


# Days off were taken from the age that was asked for, so that holidays escalated sooner.


@pytest.mark.parametrize("days_off", range(1, 5))
def test_holidays_never_shorten_an_age(days_off):
    off = {f"2024-05-{7 + n:02}": [] for n in range(days_off)}
    target = 12 * HOUR  # half of it on the first day
    plain = clocks(policy(frt=target), now="09:00", calendar=at_work(("09:00", "17:00")))["frt1"]
    closed = clocks(
        policy(frt=target), now="09:00", calendar=at_work(("09:00", "17:00"), overrides=off)
    )["frt1"]
    assert closed["due_at"] > plain["due_at"]
    assert closed["target"] == plain["target"] == target


def test_nothing_is_escalated_because_of_a_holiday():
    """At the end of a day off as much is left as at its beginning."""
    for now in ("+3 00:00", "+3 12:00", "+4 00:00"):  # Thursday is the holiday
        found = clocks(policy(frt=30 * HOUR), now=now, calendar=OFFICE)["frt1"]
        like(found, state="running", remaining=6 * HOUR)


# "Only tell" lowered the priority before it was asked whether to.


def test_a_step_that_only_tells_changes_nothing(promised, ada, mira):
    promised({"kind": FRT, "at": {"after": 0}, "do": "notify", "to": "assignee"})
    ticket = Ticket.objects.report(subject="S", body="b", contact=mira, assignee=ada, at=NOW)
    before = (ticket.priority, ticket.assignee_id, ticket.status, ticket.tags)
    sweep(at=NOW + timedelta(hours=2))
    ticket.refresh_from_db()
    assert Notification.objects.filter(person=ada).count() == 1
    assert (ticket.priority, ticket.assignee_id, ticket.status, ticket.tags) == before
    assert [one.verb for one in ticket.timeline()] == ["reported"]


# A flag was asked with `and` instead of `&`: true as soon as any flag was set.


@pytest.mark.parametrize(
    ("do", "to", "priority", "assignee"),
    [
        ("raise", None, "high", "Ada"),
        ("reassign", "Sol", "normal", "Sol"),
        ("notify", "Sol", "normal", "Ada"),
    ],
)
def test_each_step_does_what_it_says_and_no_other(promised, ada, mira, do, to, priority, assignee):
    people = {"Ada": ada, "Sol": make.person("Sol Martínez", "support_lead")}
    rung = {"kind": FRT, "at": {"after": 0}, "do": do}
    promised(rung | ({"to": f"person:{people[to].pk}"} if to else {}))
    ticket = Ticket.objects.report(subject="S", body="b", contact=mira, assignee=ada, at=NOW)
    sweep(at=NOW + timedelta(hours=2))
    ticket.refresh_from_db()
    assert (ticket.priority, ticket.assignee) == (priority, people[assignee])


# Times without a zone were those of whatever the server's clock was set to.


def test_an_instant_without_a_zone_is_refused():
    known = scenario(policy(frt=HOUR), now="10:00")
    known["ticket"]["reported_at"] = "2024-05-06T09:00:00"
    with pytest.raises(Malformed, match="without a zone"):
        clocks_of(known)


def test_working_hours_are_those_of_the_calendars_zone_wherever_the_server_stands(monkeypatch):
    def due(zone: str) -> str:
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        tokyo = at_work(("09:00", "17:00"), timezone="Asia/Tokyo")
        return clocks(policy(frt=HOUR), now="09:00", calendar=tokyo)["frt1"]["due_at"]

    try:
        found = {due(zone) for zone in ("UTC", "America/Los_Angeles", "Pacific/Kiritimati")}
    finally:
        monkeypatch.undo()
        time.tzset()
    assert found == {when("+1 01:00")}  # ten in the morning in Tokyo


# One span a weekday: a lunch break could not be said.


def test_a_day_has_as_many_spans_as_it_needs():
    split = at_work(("08:00", "12:00"), ("13:00", "17:00"), ("22:00", "24:00"))
    found = clocks(policy(frt=3 * HOUR), now="13:30", reported="11:00", calendar=split)["frt1"]
    like(found, due_at="15:00", elapsed=90 * 60)
    assert [(part["why"]) for part in found["segments"]] == ["counted", "closed", "counted"]


# No working day at all: days were counted up until dates ended.


@pytest.mark.parametrize(
    "hours",
    [
        {"weekly": {}},
        {"weekly": {day: [] for day in WEEKDAYS}},
        {"weekly": {}, "overrides": {"2024-05-09": [["09:00", "10:00"]]}},
    ],
    ids=["no day", "days without hours", "one hour ever"],
)
def test_a_policy_without_a_working_day_is_answered(hours):
    never = {"timezone": "UTC", **hours}
    found = clocks(policy(frt=4 * HOUR, res=4 * HOUR), now="+900 09:00", calendar=never)
    for clock in found.values():
        like(clock, due_at=None, breach_at=None, state="running")
        assert clock["elapsed"] <= HOUR


# A week that is closed throughout meant around the clock.


def test_an_all_closed_week_is_not_around_the_clock():
    closed = compile_calendar({"timezone": "UTC", "weekly": {day: [] for day in WEEKDAYS}})
    year = int(timedelta(days=365).total_seconds())
    assert closed.elapsed(0, year) == 0
    found = clocks(policy(frt=HOUR), now="+30 09:00", calendar={"timezone": "UTC", "weekly": {}})[
        "frt1"
    ]
    like(found, state="running", elapsed=0, remaining=HOUR)
    like(clocks(policy(frt=HOUR), now="+30 09:00", calendar=None)["frt1"], state="breached_open")


def test_there_are_holidays():
    found = clocks(policy(frt=30 * HOUR), now="+4 10:00", calendar=OFFICE)["frt1"]
    assert {part["why"] for part in found["segments"]} == {"counted", "closed", "holiday"}


# Pauses of a day were kept by the minute they began in: of two in one minute one was lost.


@pytest.mark.parametrize("pauses", range(1, 7))
def test_every_pause_of_a_minute_counts(pauses):
    told = []
    for n in range(pauses):  # five seconds each, all within 09:10
        told += [
            (f"09:10:{10 * n:02}", "status", "waiting_customer"),
            (f"09:10:{10 * n + 5:02}", "customer_message"),
        ]
    found = clocks(policy(res=HOUR), *told, now="09:20")["res1"]
    like(found, paused=5 * pauses, elapsed=20 * 60 - 5 * pauses)


# Seconds were rounded to minutes.


def test_a_second_is_a_second():
    found = clocks(
        policy(frt=90, nrt=61, res=3661),
        ("09:01:30", "agent_message"), ("09:02:01", "customer_message"),
        ("09:03:03", "agent_message"), now="09:10",
    )  # fmt: skip
    like(found["frt1"], state="met", elapsed=90, remaining=0)
    like(found["nrt1"], state="breached_closed", elapsed=62, remaining=-1)


# The verdict hung on when somebody looked.


def test_a_verdict_does_not_wait_for_whoever_looks():
    told = ("11:30", "agent_message")
    looked = [
        clocks(policy(frt=2 * HOUR), told, now=now)["frt1"] for now in ("11:30", "+300 09:00")
    ]
    assert [one["state"] for one in looked] == ["breached_closed"] * 2
    assert {one["breached_at"] for one in looked} == {when("11:00")}


def test_the_night_the_clocks_change_has_the_hours_it_has():
    zone = ZoneInfo("Europe/Berlin")
    whole = compile_calendar({"timezone": "Europe/Berlin", "weekly": {"sun": [["00:00", "24:00"]]}})
    for day, hours in ((31, 23), (24, 24)):  # 31 March 2024 lost an hour
        start = datetime(2024, 3, day, tzinfo=zone)
        end = start.replace(day=day) + timedelta(days=1)
        assert whole.elapsed(int(start.timestamp()), int(end.timestamp())) == hours * HOUR
