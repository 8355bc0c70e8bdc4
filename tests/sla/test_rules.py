"""Reference §2.2-§2.6 and the clarifications of the scenario, clause by clause."""

from datetime import datetime, timedelta

import pytest

from apps.calendars.rules import ALWAYS, compile_calendar
from apps.sla.rules import Event, Policy, Step, Ticket, assess, compile_policy, explain, read
from apps.sla.scenario import clocks_of

DAY = "2024-05-06"  # a Monday
OFFICE = {
    "timezone": "UTC",
    "weekly": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
    "overrides": {"2024-05-09": []},
}
HOUR = 3600
FRT, NRT, RES = "first_response", "next_response", "resolution"


def when(text):
    """`10:30` is that Monday, `+1 10:30` the day after it."""
    days, _, clock = text.rpartition(" ")
    day = datetime.fromisoformat(DAY) + timedelta(days=int(days or 0))
    clock += ":00" if clock.count(":") == 1 else ""
    return f"{day:%Y-%m-%d}T{clock}Z"


def policy(frt=None, nrt=None, res=None, pauses=None, **more):
    targets = {FRT: frt, NRT: nrt, RES: res}
    found = {"targets": {kind: t for kind, t in targets.items() if t is not None}, **more}
    if pauses is not None:
        found["pauses"] = pauses
    return found


def event(given):
    at, kind, *to = given
    happened = {"at": when(at), "type": kind}
    if kind in ("undo", "bounce"):
        happened["of"] = when(to[0])
    elif to:
        happened["to"] = to[0]
    return happened


def scenario(policy, *events, now, calendar=None, reported="09:00", **ticket):
    return {
        "calendar": calendar,
        "policy": policy,
        "ticket": {"reported_at": when(reported), **ticket},
        "events": [event(given) for given in events],
        "now": when(now),
    }


def clocks(*args, **named):
    """Every clock by kind and cycle: `frt`, `nrt2`, `res1`."""
    short = {FRT: "frt", NRT: "nrt", RES: "res"}
    found = clocks_of(scenario(*args, **named))["clocks"]
    return {f"{short[clock['kind']]}{clock['cycle']}": clock for clock in found}


def like(clock, **expected):
    for name, value in expected.items():
        if name.endswith("_at") and isinstance(value, str):
            value = when(value)
        assert clock[name] == value, (name, clock)


REPLY, HEAR = "agent_message", "customer_message"
TO_CUSTOMER, TO_OTHERS = "waiting_customer", "waiting_third_party"


# §2.3 first response


@pytest.mark.parametrize(
    ("clause", "events", "expected"),
    [
        ("a public human message stops it", [("09:30", REPLY)],
         {"state": "met", "stopped_at": "09:30", "elapsed": 1800, "remaining": 1800}),
        ("exactly on target is met", [("10:00", REPLY)], {"state": "met", "elapsed": HOUR}),
        ("a second later is not", [("10:00:01", REPLY)],
         {"state": "breached_closed", "breached_at": "10:00", "remaining": -1}),
        ("unanswered it breaches", [], {"state": "breached_open", "breached_at": "10:00"}),
        ("a note is no answer", [("09:30", "note")], {"state": "breached_open"}),
        ("an automatic message is none", [("09:30", "automatic_message")],
         {"state": "breached_open"}),
        ("a status is none", [("09:30", "status", "open")], {"state": "breached_open"}),
        ("nor is no reply needed", [("09:30", "no_reply_needed")], {"state": "breached_open"}),
        ("a customer's second message moves nothing", [("09:30", HEAR)],
         {"state": "breached_open", "started_at": "09:00", "breached_at": "10:00"}),
        ("a bounced reply is none", [("09:30", REPLY), ("09:31", "bounce", "09:30")],
         {"state": "breached_open", "started_at": "09:00", "breached_at": "10:00"}),
        ("an undone reply is none", [("09:30", REPLY), ("09:31", "undo", "09:30")],
         {"state": "breached_open"}),
        ("an undone bounce lets the reply stand",
         [("09:30", REPLY), ("09:31", "bounce", "09:30"), ("09:32", "undo", "09:31")],
         {"state": "met", "stopped_at": "09:30"}),
        ("the reply after a bounce stops it",
         [("09:30", REPLY), ("09:31", "bounce", "09:30"), ("09:50", REPLY)],
         {"state": "met", "stopped_at": "09:50"}),
        ("resolved without a reply", [("09:30", "status", "resolved")],
         {"state": "cancelled", "reason": "resolved_without_reply", "stopped_at": "09:30",
          "breached_at": None, "elapsed": 1800}),
        ("closed without a reply", [("09:30", "status", "closed")],
         {"state": "cancelled", "reason": "resolved_without_reply"}),
        ("resolved on target", [("10:00", "status", "resolved")], {"state": "cancelled"}),
        ("resolved too late", [("10:30", "status", "resolved")],
         {"state": "breached_closed", "reason": None, "stopped_at": "10:30",
          "breached_at": "10:00"}),
        ("a reopen takes the cancel back, the gap counts",
         [("09:30", "status", "resolved"), ("09:45", HEAR), ("09:50", REPLY)],
         {"state": "met", "started_at": "09:00", "elapsed": 3000, "reason": None}),
        ("a reopen lets a breached one run on",
         [("10:30", "status", "resolved"), ("11:00", "status", "open")],
         {"state": "breached_open", "stopped_at": None, "breached_at": "10:00"}),
        ("resolved again", [("09:10", "status", "resolved"), ("09:20", HEAR),
                            ("09:40", "status", "resolved")],
         {"state": "cancelled", "stopped_at": "09:40", "elapsed": 2400}),
        ("spam", [("09:30", "spam")], {"state": "cancelled", "reason": "spam"}),
        ("merged", [("09:30", "merge")], {"state": "cancelled", "reason": "merged"}),
        ("duplicate", [("09:30", "status", "duplicate")],
         {"state": "cancelled", "reason": "duplicate"}),
        ("merged after the breach", [("10:30", "merge")],
         {"state": "breached_closed", "reason": None, "stopped_at": "10:30",
          "breached_at": "10:00"}),
        ("merged after the answer", [("09:30", REPLY), ("09:40", "merge")],
         {"state": "met", "stopped_at": "09:30"}),
        ("sent and resolved in one second, the message counts",
         [("09:30", "status", "resolved"), ("09:30", REPLY)], {"state": "met"}),
        ("an undone merge", [("09:30", "merge"), ("09:40", "undo", "09:30"), ("09:50", REPLY)],
         {"state": "met", "stopped_at": "09:50"}),
        ("a status out of spam is a reopen", [("09:30", "spam"), ("09:40", "status", "open")],
         {"state": "breached_open", "stopped_at": None}),
        ("a waiting status does not pause it", [("09:10", "status", TO_CUSTOMER)],
         {"state": "breached_open", "paused": 0}),
    ],
)  # fmt: skip
def test_first_response(clause, events, expected):
    like(clocks(policy(frt=HOUR), *events, now="12:00")["frt1"], **expected)


@pytest.mark.parametrize(
    ("ticket", "expected"),
    [
        ({"origin": "agent"}, None),
        ({"origin": "logged"}, "running"),
        ({"origin": "logged", "answered_in_contact": True}, "met"),
        ({"origin": "customer", "answered_in_contact": True}, "running"),
    ],
)
def test_first_response_by_origin(ticket, expected):
    found = clocks(policy(frt=HOUR, res=HOUR), now="09:10", **ticket)
    assert found.get("frt1", {}).get("state") == expected
    assert found["res1"]["started_at"] == when("09:00")
    if expected == "met":
        like(found["frt1"], stopped_at="09:00", elapsed=0, segments=[])


def test_first_response_paused_where_the_policy_says_so():
    known = policy(frt=HOUR, pauses={FRT: ["resolved"]})
    found = clocks(known, ("09:30", "status", "resolved"), ("11:30", HEAR), now="11:40")
    like(found["frt1"], state="running", elapsed=2400, paused=7200, due_at="12:00")
    assert [part["why"] for part in found["frt1"]["segments"]] == ["counted", "paused", "counted"]


# §2.3 next response


@pytest.mark.parametrize(
    ("clause", "events", "expected"),
    [
        ("none before the first response", [("09:30", HEAR)], {}),
        ("what the first response answered starts none", [("09:30", HEAR), ("09:40", REPLY)], {}),
        ("the first message after it starts one", [("09:10", REPLY), ("09:20", HEAR)],
         {"nrt1": {"state": "running", "started_at": "09:20", "due_at": "10:20"}}),
        ("later messages do not move it",
         [("09:10", REPLY), ("09:20", HEAR), ("09:30", HEAR), ("09:40", REPLY)],
         {"nrt1": {"state": "met", "elapsed": 1200}}),
        ("one for each turn",
         [("09:10", REPLY), ("09:20", HEAR), ("09:30", REPLY), ("09:40", HEAR)],
         {"nrt1": {"state": "met"}, "nrt2": {"state": "running", "started_at": "09:40"}}),
        ("one breach a turn",
         [("09:10", REPLY), ("09:20", HEAR), ("10:40", HEAR), ("11:30", REPLY)],
         {"nrt1": {"state": "breached_closed", "breached_at": "10:20"}}),
        ("resolve stops it", [("09:10", REPLY), ("09:20", HEAR), ("09:30", "status", "resolved")],
         {"nrt1": {"state": "met", "stopped_at": "09:30"}}),
        ("no reply needed stops it",
         [("09:10", REPLY), ("09:20", HEAR), ("09:30", "no_reply_needed")],
         {"nrt1": {"state": "met", "stopped_at": "09:30"}}),
        ("the message after that starts another",
         [("09:10", REPLY), ("09:20", HEAR), ("09:30", "no_reply_needed"), ("09:40", HEAR)],
         {"nrt1": {"state": "met"}, "nrt2": {"started_at": "09:40"}}),
        ("merged", [("09:10", REPLY), ("09:20", HEAR), ("09:30", "merge")],
         {"nrt1": {"state": "cancelled", "reason": "merged"}}),
        ("spam after the breach", [("09:10", REPLY), ("09:20", HEAR), ("11:00", "spam")],
         {"nrt1": {"state": "breached_closed", "reason": None, "stopped_at": "11:00"}}),
        ("a bounced answer stops nothing",
         [("09:10", REPLY), ("09:20", HEAR), ("09:30", REPLY), ("09:31", "bounce", "09:30")],
         {"nrt1": {"state": "running", "started_at": "09:20"}}),
        ("a bounced first answer makes none",
         [("09:10", REPLY), ("09:20", HEAR), ("09:21", "bounce", "09:10")], {}),
        ("the reopening message starts one",
         [("09:10", REPLY), ("09:20", "status", "resolved"), ("09:40", HEAR)],
         {"nrt1": {"state": "running", "started_at": "09:40"}}),
        ("a reopening status starts none",
         [("09:10", REPLY), ("09:20", "status", "resolved"), ("09:40", "status", "open")], {}),
        ("a message on a closed ticket starts none (a follow-up does)",
         [("09:10", REPLY), ("09:20", "status", "closed"), ("09:40", HEAR)], {}),
        ("an automatic message starts none",
         [("09:10", REPLY), ("09:20", "automatic_message")], {}),
        ("heard and answered in one second", [("09:10", REPLY), ("09:20", REPLY), ("09:20", HEAR)],
         {"nrt1": {"state": "met", "elapsed": 0, "segments": []}}),
    ],
)  # fmt: skip
def test_next_response(clause, events, expected):
    found = clocks(policy(nrt=HOUR), *events, now="10:00" if "breach" not in clause else "12:00")
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        like(found[name], **values)


def test_first_response_is_settled_even_where_it_has_no_target():
    found = clocks(policy(nrt=HOUR), ("09:10", REPLY), ("09:20", HEAR), now="09:30")
    assert found.keys() == {"nrt1"}


def test_an_agent_initiated_ticket_is_settled_from_the_start():
    found = clocks(policy(frt=HOUR, nrt=HOUR), ("09:20", HEAR), now="09:30", origin="agent")
    assert found.keys() == {"nrt1"}


# §2.3, §2.5 resolution


def test_resolution_stops_at_resolve_and_waits_for_the_customer():
    found = clocks(
        policy(res=2 * HOUR),
        ("10:00", REPLY), ("10:00", "status", TO_CUSTOMER), ("13:00", HEAR),
        ("13:30", "status", "resolved"), now="18:00",
    )  # fmt: skip
    like(found["res1"], state="met", elapsed=5400, paused=3 * HOUR, due_at="14:00")


def test_a_third_party_is_waited_for_on_our_time():
    found = clocks(policy(res=HOUR), ("09:10", "status", TO_OTHERS), now="12:00")
    like(found["res1"], state="breached_open", breached_at="10:00")


def test_a_paused_clock_has_no_due_date_and_keeps_its_rest():
    found = clocks(policy(res=2 * HOUR), ("10:00", "status", TO_CUSTOMER), now="15:00")
    like(
        found["res1"], state="paused", due_at=None, breach_at=None, remaining=HOUR, paused=5 * HOUR
    )


def test_a_target_that_ran_out_as_the_pause_began_has_its_due_date():
    known = policy(res=HOUR)
    paused = ("10:00", "status", TO_CUSTOMER)
    found = clocks(known, paused, now="12:00")
    like(found["res1"], state="paused", due_at="10:00", breach_at=None, breached_at=None)
    found = clocks(known, paused, ("13:00", HEAR), ("13:00", "status", "resolved"), now="14:00")
    like(found["res1"], state="met", due_at="10:00", breach_at="13:00")
    found = clocks(known, paused, ("13:00", HEAR), now="13:00:01")
    like(found["res1"], state="breached_open", breached_at="10:00", breach_at="13:00")


def test_a_breached_clock_shows_its_due_date_while_it_is_paused():
    found = clocks(policy(res=HOUR), ("11:00", "status", TO_CUSTOMER), now="12:00")
    like(found["res1"], state="breached_open", due_at="10:00", breach_at="10:00", elapsed=7200)


def test_stopped_while_paused_the_due_date_is_what_it_would_have_been():
    found = clocks(
        policy(res=2 * HOUR), ("10:00", "status", TO_CUSTOMER), ("15:00", "status", "resolved"),
        now="18:00",
    )  # fmt: skip
    like(found["res1"], state="met", due_at="16:00", elapsed=HOUR, paused=5 * HOUR)


def test_a_reopened_ticket_gives_one_more_cycle_without_the_gap():
    found = clocks(
        policy(res=2 * HOUR), ("10:00", "status", "resolved"), ("12:00", HEAR), now="12:30"
    )
    like(found["res1"], state="met", stopped_at="10:00", elapsed=HOUR)
    like(found["res2"], state="running", cycle=2, started_at="09:00", due_at="13:00", elapsed=5400)
    assert found["res2"]["segments"] == [
        {"from": when("09:00"), "to": when("10:00"), "why": "counted"},
        {"from": when("10:00"), "to": when("12:00"), "why": "resolved"},
        {"from": when("12:00"), "to": when("12:30"), "why": "counted"},
    ]


def test_a_breach_is_carried_into_the_next_cycle():
    found = clocks(policy(res=1800), ("10:00", "status", "resolved"), ("12:00", HEAR), now="13:00")
    like(found["res1"], state="breached_closed", breached_at="09:30")
    like(found["res2"], state="breached_open", breached_at="09:30", elapsed=2 * HOUR)


def test_resolved_stays_resolved_when_it_is_closed():
    found = clocks(
        policy(res=HOUR), ("09:30", "status", "resolved"), ("11:00", "status", "closed"),
        ("11:30", HEAR), now="12:00",
    )  # fmt: skip
    assert found.keys() == {"res1"}
    like(found["res1"], state="met", stopped_at="09:30")


def test_merge_cancels_what_is_open_and_nothing_else():
    found = clocks(
        policy(frt=HOUR, res=HOUR), ("09:10", REPLY), ("09:20", "status", "resolved"),
        ("09:30", HEAR), ("09:40", "merge"), now="12:00",
    )  # fmt: skip
    assert [clock["state"] for clock in found.values()] == ["met", "met", "cancelled"]


# §2.4 both boundary instants


@pytest.mark.parametrize(
    ("now", "events", "state", "breached"),
    [
        ("18:00", [], "running", None),
        ("+1 09:00", [], "running", None),
        ("+1 09:00:01", [], "breached_open", "17:00"),
        ("+1 12:00", [("20:00", REPLY)], "met", None),
        ("+1 12:00", [("+1 09:00", REPLY)], "met", None),
        ("+1 12:00", [("+1 09:00:01", REPLY)], "breached_closed", "17:00"),
    ],
)
def test_time_that_runs_out_at_closing_time(now, events, state, breached):
    found = clocks(policy(frt=8 * HOUR), *events, now=now, calendar=OFFICE)
    like(found["frt1"], state=state, breached_at=breached, due_at="17:00", breach_at="+1 09:00")


def test_closed_holiday_and_counted_add_up():
    found = clocks(policy(frt=HOUR), now="+4 09:30", calendar=OFFICE, reported="+2 16:30")
    assert [(part["why"], part["from"], part["to"]) for part in found["frt1"]["segments"]] == [
        ("counted", when("+2 16:30"), when("+2 17:00")),
        ("closed", when("+2 17:00"), when("+3 00:00")),
        ("holiday", when("+3 00:00"), when("+4 00:00")),
        ("closed", when("+4 00:00"), when("+4 09:00")),
        ("counted", when("+4 09:00"), when("+4 09:30")),
    ]
    like(found["frt1"], due_at="+4 09:30", breach_at="+4 09:30", state="running")


def test_started_closed_the_first_segment_is_the_time_before_opening():
    found = clocks(policy(frt=HOUR), now="09:20", calendar=OFFICE, reported="07:00")
    like(found["frt1"], started_at="07:00", elapsed=1200, due_at="10:00")
    assert found["frt1"]["segments"][0]["why"] == "closed"


def test_closed_is_stronger_than_paused():
    """`paused` is the working seconds lost, and the nights of a pause are closed."""
    found = clocks(
        policy(res=8 * HOUR), ("16:00", "status", TO_CUSTOMER), now="+1 10:00", calendar=OFFICE
    )
    like(found["res1"], paused=2 * HOUR, elapsed=7 * HOUR)
    assert [part["why"] for part in found["res1"]["segments"]] == [
        "counted", "paused", "closed", "paused",
    ]  # fmt: skip


def test_a_calendar_that_never_opens_gives_no_due_date():
    found = clocks(policy(frt=60), now="12:00", calendar={"timezone": "UTC", "weekly": {}})
    like(found["frt1"], state="running", due_at=None, breach_at=None, elapsed=0)


def test_a_target_of_nothing_is_due_at_once_and_late_a_working_second_after():
    like(
        clocks(policy(frt=0), now="09:00", calendar=OFFICE, reported="07:00")["frt1"],
        state="running", due_at="07:00", breach_at="09:00",
    )  # fmt: skip
    like(clocks(policy(frt=0), now="09:00:01")["frt1"], state="breached_open", breached_at="09:00")


def test_what_broke_more_than_ten_years_ago_is_still_broken():
    long = 11 * 366 * 86_400
    found = clocks(policy(frt=long), now="+4400 09:00")
    like(found["frt1"], state="breached_open", elapsed=4400 * 86_400)
    assert found["frt1"]["due_at"] == found["frt1"]["breached_at"] == when("+4026 09:00")


# §2.5 changes mid-flight

URGENT = {"urgent": {FRT: 900}}


@pytest.mark.parametrize(
    ("clause", "known", "events", "now", "expected"),
    [
        ("elapsed carries over", policy(frt=HOUR, by_priority=URGENT),
         [("09:10", "priority", "urgent")], "09:12",
         {"state": "running", "target": 900, "elapsed": 720, "due_at": "09:15"}),
        ("tightened below what had elapsed", policy(frt=HOUR, by_priority=URGENT),
         [("09:30", "priority", "urgent")], "09:40",
         {"state": "breached_open", "breached_at": "09:30", "due_at": "09:15",
          "breach_at": "09:15"}),
        ("tightened to exactly what had elapsed", policy(frt=HOUR, by_priority=URGENT),
         [("09:15", "priority", "urgent")], "09:15", {"state": "running", "due_at": "09:15"}),
        ("tightened in the second of the answer", policy(frt=HOUR, by_priority=URGENT),
         [("09:30", REPLY), ("09:30", "priority", "urgent")], "09:40",
         {"state": "breached_closed", "breached_at": "09:30", "stopped_at": "09:30"}),
        ("tightened after the answer", policy(frt=HOUR, by_priority=URGENT),
         [("09:30", REPLY), ("09:31", "priority", "urgent")], "09:40",
         {"state": "met", "target": HOUR}),
        ("loosening does not un-breach", policy(frt=900),
         [("09:30", "policy", policy(frt=HOUR))], "09:40",
         {"state": "breached_open", "breached_at": "09:15", "due_at": "10:00",
          "breach_at": "10:00", "remaining": 1200}),
        ("nor does it where the answer came in time for the new", policy(frt=900),
         [("09:30", "policy", policy(frt=HOUR)), ("09:40", REPLY)], "09:50",
         {"state": "breached_closed", "breached_at": "09:15"}),
        ("loosened in time", policy(frt=900), [("09:15", "policy", policy(frt=HOUR))], "09:40",
         {"state": "running", "due_at": "10:00", "breached_at": None}),
        ("no policy matches any more", policy(frt=HOUR), [("09:20", "policy", policy(res=1))],
         "09:40", {"state": "cancelled", "reason": "policy", "stopped_at": "09:20",
                   "target": HOUR, "elapsed": 1200}),
        ("a breach outlives its policy", policy(frt=HOUR), [("10:20", "policy", policy(res=1))],
         "11:00", {"state": "breached_closed", "reason": None, "stopped_at": "10:20",
                   "breached_at": "10:00"}),
        ("a policy that matches again takes it up", policy(frt=HOUR),
         [("09:20", "policy", policy(res=1)), ("09:30", "policy", policy(frt=HOUR))], "09:40",
         {"state": "running", "elapsed": 2400, "due_at": "10:00"}),
        ("a target that came later counts from the start", policy(res=1),
         [("09:20", "policy", policy(frt=900))], "09:30",
         {"state": "breached_open", "started_at": "09:00", "breached_at": "09:20"}),
        ("a second's slip of the priority is none", policy(frt=HOUR, by_priority=URGENT),
         [("09:30", "priority", "urgent"), ("09:30", "priority", "normal")], "09:40",
         {"state": "running", "target": HOUR}),
    ],
)  # fmt: skip
def test_targets_change(clause, known, events, now, expected):
    like(clocks(known, *events, now=now)["frt1"], **expected)


def test_a_policy_without_the_target_at_the_stop_leaves_no_clock():
    assert "nrt1" not in clocks(
        policy(frt=HOUR), ("09:10", REPLY), ("09:20", HEAR), ("09:30", REPLY),
        ("09:40", "policy", policy(nrt=HOUR)), now="12:00",
    )  # fmt: skip


def test_a_cycle_begun_without_a_target_is_none():
    found = clocks(
        policy(res=HOUR), ("09:10", "policy", policy(frt=HOUR)), ("09:20", "status", "resolved"),
        ("09:30", HEAR), now="12:00",
    )  # fmt: skip
    like(found["res1"], state="cancelled", reason="policy")
    assert "res2" not in found


def test_open_pauses_survive_a_change_and_the_new_matrix_rules_from_it():
    paused = ("09:30", "status", TO_CUSTOMER)
    found = clocks(policy(res=2 * HOUR), paused, ("10:00", "policy", policy(res=HOUR)), now="12:00")
    like(found["res1"], state="paused", target=HOUR, elapsed=1800, remaining=1800)
    runs = policy(res=2 * HOUR, pauses={RES: []})
    found = clocks(policy(res=2 * HOUR), paused, ("10:00", "policy", runs), now="11:00")
    like(found["res1"], state="running", elapsed=5400, paused=1800, due_at="11:30")


def test_calendars_swap_and_the_past_stays_measured_by_the_old():
    found = clocks(policy(res=10 * HOUR), ("16:00", "calendar", None), now="18:00", calendar=OFFICE)
    like(found["res1"], elapsed=9 * HOUR, due_at="19:00")
    found = clocks(policy(res=10 * HOUR), ("18:00", "calendar", OFFICE), now="+1 12:00")
    like(found["res1"], elapsed=12 * HOUR, due_at="+1 10:00")


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("clause", "pair", "state"),
    [
        ("a pause beats a resume", [("status", "open"), ("status", TO_CUSTOMER)], "paused"),
        ("a message beats a pause", [(HEAR,), ("status", TO_CUSTOMER)], "running"),
        ("a stop beats a resume", [("status", "open"), ("status", "resolved")], "met"),
        ("a stop beats a pause", [("status", TO_CUSTOMER), ("status", "resolved")], "met"),
        ("a stop beats a cancel", [("status", "resolved"), ("merge",)], "met"),
    ],
)
def test_the_same_second(clause, pair, state, order):
    events = [("09:30", *what) for what in pair[::order]]
    like(clocks(policy(res=HOUR), *events, now="09:40")["res1"], state=state)


def test_two_pauses_begun_in_one_minute_are_both_kept():
    """Zammad keys pauses by the minute they start in and loses one."""
    found = clocks(
        policy(res=HOUR),
        ("09:10:05", "status", TO_CUSTOMER), ("09:10:15", HEAR),
        ("09:10:25", "status", TO_CUSTOMER), ("09:10:45", HEAR), now="09:20",
    )  # fmt: skip
    like(found["res1"], paused=30, elapsed=1170, due_at="10:00:30")


def test_a_holiday_never_brings_a_deadline_forward():
    """django-helpdesk subtracts excluded days from the age it asks for."""
    with_holiday = clocks(policy(frt=30 * HOUR), now="10:00", calendar=OFFICE)["frt1"]
    without = {**OFFICE, "overrides": {}}
    plain = clocks(policy(frt=30 * HOUR), now="10:00", calendar=without)["frt1"]
    assert with_holiday["due_at"] > plain["due_at"]


def test_statuses_pause_by_the_matrix_alone():
    everything = ["new", TO_CUSTOMER, TO_OTHERS, "resolved"]
    known = policy(frt=HOUR, res=HOUR, pauses={FRT: everything, RES: everything})
    found = clocks(known, ("09:30", "note"), now="09:40")  # the first agent action opens it
    like(found["frt1"], paused=1800, elapsed=600)


# §2.4 warnings


def test_warnings_fall_in_working_time():
    known = policy(frt=8 * HOUR, warn={FRT: ["0.75", "1"]})
    found = clocks(known, now="15:10", calendar=OFFICE, reported="15:00")["frt1"]
    assert found["warn_at"] == [when("+1 13:00"), when("+1 15:00")]


def test_a_share_that_is_no_whole_second_is_reached_with_the_next():
    found = clocks(policy(frt=10, warn={FRT: ["0.75"]}), now="09:00")["frt1"]
    assert found["warn_at"] == [when("09:00:08")]


def test_a_pause_hides_the_warnings_that_have_not_been():
    known = policy(res=2 * HOUR, warn={RES: ["0.25", "0.75"]})
    found = clocks(known, ("10:00", "status", TO_CUSTOMER), now="12:00")["res1"]
    assert found["warn_at"] == [when("09:30"), None]


def test_warnings_may_stand_beside_the_policy():
    asked = scenario(policy(frt=HOUR, res=HOUR), now="09:10")
    found = clocks_of({**asked, "warn": {FRT: ["0.5"]}})["clocks"]
    assert found[0]["warn_at"] == [when("09:30")]
    assert "warn_at" not in found[1]


@pytest.mark.parametrize(
    ("step", "target", "need"),
    [
        (Step(3, 4), 10, 8),
        (Step(3, 4), 100, 75),
        (Step(1, 1, -1800), 3600, 1800),
        (Step(1, 1, -1800), 600, 0),
        (Step(1, 1, 900), 3600, 4500),
    ],
)
def test_steps(step, target, need):
    assert step.need(target) == need


# What the scenario does not speak of, and the stored clocks need

# Business hours or around the clock, by target (Zendesk: a target's own hours of operation)

AROUND = {"targets": [RES], "by_priority": {"urgent": [FRT]}}
"""Resolution around the clock; the first response of what is urgent, and of nothing else."""
MIXED = policy(
    frt=HOUR, res=10 * HOUR, by_priority={"urgent": {FRT: 4 * HOUR}}, around_the_clock=AROUND
)
OFFICIAL = policy(frt=10 * HOUR, by_priority={"urgent": {FRT: 900}})
TO_URGENT, TO_NORMAL = ("priority", "urgent"), ("priority", "normal")


@pytest.mark.parametrize(
    ("clause", "known", "ticket", "events", "now", "clock", "expected"),
    [
        ("a target of which nothing is said goes by the calendar", MIXED, {}, [], "16:45",
         "frt1", {"due_at": "+1 09:30", "elapsed": 900}),
        ("one that is named does not, on the same ticket", MIXED, {}, [], "18:30",
         "res1", {"due_at": "+1 02:30", "breach_at": "+1 02:30", "elapsed": 2 * HOUR}),
        ("one of a priority counts so at that priority", MIXED, {"priority": "urgent"}, [],
         "18:30", "frt1", {"due_at": "20:30", "elapsed": 2 * HOUR}),
        ("a target fallen back on brings its own hours", MIXED, {"priority": "urgent"}, [],
         "18:30", "res1", {"due_at": "+1 02:30"}),
        ("a priority's own target has its own hours too",
         policy(frt=HOUR, by_priority={"urgent": {FRT: 1800}}, around_the_clock={"targets": [FRT]}),
         {"priority": "urgent"}, [], "16:45", "frt1", {"due_at": "17:00", "breach_at": "+1 09:00"}),
        ("hours of a target that is not there say nothing",
         policy(frt=HOUR, around_the_clock={"targets": [RES], "by_priority": {"urgent": [FRT]}}),
         {"priority": "urgent"}, [], "16:45", "frt1", {"due_at": "+1 09:30"}),
        ("what a pause costs is told in the same hours", MIXED, {},
         [("20:00", "status", TO_CUSTOMER), ("22:00", "status", "open")], "23:00",
         "res1", {"elapsed": 4.5 * HOUR, "paused": 2 * HOUR, "due_at": "+1 04:30"}),
        ("a night that is resolved is not counted all the same", MIXED, {},
         [("17:30", "status", "resolved"), ("+1 08:30", HEAR)], "+1 09:00",
         "res2", {"elapsed": 1.5 * HOUR, "due_at": "+1 17:30"}),
        ("raised at night: counted around the clock from then on", MIXED, {},
         [("20:00", *TO_URGENT)], "21:00",
         "frt1", {"elapsed": 1.5 * HOUR, "target": 4 * HOUR, "due_at": "23:30"}),
        ("lowered at night: what was counted stays, the rest waits for the morning", MIXED,
         {"priority": "urgent"}, [("17:15", *TO_NORMAL)], "20:00",
         "frt1", {"elapsed": 2700, "target": HOUR, "due_at": "+1 09:15"}),
        ("lowered below what was counted", MIXED, {"priority": "urgent"},
         [("19:00", *TO_NORMAL)], "20:00",
         "frt1", {"state": "breached_open", "breached_at": "19:00", "elapsed": 2.5 * HOUR}),
        ("raised: closed hours before are not counted after the fact", OFFICIAL, {},
         [("+1 08:00", *TO_URGENT)], "+1 08:30",
         "frt1", {"elapsed": 1800, "breached_at": "+1 08:00"}),
        ("raised and lowered in one second is neither", MIXED, {},
         [("20:00", *TO_URGENT), ("20:00", *TO_NORMAL)], "21:00",
         "frt1", {"elapsed": 1800, "due_at": "+1 09:30"}),
        ("another version, in other hours", OFFICIAL, {},
         [("20:00", "policy", policy(frt=2 * HOUR, around_the_clock={"targets": [FRT]}))], "21:00",
         "frt1", {"elapsed": 1.5 * HOUR, "due_at": "21:30"}),
        ("another calendar is nothing to a clock that goes by none", MIXED, {},
         [("18:00", "calendar", {**OFFICE, "weekly": {"sun": [["10:00", "12:00"]]}})], "20:00",
         "res1", {"elapsed": 3.5 * HOUR, "due_at": "+1 02:30"}),
        ("and holds once it goes by one again", MIXED, {"priority": "urgent"},
         [("16:45", "calendar", None), ("16:50", *TO_NORMAL)], "17:10",
         "frt1", {"elapsed": 2400, "due_at": "17:30"}),
    ],
)  # fmt: skip
def test_each_target_has_its_hours(clause, known, ticket, events, now, clock, expected):
    found = clocks(known, *events, now=now, calendar=OFFICE, reported="16:30", **ticket)[clock]
    like(found, **expected)
    lengths = {"counted": 0, "paused": 0}
    for part in found["segments"]:
        begin, end = (datetime.fromisoformat(part[name]) for name in ("from", "to"))
        lengths[part["why"]] = lengths.get(part["why"], 0) + (end - begin).total_seconds()
    assert (lengths["counted"], lengths["paused"]) == (found["elapsed"], found["paused"])


def test_an_explanation_says_what_was_counted_around_the_clock():
    monday = int(datetime.fromisoformat(when("16:30")).timestamp())
    raised = Event(monday + 4 * HOUR, "priority", "urgent")
    ticket = Ticket(monday, compile_policy(MIXED), compile_calendar(OFFICE))
    line = read(ticket, [raised], monday + 5 * HOUR)
    first, resolution = assess(line)
    assert [(part.why, part.around_the_clock) for part in explain(line, first)] == [
        ("counted", False), ("closed", False), ("counted", True),
    ]  # fmt: skip
    assert [(part.why, part.around_the_clock) for part in explain(line, resolution)] == [
        ("counted", True)
    ]
    assert first.around_the_clock and resolution.around_the_clock


FRIDAY, SATURDAY = 4 * 24 * HOUR, 5 * 24 * HOUR  # from Monday on, at midnight


@pytest.mark.parametrize(
    ("clause", "priority", "due", "events", "now", "expected"),
    [
        ("to around the clock", "normal", SATURDAY + 12 * HOUR,
         [(FRIDAY + 10 * HOUR, "priority", "urgent")], FRIDAY + 11 * HOUR, SATURDAY + 12 * HOUR),
        ("to the calendar's hours", "urgent", SATURDAY + 12 * HOUR,
         [(FRIDAY + 10 * HOUR, "priority", "normal")], FRIDAY + 11 * HOUR, SATURDAY + 12 * HOUR),
        ("there and back again", "normal", SATURDAY + 12 * HOUR,
         [(FRIDAY + 10 * HOUR, "priority", "urgent"), (FRIDAY + 20 * HOUR, "priority", "low")],
         FRIDAY + 21 * HOUR, SATURDAY + 12 * HOUR),
        ("past its time before", "normal", FRIDAY + 9.5 * HOUR,
         [(FRIDAY + 10 * HOUR, "priority", "urgent")], FRIDAY + 11 * HOUR, FRIDAY + 9.5 * HOUR),
        ("an hour later for an hour that was paused", "normal", FRIDAY + 14 * HOUR,
         [(FRIDAY + 9.5 * HOUR, "status", TO_CUSTOMER), (FRIDAY + 10.5 * HOUR, "status", "open"),
          (FRIDAY + 11 * HOUR, "priority", "urgent")], FRIDAY + 12 * HOUR, FRIDAY + 15 * HOUR),
        ("further away than anybody looks", "urgent", 12 * 365 * 24 * HOUR,
         [(FRIDAY + 10 * HOUR, "calendar", ALWAYS), (FRIDAY + 11 * HOUR, "priority", "normal")],
         FRIDAY + 12 * HOUR, None),
    ],
)  # fmt: skip
def test_a_due_date_set_by_hand_is_kept_when_hours_change(
    clause, priority, due, events, now, expected
):
    """What it is due by is an instant, whatever counts on the way there."""
    monday = int(datetime.fromisoformat(when("00:00")).timestamp())
    begin = monday + FRIDAY + 9 * HOUR
    known = compile_policy(
        policy(res=HOUR, by_priority={"urgent": {RES: HOUR}})
        | {"around_the_clock": {"by_priority": {"urgent": [RES]}}}
    )
    happened = [Event(int(monday + at), *rest) for at, *rest in events]
    by_hand = Event(begin + 60, "due", (RES, int(monday + due)))
    ticket = Ticket(begin, known, compile_calendar(OFFICE), priority)
    (clock,) = assess(read(ticket, [by_hand, *happened], int(monday + now)))
    assert clock.due_by_hand
    assert clock.due_at == (None if expected is None else monday + expected)
    assert clock.breached == (now > due)


START = 1_715_000_400


def ours(*events, now=10_000, policy=None, **ticket):
    known = policy or Policy({FRT: 3600, NRT: 3600, RES: 7200})
    shifted = [Event(START + at, *rest) for at, *rest in events]
    line = read(Ticket(START, known, ALWAYS, **ticket), shifted, START + now)
    return line, {(clock.kind, clock.cycle): clock for clock in assess(line)}


def test_a_due_date_set_by_hand_is_a_target_of_its_own():
    _, found = ours((600, "due", (FRT, START + 1800)), now=1000)
    clock = found[FRT, 1]
    assert (clock.due_at, clock.breach_at, clock.target) == (START + 1800, START + 1800, 1800)
    assert clock.due_by_hand
    assert not found[RES, 1].due_by_hand


def test_a_due_date_set_by_hand_outlives_a_priority_and_can_be_lifted():
    known = Policy({FRT: 3600}, {"urgent": {FRT: 900}})
    by_hand = (600, "due", (FRT, START + 7200))
    urgent = (700, "priority", "urgent")
    _, found = ours(by_hand, urgent, now=800, policy=known)
    assert (found[FRT, 1].due_at, found[FRT, 1].due_by_hand) == (START + 7200, True)
    _, found = ours(by_hand, urgent, (750, "due", (FRT, None)), now=800, policy=known)
    assert (found[FRT, 1].due_at, found[FRT, 1].due_by_hand) == (START + 900, False)


def test_a_due_date_in_closed_hours_is_shown_as_it_was_set():
    office = compile_calendar(OFFICE)
    monday = int(datetime.fromisoformat(when("09:00")).timestamp())
    evening = monday + 11 * HOUR
    known = Policy({FRT: HOUR})
    line = read(
        Ticket(monday, known, office), [Event(monday + 60, "due", (FRT, evening))], monday + 90
    )
    (clock,) = assess(line)
    assert (clock.due_at, clock.target) == (evening, 8 * HOUR)
    assert clock.breach_at == monday + 24 * HOUR


def test_a_due_date_set_into_the_past_breaches_when_it_is_set():
    _, found = ours((1800, "due", (FRT, START + 600)), now=2000)
    clock = found[FRT, 1]
    assert (clock.breached_at, clock.breach_cause) == (START + 1800, "target_changed")
    assert clock.target == 600


def test_a_due_date_of_one_turn_says_nothing_of_the_next():
    _, found = ours(
        (100, REPLY), (200, HEAR), (210, "due", (NRT, START + 500)), (300, REPLY), (400, HEAR),
        now=450,
    )  # fmt: skip
    assert found[NRT, 1].due_at == START + 500
    assert found[NRT, 2].due_at == START + 400 + 3600


def test_a_joined_ticket_brings_its_unanswered_customer():
    line, found = ours((100, REPLY), (500, "joined", None, START - 50), now=600)
    assert found[NRT, 1].started_at == START - 50
    assert found[NRT, 1].elapsed == 650
    (segment,) = explain(line, found[NRT, 1])
    assert (segment.begin, segment.end) == (START - 50, START + 600)
    _, found = ours((100, REPLY), (200, HEAR), (500, "joined", None, START + 300), now=600)
    assert found[NRT, 1].started_at == START + 200
    _, found = ours((500, "joined", None, START + 300), now=600)
    assert (NRT, 1) not in found
    _, found = ours(
        (100, REPLY), (200, "priority", "low"), (500, "joined", None, START - 50),
        now=600, policy=Policy({FRT: 3600}),
    )  # fmt: skip
    assert (NRT, 1) not in found
    _, found = ours((100, REPLY), (500, "joined", None, None), now=600)
    assert (NRT, 1) not in found


def test_what_happened_later_is_not_known_yet():
    events = [(100, REPLY), (200, HEAR), (300, "undo", None, START + 100)]
    _, then = ours(*events, now=250)
    assert then[FRT, 1].state == "met"
    _, now = ours(*events, now=350)
    assert now[FRT, 1].state == "running"


def test_decided_at_is_the_stop_or_the_breach_and_never_moves():
    _, found = ours((100, REPLY), now=200)
    assert found[FRT, 1].decided_at == START + 100
    assert found[RES, 1].decided_at is None
    loose = Policy({FRT: 36_000})
    _, found = ours((5000, "policy", loose), now=6000)
    assert found[FRT, 1].decided_at == START + 3600
    tight = Policy({FRT: 60})
    _, found = ours((1000, "policy", tight), now=6000)
    assert found[FRT, 1].decided_at == START + 1000
    _, found = ours((1000, "spam"), now=6000)
    assert found[FRT, 1].decided_at is None


def test_the_next_event_is_the_next_thing_to_tell():
    known = Policy({FRT: 3600}, warn={FRT: (Step(3, 4),)})
    for now, expected in ((0, 2700), (2700, 3600), (3600, 3601), (3601, None)):
        _, found = ours(now=now, policy=known)
        told = found[FRT, 1].next_event_at(START + now)
        assert told == (None if expected is None else START + expected)
    _, found = ours((10, REPLY), now=20, policy=known)
    assert found[FRT, 1].next_event_at(START + 20) is None


def test_an_explanation_says_who_paused_and_which_holiday():
    named = compile_calendar({**OFFICE, "names": {"2024-05-09": "Ascension Day"}})
    begin = int(datetime.fromisoformat(when("+2 16:00")).timestamp())
    paused = Event(begin + 1800, "status", TO_CUSTOMER, None, "Ada")
    line = read(Ticket(begin, Policy({RES: HOUR}), named), [paused], begin + 3 * 86_400)
    (clock,) = assess(line)
    parts = explain(line, clock)
    assert {part.holiday for part in parts if part.why == "holiday"} == {"Ascension Day"}
    assert {part.spell.by for part in parts if part.why == "paused"} == {"Ada"}
    assert clock.breached is False


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ([], "policy: not an object"),
        ({}, "policy.targets: missing"),
        ({"targets": {"first": 1}}, "policy.targets.first: unknown kind"),
        ({"targets": {FRT: -1}}, "policy.targets.first_response: negative"),
        ({"targets": {FRT: True}}, "policy.targets.first_response: not a whole number of seconds"),
        ({"targets": {FRT: 1.5}}, "policy.targets.first_response: not a whole number of seconds"),
        ({"targets": {}, "by_priority": {"asap": {}}}, "policy.by_priority.asap: unknown priority"),
        ({"targets": {}, "by_priority": {"high": {NRT: "1"}}},
         "policy.by_priority.high.next_response: not a whole number of seconds"),
        ({"targets": {}, "pauses": {RES: ["asleep"]}},
         "policy.pauses.resolution[0]: unknown status"),
        ({"targets": {}, "pauses": {RES: [[]]}}, "policy.pauses.resolution[0]: unknown status"),
        ({"targets": {}, "pauses": {RES: "new"}}, "policy.pauses.resolution: not a list"),
        ({"targets": {}, "around_the_clock": [FRT]}, "policy.around_the_clock: not an object"),
        ({"targets": {}, "around_the_clock": {"target": [FRT]}},
         "policy.around_the_clock.target: unknown"),
        ({"targets": {}, "around_the_clock": {"targets": FRT}},
         "policy.around_the_clock.targets: not a list"),
        ({"targets": {}, "around_the_clock": {"targets": [FRT, "lunch"]}},
         "policy.around_the_clock.targets[1]: unknown kind"),
        ({"targets": {}, "around_the_clock": {"by_priority": {"asap": []}}},
         "policy.around_the_clock.by_priority.asap: unknown priority"),
        ({"targets": {}, "around_the_clock": {"by_priority": {"high": [[]]}}},
         "policy.around_the_clock.by_priority.high[0]: unknown kind"),
        ({"targets": {}, "warn": {FRT: ["x"]}}, "policy.warn.first_response[0]: not a share"),
        ({"targets": {}, "warn": {FRT: ["NaN"]}}, "policy.warn.first_response[0]: not a share"),
        ({"targets": {}, "warn": {FRT: ["1e-99999"]}},
         "policy.warn.first_response[0]: not a share"),
        ({"targets": {}, "warn": {FRT: [{"later": 1}]}},
         "policy.warn.first_response[0]: not a share"),
        ({"targets": {}, "warn": {FRT: [{"before": -1}]}},
         "policy.warn.first_response[0].before: negative"),
    ],
)  # fmt: skip
def test_a_wrong_policy_is_refused_by_name(given, wrong):
    with pytest.raises(ValueError) as refused:
        compile_policy(given)
    assert str(refused.value) == wrong


def test_steps_may_be_seconds_before_and_after():
    known = compile_policy({"targets": {}, "warn": {FRT: [{"before": 60}, {"after": 30}, 0.5]}})
    assert known.warn[FRT] == (Step(1, 1, -60), Step(1, 1, 30), Step(1, 2))
