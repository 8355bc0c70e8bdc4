"""`replay_sla`: the scenario of the outside contract, its answer, and its refusals."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import call_command

from apps.calendars.rules import Malformed
from apps.sla.scenario import answer

ROOT = Path(__file__).parents[2]
PLAIN = {
    "calendar": None,
    "policy": {"targets": {"first_response": 3600}},
    "ticket": {"reported_at": "2013-03-21T09:30:00Z"},
    "events": [{"at": "2013-03-21T10:00:00Z", "type": "agent_message"}],
    "now": "2013-03-21T12:00:00Z",
}
MET = {
    "kind": "first_response",
    "cycle": 1,
    "state": "met",
    "reason": None,
    "started_at": "2013-03-21T09:30:00Z",
    "due_at": "2013-03-21T10:30:00Z",
    "breach_at": "2013-03-21T10:30:00Z",
    "stopped_at": "2013-03-21T10:00:00Z",
    "breached_at": None,
    "target": 3600,
    "elapsed": 1800,
    "remaining": 1800,
    "paused": 0,
    "segments": [{"from": "2013-03-21T09:30:00Z", "to": "2013-03-21T10:00:00Z", "why": "counted"}],
}


def changed(**more):
    return {**PLAIN, **more}


def with_event(**event):
    return changed(events=[*PLAIN["events"], event])


def test_the_answer_has_the_agreed_names_in_the_agreed_order():
    (clock,) = answer(json.dumps(PLAIN))["clocks"]
    assert list(clock.items()) == list(MET.items())


def test_the_contract_example():
    """09:30Z is a Thursday closed all day; Saturday has two hours, Monday ten."""
    example = changed(
        calendar={
            "timezone": "Europe/Berlin",
            "weekly": {"mon": [["08:00", "18:00"]], "sat": [["22:00", "24:00"]]},
            "overrides": {"2016-11-01": [], "2016-12-24": [["08:00", "12:00"]]},
        },
        policy={
            "targets": {"first_response": 3600, "next_response": 7200, "resolution": 10800},
            "by_priority": {"urgent": {"first_response": 900}},
            "pauses": {
                "first_response": [],
                "next_response": [],
                "resolution": ["waiting_customer"],
            },
        },
        ticket={
            "reported_at": "2013-03-21T09:30:00Z",
            "priority": "normal",
            "origin": "customer",
            "status": "new",
        },
    )
    first, resolution = answer(json.dumps(example))["clocks"]
    assert (first["state"], first["due_at"]) == ("met", "2013-03-23T22:00:00Z")
    assert (resolution["state"], resolution["due_at"]) == ("running", "2013-03-25T08:00:00Z")
    assert [part["why"] for part in resolution["segments"]] == ["closed"]


@pytest.mark.parametrize(
    "reported",
    [
        "2013-03-21T10:30:00+01:00",
        "2013-03-21T09:30:00.999Z",
        "2013-03-21t09:30:00z",
        "2013-03-21T09:30:00-00:00",
    ],
)
def test_instants_are_rfc_3339_floored_to_the_second(reported):
    scenario = changed(ticket={"reported_at": reported})
    assert answer(json.dumps(scenario))["clocks"] == [MET]


def test_neighbours_of_one_reason_are_one_segment():
    scenario = changed(
        policy={
            "targets": {"resolution": 36000},
            "pauses": {"resolution": ["waiting_customer", "waiting_third_party"]},
        },
        events=[
            {"at": "2013-03-21T10:00:00Z", "type": "status", "to": "waiting_customer"},
            {"at": "2013-03-21T11:00:00Z", "type": "status", "to": "waiting_third_party"},
        ],
    )
    (clock,) = answer(json.dumps(scenario))["clocks"]
    assert [part["why"] for part in clock["segments"]] == ["counted", "paused"]


@pytest.mark.parametrize(
    ("scenario", "wrong"),
    [
        (with_event(at="2013-03-21T09:29:59Z", type="note"), "events[1].at: before reported_at"),
        (with_event(at="2013-03-21T12:00:01Z", type="note"), "events[1].at: after now"),
        (with_event(at="2013-03-21T11:00:00", type="note"),
         "events[1].at: an instant without a zone"),
        (with_event(at="yesterday", type="note"), "events[1].at: not an instant"),
        (with_event(at="2013-02-30T11:00:00Z", type="note"), "events[1].at: not an instant"),
        (with_event(at=1363860000, type="note"), "events[1].at: not an instant"),
        (with_event(type="note"), "events[1].at: missing"),
        (with_event(at="2013-03-21T11:00:00Z"), "events[1].type: missing"),
        (with_event(at="2013-03-21T11:00:00Z", type="snooze"), "events[1].type: unknown type"),
        (with_event(at="2013-03-21T11:00:00Z", type=["note"]), "events[1].type: unknown type"),
        (with_event(at="2013-03-21T11:00:00Z", type="status"), "events[1].to: missing"),
        (with_event(at="2013-03-21T11:00:00Z", type="status", to="lost"),
         "events[1].to: unknown status"),
        (with_event(at="2013-03-21T11:00:00Z", type="priority", to="p1"),
         "events[1].to: unknown priority"),
        (with_event(at="2013-03-21T11:00:00Z", type="policy", to={}),
         "events[1].to.targets: missing"),
        (with_event(at="2013-03-21T11:00:00Z", type="calendar", to={"timezone": "X", "weekly": {}}),
         "events[1].to.timezone: unknown zone"),
        (with_event(at="2013-03-21T11:00:00Z", type="undo"), "events[1].of: missing"),
        (with_event(at="2013-03-21T11:00:00Z", type="undo", of="2013-03-21T11:00:00Z"),
         "events[1].of: names no event"),
        (with_event(at="2013-03-21T11:00:00Z", type="bounce", of="2013-03-21T09:59:00Z"),
         "events[1].of: names no message"),
        (changed(events={}), "events: not a list"),
        (changed(events=[None]), "events[0]: not an object"),
        (changed(now="2013-03-21T09:00:00Z"), "now: before reported_at"),
        (changed(now="9999-12-31T23:59:59Z"), "now: not between 1900 and 2199"),
        (changed(ticket={}), "ticket.reported_at: missing"),
        (changed(ticket={**PLAIN["ticket"], "priority": "p1"}),
         "ticket.priority: unknown priority"),
        (changed(ticket={**PLAIN["ticket"], "status": "lost"}), "ticket.status: unknown status"),
        (changed(ticket={**PLAIN["ticket"], "origin": "mars"}), "ticket.origin: unknown origin"),
        (changed(ticket={**PLAIN["ticket"], "answered_in_contact": 1}),
         "ticket.answered_in_contact: not true or false"),
        (changed(policy={"targets": {"resolution": -1}}), "policy.targets.resolution: negative"),
        (changed(policy={"targets": {"resolution": 1.0}}),
         "policy.targets.resolution: not a whole number of seconds"),
        (changed(calendar={"timezone": "UTC", "weekly": {"mon": [["12:00", "08:00"]]}}),
         "calendar.weekly.mon[0]: ends before it starts"),
        ({key: value for key, value in PLAIN.items() if key != "calendar"}, "calendar: missing"),
        ({key: value for key, value in PLAIN.items() if key != "now"}, "now: missing"),
        (7, "scenario: not an object"),
        ([PLAIN, changed(ticket=[])], "[1].ticket: not an object"),
        ([PLAIN, with_event(at="2013-03-21T09:00:00Z", type="note")],
         "[1].events[1].at: before reported_at"),
        ([7], "[0]: not an object"),
    ],
)  # fmt: skip
def test_a_bad_scenario_is_refused_by_name(scenario, wrong):
    with pytest.raises(Malformed) as refused:
        answer(json.dumps(scenario))
    assert str(refused.value) == wrong


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "scenario: not JSON (Expecting value at line 1 column 1)"),
        ('{"now": 1, "now": 2}', 'scenario: "now" is given twice'),
        ('{"now": NaN}', "scenario: NaN is not a number"),
        ('{"now": -Infinity}', "scenario: -Infinity is not a number"),
        ("[" * 100_000, "scenario: nested too deeply"),
        ("9" * 5000, "scenario: a number of too many digits"),
    ],
)
def test_json_is_read_strictly(text, wrong):
    with pytest.raises(Malformed) as refused:
        answer(text)
    assert str(refused.value) == wrong


def replay(*arguments):
    out, err = io.StringIO(), io.StringIO()
    code = 0
    try:
        call_command("replay_sla", *arguments, stdout=out, stderr=err)
    except SystemExit as ended:
        code = ended.code
    return code, out.getvalue(), err.getvalue()


def test_a_file_is_answered(tmp_path):
    file = tmp_path / "scenario.json"
    file.write_text(json.dumps(PLAIN))
    code, out, err = replay(str(file))
    assert (code, json.loads(out), err) == (0, {"clocks": [MET]}, "")


def test_standard_input_and_an_array(monkeypatch):
    given = io.BytesIO(json.dumps([PLAIN, PLAIN]).encode())
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=given))
    code, out, _ = replay("-")
    assert (code, json.loads(out)) == (0, [{"clocks": [MET]}] * 2)


def test_one_bad_scenario_in_an_array_answers_nothing(tmp_path):
    file = tmp_path / "scenarios.json"
    file.write_text(json.dumps([PLAIN, changed(now="soon")]))
    assert replay(str(file)) == (2, "", "[1].now: not an instant\n")


def test_what_cannot_be_read_is_refused_in_one_line(tmp_path):
    assert replay(str(tmp_path / "none")) == (2, "", "scenario: No such file or directory\n")
    file = tmp_path / "latin"
    file.write_bytes(b"\xff\xfe")
    assert replay(str(file)) == (2, "", "scenario: not UTF-8\n")


def test_it_needs_no_database_and_starts_none(tmp_path):
    """Run as anyone would, with nothing there but a home that stays empty."""
    home = tmp_path / "home"
    environ = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
    }
    ran = subprocess.run(
        [sys.executable, "manage.py", "replay_sla", "-"],
        cwd=ROOT,
        env={**environ, "AFTERLAUNCH_HOME": str(home)},
        input=json.dumps(PLAIN),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert json.loads(ran.stdout) == {"clocks": [MET]}, ran.stderr
    assert ran.returncode == 0
    assert not home.exists()
