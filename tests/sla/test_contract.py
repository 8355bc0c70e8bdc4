"""The contract of `replay_sla`, one row a clause, worked out by hand and not from an answer.

Instants are UTC on Monday 6 May 2024 unless they carry a date; every expected number is arithmetic
a reader can redo in the margin. The bugs of other systems (reference §2.9) are rows too.
"""

import json
from datetime import datetime

import pytest

from apps.calendars.rules import Malformed
from apps.sla.scenario import answer

FRT, NRT, RES = "first_response", "next_response", "resolution"
OFFICE = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


def at(text):
    """`10:30` is that Monday; `05-07 10:30` another day of 2024; a full instant is itself."""
    if "T" in text:
        return text
    day, _, clock = text.rpartition(" ")
    return f"2024-{day or '05-06'}T{clock}{':00' if clock.count(':') == 1 else ''}Z"


def calendar(zone="UTC", weekly=OFFICE, **overrides):
    days = {f"2024-{day.replace('_', '-')}": spans for day, spans in overrides.items()}
    return {"timezone": zone, "weekly": weekly, "overrides": days}


def policy(frt=None, nrt=None, res=None, **more):
    given = {FRT: frt, NRT: nrt, RES: res}
    return {"targets": {kind: n for kind, n in given.items() if n is not None}, **more}


def event(when, kind, *to):
    said = {"at": at(when), "type": kind}
    if to and kind in ("undo", "bounce"):
        said["of"] = at(to[0])
    elif to:
        said["to"] = to[0]
    return said


def asked(promise, events, now, hours=None, reported="09:00", warn=None, **ticket):
    return {
        "calendar": hours,
        "policy": promise,
        "ticket": {"reported_at": at(reported), **ticket},
        "events": [event(*one) for one in events],
        "now": at(now),
        **({"warn": warn} if warn else {}),
    }


def told(clock, names):
    return {
        name: [(part["why"], part["from"], part["to"]) for part in clock["segments"]]
        if name == "segments"
        else clock[name]
        for name in names
    }


def wanted(values):
    found = {}
    for name, value in values.items():
        if name == "segments":
            value = [(why, at(begin), at(end)) for why, begin, end in value]
        elif name == "warn_at":
            value = [one and at(one) for one in value]
        elif name.endswith("_at") and value:
            value = at(value)
        found[name] = value
    return found


def be(**expected):
    return expected


AGENT, HEARD, STATUS = "agent_message", "customer_message", "status"
WAIT, OTHERS = "waiting_customer", "waiting_third_party"
ALL_PAUSE = {kind: [WAIT, OTHERS, "resolved"] for kind in (FRT, NRT, RES)}
BERLIN_NIGHT = calendar("Europe/Berlin", {"sun": [["00:00", "24:00"]]})

# (clause, scenario, {kind+cycle: expected}); a clock that is not named must not be there
CLAUSES = [
    # --- §2.3 ---
    ("FRT: starts when reported, stops at the first public human message",
     asked(policy(frt=3600), [("09:40", AGENT)], "12:00"),
     {"frt1": be(state="met", started_at="09:00", due_at="10:00", breach_at="10:00",
                   stopped_at="09:40", elapsed=2400, remaining=1200, paused=0, reason=None)}),
    ("FRT: agent-initiated has none, and resolution starts at creation",
     asked(policy(frt=60, nrt=60, res=3600), [], "09:30", origin="agent"),
     {"res1": be(state="running", started_at="09:00", elapsed=1800)}),
    ("FRT: logged and answered in the contact stops at the contact",
     asked(policy(frt=60), [], "12:00", origin="logged", answered_in_contact=True),
     {"frt1": be(state="met", stopped_at="09:00", elapsed=0, segments=[])}),
    ("FRT: logged and not answered runs as any",
     asked(policy(frt=7200), [], "10:00", origin="logged"),
     {"frt1": be(state="running", elapsed=3600, due_at="11:00")}),
    ("FRT: answered_in_contact of a customer's own ticket settles nothing",
     asked(policy(frt=7200), [], "10:00", answered_in_contact=True),
     {"frt1": be(state="running")}),
    ("FRT: waiting does not pause it by default",
     asked(policy(frt=3600), [("09:10", STATUS, WAIT)], "10:00:01"),
     {"frt1": be(state="breached_open", breached_at="10:00", paused=0)}),
    ("FRT: the matrix may pause it all the same",
     asked(policy(frt=3600, pauses=ALL_PAUSE), [("09:10", STATUS, WAIT), ("09:50", HEARD)],
           "10:00"),
     {"frt1": be(state="running", elapsed=1200, paused=2400, due_at="10:40")}),
    ("NRT: only once FRT is settled",
     asked(policy(nrt=600), [("09:05", HEARD), ("09:10", AGENT), ("09:20", HEARD)], "09:25"),
     {"nrt1": be(state="running", started_at="09:20", elapsed=300)}),
    ("NRT: one a turn, later bumps do not move it",
     asked(policy(nrt=600), [("09:10", AGENT), ("09:20", HEARD), ("09:29", HEARD),
                             ("09:40", AGENT), ("09:50", HEARD)], "09:55"),
     {"nrt1": be(state="breached_closed", started_at="09:20", breached_at="09:30",
                   stopped_at="09:40", elapsed=1200, remaining=-600),
      "nrt2": be(state="running", started_at="09:50", elapsed=300)}),
    ("NRT: a resolve stops it",
     asked(policy(nrt=3600), [("09:10", AGENT), ("09:20", HEARD), ("09:30", STATUS, "resolved")],
           "12:00"),
     {"nrt1": be(state="met", stopped_at="09:30", elapsed=600)}),
    ("NRT: no reply needed stops it",
     asked(policy(nrt=3600), [("09:10", AGENT), ("09:20", HEARD), ("09:30", "no_reply_needed")],
           "12:00"),
     {"nrt1": be(state="met", stopped_at="09:30")}),
    ("NRT: a note and an automatic message stop nothing",
     asked(policy(nrt=600), [("09:10", AGENT), ("09:20", HEARD), ("09:21", "note"),
                             ("09:22", "automatic_message")], "09:30"),
     {"nrt1": be(state="running", elapsed=600, due_at="09:30")}),
    ("RES: waiting for the customer pauses, for others it runs",
     asked(policy(res=7200), [("09:30", STATUS, OTHERS), ("10:00", STATUS, WAIT),
                              ("12:00", STATUS, "open")], "12:30"),
     {"res1": be(state="running", elapsed=5400, paused=7200, due_at="13:00",
                   segments=[("counted", "09:00", "10:00"), ("paused", "10:00", "12:00"),
                             ("counted", "12:00", "12:30")])}),
    ("RES: everything may pause while waiting or resolved",
     asked(policy(frt=3600, res=7200, pauses=ALL_PAUSE), [("09:30", STATUS, OTHERS)], "12:30"),
     {"frt1": be(state="paused", elapsed=1800, due_at=None, breach_at=None, remaining=1800),
      "res1": be(state="paused", elapsed=1800, due_at=None, paused=10800, remaining=5400)}),
    ("Cancel: spam and merged, with their reason, at that instant",
     asked(policy(frt=3600, res=7200), [("09:30", "spam")], "12:00"),
     {"frt1": be(state="cancelled", reason="spam", stopped_at="09:30", breached_at=None),
      "res1": be(state="cancelled", reason="spam", stopped_at="09:30")}),
    ("Cancel: a duplicate by status",
     asked(policy(res=7200), [("09:30", STATUS, "duplicate")], "12:00"),
     {"res1": be(state="cancelled", reason="duplicate", stopped_at="09:30")}),
    ("Sticky: merging erases no breach, and ends it",
     asked(policy(res=3600), [("11:00", "merge")], "12:00"),
     {"res1": be(state="breached_closed", reason=None, breached_at="10:00", stopped_at="11:00")}),
    ("Cancel: the policy has no such target any more",
     asked(policy(frt=3600), [("09:15", "policy", policy(res=7200))], "09:30"),
     {"frt1": be(state="cancelled", reason="policy", stopped_at="09:15"),
      "res1": be(state="running", started_at="09:00", elapsed=1800)}),
    # --- §2.4 ---
    ("Time: due is the closing, breach the next opening",
     asked(policy(frt=8 * 3600), [], "05-07 08:59:59", calendar()),
     {"frt1": be(state="running", due_at="17:00", breach_at="05-07 09:00", elapsed=28800)}),
    ("Time: a second worked past the opening is a breach since the closing",
     asked(policy(frt=8 * 3600), [("05-07 09:00:01", AGENT)], "05-07 10:00", calendar()),
     {"frt1": be(state="breached_closed", breached_at="17:00", remaining=-1)}),
    ("Time: exactly the next opening is met",
     asked(policy(frt=8 * 3600), [("05-07 09:00", AGENT)], "05-07 10:00", calendar()),
     {"frt1": be(state="met", remaining=0, breached_at=None)}),
    ("Time: a holiday is named one, its neighbours are closed",
     asked(policy(frt=9 * 3600), [], "05-08 09:30", calendar(**{"05_07": []})),
     {"frt1": be(state="running", elapsed=30600, due_at="05-08 10:00",
                   segments=[("counted", "09:00", "17:00"), ("closed", "17:00", "05-07 00:00"),
                             ("holiday", "05-07 00:00", "05-08 00:00"),
                             ("closed", "05-08 00:00", "05-08 09:00"),
                             ("counted", "05-08 09:00", "05-08 09:30")])}),
    ("Time: a break is its remaining spans",
     asked(policy(frt=4 * 3600), [], "13:30",
           calendar(**{"05_06": [["09:00", "12:00"], ["13:00", "17:00"]]})),
     {"frt1": be(elapsed=12600, due_at="14:00", state="running",
                   segments=[("counted", "09:00", "12:00"), ("closed", "12:00", "13:00"),
                             ("counted", "13:00", "13:30")])}),
    ("Time: 24:00 and 00:00 next day are one span",
     asked(policy(frt=4 * 3600), [], "05-07 01:00",
           calendar(weekly={"mon": [["22:00", "24:00"]], "tue": [["00:00", "03:00"]]})),
     {"frt1": be(elapsed=10800, due_at="05-07 02:00", breach_at="05-07 02:00",
                   segments=[("closed", "09:00", "22:00"), ("counted", "22:00", "05-07 01:00")])}),
    ("Time: a full Sunday in spring has 23 hours",
     asked(policy(frt=24 * 3600), [], "04-02 00:00", BERLIN_NIGHT,
           reported="2024-03-30T12:00:00Z"),
     {"frt1": be(elapsed=23 * 3600, state="running", due_at="04-06 23:00")}),
    ("Time: a full Sunday in autumn has 25 hours",
     asked(policy(frt=25 * 3600), [], "10-30 00:00", BERLIN_NIGHT,
           reported="2024-10-26T12:00:00Z"),
     {"frt1": be(elapsed=25 * 3600, state="running", due_at="10-27 23:00",
                   breach_at="11-02 23:00")}),
    ("Time: an opening that does not exist moves forward by the gap",
     asked(policy(frt=3600), [], "03-31 12:00",
           calendar("Europe/Berlin", {"sun": [["02:30", "05:00"]]}), reported="03-31 00:00"),
     # 02:30 CET is 03:30 CEST = 01:30Z; closes 05:00 CEST = 03:00Z
     {"frt1": be(elapsed=5400, state="breached_open", due_at="03-31 02:30",
                   breached_at="03-31 02:30")}),
    ("Time: an ambiguous opening is the first of the two",
     asked(policy(frt=3600), [], "10-27 12:00",
           calendar("Europe/Berlin", {"sun": [["02:30", "04:00"]]}), reported="10-27 00:00"),
     # 02:30 CEST = 00:30Z, 04:00 CET = 03:00Z: two and a half hours
     {"frt1": be(elapsed=9000, state="breached_open", due_at="10-27 01:30",
                   breached_at="10-27 01:30")}),
    ("Time: no calendar is around the clock, and leaves no closed second",
     asked(policy(frt=86400 * 3), [], "05-08 09:00"),
     {"frt1": be(elapsed=172800, due_at="05-09 09:00",
                   segments=[("counted", "09:00", "05-08 09:00")])}),
    ("Time: started while closed, the wait for the opening is the first segment",
     asked(policy(frt=3600), [], "05-06 09:15", calendar(), reported="05-05 12:00"),
     {"frt1": be(started_at="05-05 12:00", elapsed=900, due_at="10:00",
                   segments=[("closed", "05-05 12:00", "09:00"), ("counted", "09:00", "09:15")])}),
    ("Time: while paused no due date, and paused is working seconds only",
     asked(policy(res=8 * 3600), [("16:00", STATUS, WAIT)], "05-07 10:00", calendar()),
     {"res1": be(state="paused", due_at=None, breach_at=None, elapsed=25200, remaining=3600,
                   paused=7200)}),
    ("Time: never open gives no due date, at once",
     asked(policy(frt=1), [], "05-07 10:00", calendar(weekly={})),
     {"frt1": be(state="running", due_at=None, breach_at=None, elapsed=0)}),
    # --- §2.5 ---
    ("Change: tightened below what was elapsed breaches at the change",
     asked(policy(res=7200, by_priority={"urgent": {RES: 1800}}),
           [("10:00", "priority", "urgent")], "10:30"),
     {"res1": be(state="breached_open", target=1800, breached_at="10:00", due_at="09:30",
                   breach_at="09:30", elapsed=5400, remaining=-3600)}),
    ("Change: a priority without targets of its own keeps the policy's",
     asked(policy(res=7200, by_priority={"urgent": {FRT: 60}}),
           [("10:00", "priority", "urgent")], "10:30"),
     {"frt1": be(state="breached_open", breached_at="10:00", target=60, started_at="09:00",
                   due_at="09:01"),
      "res1": be(state="running", target=7200, due_at="11:00")}),
    ("Change: an open pause survives a priority change",
     asked(policy(res=7200, by_priority={"urgent": {RES: 3600}}),
           [("09:30", STATUS, WAIT), ("10:00", "priority", "urgent"), ("11:00", HEARD)], "11:10"),
     {"res1": be(state="running", elapsed=2400, paused=5400, target=3600, due_at="11:30")}),
    ("Change: the calendar swaps at its instant, segments before stay",
     asked(policy(res=4 * 3600), [("18:00", "calendar", None)], "19:00", calendar(),
           reported="15:00"),
     {"res1": be(elapsed=10800, due_at="20:00", state="running",
                   segments=[("counted", "15:00", "17:00"), ("closed", "17:00", "18:00"),
                             ("counted", "18:00", "19:00")])}),
    ("Reopen: the gap is excluded, cycle 1 stays as decided",
     asked(policy(res=7200), [("10:00", STATUS, "resolved"), ("14:00", HEARD),
                              ("15:30", STATUS, "resolved")], "16:00"),
     {"res1": be(state="met", stopped_at="10:00", elapsed=3600),
      "res2": be(state="breached_closed", started_at="09:00", stopped_at="15:30", elapsed=9000,
                   due_at="15:00", breached_at="15:00",
                   segments=[("counted", "09:00", "10:00"), ("resolved", "10:00", "14:00"),
                             ("counted", "14:00", "15:30")])}),
    ("Reopen: takes the cancel of a first response back, the gap counts",
     asked(policy(frt=7200), [("09:30", STATUS, "resolved"), ("10:30", HEARD)], "10:40"),
     {"frt1": be(state="running", elapsed=6000, due_at="11:00", reason=None, stopped_at=None)}),
    ("Reopen: unless resolved pauses it",
     asked(policy(frt=7200, pauses={FRT: ["resolved"]}),
           [("09:30", STATUS, "resolved"), ("10:30", HEARD)], "10:40"),
     {"frt1": be(state="running", elapsed=2400, paused=3600, due_at="12:00")}),
    ("Reopen: a breached first response ended by the resolve runs on",
     asked(policy(frt=1800), [("10:00", STATUS, "resolved"), ("11:00", STATUS, "open")], "11:30"),
     {"frt1": be(state="breached_open", breached_at="09:30", stopped_at=None, elapsed=9000)}),
    ("Reopen: next response starts at the reopening message",
     asked(policy(nrt=3600), [("09:10", AGENT), ("09:30", STATUS, "resolved"), ("11:00", HEARD)],
           "11:20"),
     {"nrt1": be(state="running", started_at="11:00", elapsed=1200)}),
    ("Same second: terms, resume, pause, stop",
     asked(policy(res=3600, by_priority={"urgent": {RES: 1800}}),
           [("10:00", STATUS, "resolved"), ("10:00", "priority", "urgent")], "12:00"),
     {"res1": be(state="breached_closed", target=1800, breached_at="10:00",
                   stopped_at="10:00")}),
    ("Same second: a customer's message beats a pause",
     asked(policy(res=7200), [("09:30", HEARD), ("09:30", STATUS, WAIT)], "10:00"),
     {"res1": be(state="running", elapsed=3600, paused=0)}),
    ("Same second: an explicit status beside the message changes nothing",
     asked(policy(res=7200), [("09:30", STATUS, WAIT), ("09:40", HEARD),
                              ("09:40", STATUS, "open")], "10:00"),
     {"res1": be(state="running", elapsed=3000, paused=600)}),
    # --- clarifications ---
    ("Clarified: resolved without a reply before due cancels",
     asked(policy(frt=3600), [("10:00", STATUS, "resolved")], "12:00"),
     {"frt1": be(state="cancelled", reason="resolved_without_reply", stopped_at="10:00",
                   breached_at=None)}),
    ("Clarified: a bounce opens the first response from its original start",
     asked(policy(frt=3600), [("09:30", AGENT), ("09:45", "bounce", "09:30")], "09:50"),
     {"frt1": be(state="running", started_at="09:00", elapsed=3000)}),
    ("Clarified: undo takes back every event of that instant",
     asked(policy(frt=3600, res=3600), [("09:30", AGENT), ("09:30", STATUS, WAIT),
                                        ("09:31", "undo", "09:30")], "09:40"),
     {"frt1": be(state="running", elapsed=2400), "res1": be(state="running", elapsed=2400)}),
    ("Clarified: warnings are the earliest instants of each share",
     asked(policy(frt=8 * 3600), [], "10:00", calendar(), warn={FRT: ["0.5", "0.75", "1"]}),
     {"frt1": be(warn_at=["13:00", "15:00", "17:00"], state="running")}),
    ("Clarified: a warning falls into the next working day, not the night",
     asked(policy(frt=4 * 3600), [], "16:30", calendar(), reported="16:00", warn={FRT: ["0.75"]}),
     {"frt1": be(warn_at=["05-07 11:00"], due_at="05-07 12:00", state="running")}),
    ("Clarified: due and breach follow the target at the end, breached_at the tightening",
     asked(policy(frt=7200), [("10:00", "policy", policy(frt=1800)),
                              ("10:10", "policy", policy(frt=10800))], "10:20"),
     {"frt1": be(state="breached_open", target=10800, due_at="12:00", breach_at="12:00",
                   breached_at="10:00", remaining=6000)}),
    # --- §2.9, other systems' bugs ---
    ("§2.9 django-helpdesk: a holiday makes it due later, never sooner",
     asked(policy(res=10 * 3600), [], "05-08 09:00", calendar(**{"05_07": []})),
     {"res1": be(state="running", due_at="05-08 11:00", elapsed=28800)}),
    ("§2.9 Frappe: many spans a weekday, in the calendar's own zone",
     asked(policy(frt=3 * 3600), [], "07:30",
           calendar("Asia/Kolkata", {"mon": [["09:00", "11:00"], ["12:00", "18:00"]]}),
           reported="03:00"),
     # 09:00 IST = 03:30Z; two hours to 05:30Z, then from 12:00 IST = 06:30Z
     {"frt1": be(due_at="07:30", breach_at="07:30", elapsed=10800, state="running")}),
    ("§2.9 Frappe: no working day at all ends, with no due date",
     asked(policy(frt=3600, res=10**9), [], "05-07 10:00", calendar(weekly={"mon": []})),
     {"frt1": be(due_at=None, state="running"), "res1": be(due_at=None, state="running")}),
    ("§2.9 Chatwoot: a week all closed is not 24×7",
     asked(policy(frt=60), [], "05-09 10:00", calendar(weekly={})),
     {"frt1": be(state="running", elapsed=0, breached_at=None,
                   segments=[("closed", "09:00", "05-09 10:00")])}),
    ("§2.9 Chatwoot: resolved late is late, whenever somebody looks",
     asked(policy(res=3600), [("10:00:01", STATUS, "resolved")], "2025-01-01T00:00:00Z"),
     {"res1": be(state="breached_closed", breached_at="10:00")}),
    ("§2.9 Zammad: two pauses that begin in one minute both count, by the second",
     asked(policy(res=3600), [("09:10:01", STATUS, WAIT), ("09:10:11", STATUS, "open"),
                              ("09:10:21", STATUS, WAIT), ("09:10:51", STATUS, "open")], "09:11"),
     {"res1": be(paused=40, elapsed=620, due_at="10:00:40")}),
    ("§2.9 osTicket: without a step there is no escalation",
     asked(policy(frt=3600), [], "09:30"), {"frt1": be(state="running", warn_at=KeyError)}),
]  # fmt: skip


@pytest.mark.parametrize(("scenario", "expected"), [one[1:] for one in CLAUSES],
                         ids=[one[0] for one in CLAUSES])  # fmt: skip
def test_clause(scenario, expected):
    short = {FRT: "frt", NRT: "nrt", RES: "res"}
    clocks = {
        f"{short[one['kind']]}{one['cycle']}": one for one in answer(json.dumps(scenario))["clocks"]
    }
    assert clocks.keys() == expected.keys()
    for name, values in expected.items():
        for absent in [key for key, value in values.items() if value is KeyError]:
            assert absent not in clocks[name]
            values = {key: value for key, value in values.items() if key != absent}
        assert told(clocks[name], values) == wanted(values)
        wall = sum(
            _seconds(part["to"]) - _seconds(part["from"]) for part in clocks[name]["segments"]
        )
        end = clocks[name]["stopped_at"] or scenario["now"]
        assert wall == _seconds(end) - _seconds(clocks[name]["started_at"])


def _seconds(instant):
    return datetime.fromisoformat(instant).timestamp()


@pytest.mark.parametrize(
    ("scenario", "line"),
    [
        (asked(policy(frt=1.5), [], "10:00"),
         "policy.targets.first_response: not a whole number of seconds"),
        (asked(policy(frt=True), [], "10:00"),
         "policy.targets.first_response: not a whole number of seconds"),
        (asked(policy(frt=-1), [], "10:00"), "policy.targets.first_response: negative"),
        (asked(policy(frt=60), [("08:59:59", AGENT)], "10:00"), "events[0].at: before reported_at"),
        (asked(policy(frt=60), [("10:00:01", AGENT)], "10:00"), "events[0].at: after now"),
        (asked(policy(frt=60), [("09:30", "undo", "09:29")], "10:00"),
         "events[0].of: names no event"),
        (asked(policy(frt=60), [], "10:00", calendar(weekly={"mon": [["17:00", "09:00"]]})),
         "calendar.weekly.mon[0]: ends before it starts"),
        (asked(policy(frt=60), [], "10:00", calendar("Mars/Olympus")),
         "calendar.timezone: unknown zone"),
        (asked({"targets": {"frt": 60}}, [], "10:00"), "policy.targets.frt: unknown kind"),
        (asked(policy(frt=60, pauses={FRT: ["asleep"]}), [], "10:00"),
         "policy.pauses.first_response[0]: unknown status"),
    ],
)  # fmt: skip
def test_refused_by_name(scenario, line):
    with pytest.raises(Malformed) as wrong:
        answer(json.dumps(scenario))
    assert str(wrong.value) == line


def test_an_undo_of_an_undo_is_refused():
    events = [("09:30", AGENT), ("09:31", "undo", "09:30"), ("09:32", "undo", "09:31")]
    with pytest.raises(Malformed, match=r"events\[2\]\.of: names no event"):
        answer(json.dumps(asked(policy(frt=60), events, "10:00")))
