"""The ways of an incident and the reach of an update, by tables."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.incidents import rules
from apps.incidents.choices import Severity, State
from apps.incidents.rules import Asked, disorder, left_out, promise, refusal, sort_out
from tests.make import NOW, ago

GOES = {
    ("acknowledge", "triage"),
    ("mitigate", "active"),
    ("resolve", "triage"),
    ("resolve", "active"),
    ("resolve", "mitigated"),
    ("reopen", "mitigated"),
    ("reopen", "resolved"),
    ("reopen", "reviewed"),
    ("review", "resolved"),
}


@pytest.mark.parametrize("verb", rules.MOVES)
@pytest.mark.parametrize("state", State.values)
def test_each_verb_goes_from_its_states_alone(verb, state):
    said = refusal(verb, state)
    assert (not said) == ((verb, state) in GOES)
    assert not said or said.endswith(".")


def test_a_refusal_says_where_it_stands():
    assert refusal("resolve", "resolved") == "This incident is resolved already."
    assert refusal("mitigate", "triage") == "An incident that is in triage cannot become mitigated."
    assert refusal("review", "active") == "An incident that is active cannot become reviewed."


def test_every_severity_says_when_to_choose_it():
    assert all(one.means for one in Severity)


@pytest.mark.parametrize(
    ("instants", "wrong"),
    [
        ({}, ""),
        ({"started_at": ago(hours=2), "detected_at": ago(hours=1), "mitigated_at": None}, ""),
        ({"started_at": ago(hours=1), "detected_at": ago(hours=1)}, ""),
        ({"started_at": ago(hours=1), "detected_at": ago(hours=2)}, "detected_at"),
        ({"detected_at": ago(hours=1), "resolved_at": ago(hours=2)}, "resolved_at"),
        ({"started_at": ago(hours=-1)}, "started_at"),
    ],
)
def test_instants_stand_in_order_and_none_is_to_come(instants, wrong):
    field, why = disorder(instants, NOW)
    assert field == wrong and bool(why) == bool(wrong)


def test_a_promise_is_whole_minutes_away_or_none():
    at = NOW + timedelta(microseconds=7)
    assert promise(at, 30) == NOW + timedelta(minutes=30)
    assert promise(at, None) is None


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (Asked("new", 1), ""),
        (Asked("open", 1), ""),
        (Asked("waiting_customer", 1), ""),
        (Asked("waiting_third_party", 1), ""),
        (Asked("resolved", 1), "It is resolved: nobody waits there."),
        (Asked("closed", 1), "It is closed."),
        (Asked("merged", 1, into=7), "It was merged into #7."),
        (Asked("duplicate", 1), "It is a duplicate."),
        (Asked("spam", 1), "It is spam."),
        (Asked("open", None), "Nobody is known to write to."),
        (Asked("open", 1, stopped=True), "Mail to its contact comes back."),
    ],
)
def test_whom_an_update_does_not_reach(asked, why):
    assert left_out(asked) == why


def test_a_person_gets_one_mail_on_the_first_of_their_tickets():
    found = sort_out({3: Asked("open", 1), 2: Asked("spam", 1), 5: Asked("open", 1)}, {(9, 1)})
    assert found == {
        2: ("left_out", "It is spam.", None),
        3: ("told", "", None),
        5: ("beside", "Their mail went out on #3.", 3),
    }
    assert sort_out({5: Asked("open", 1)}, {(1, 3)})[5][0] == "beside"


asked = st.builds(
    Asked,
    st.sampled_from(["new", "open", "resolved", "merged", "spam"]),
    st.one_of(st.none(), st.integers(1, 4)),
    st.just(99),
    st.booleans(),
)


@given(st.dictionaries(st.integers(1, 50), asked))
def test_everybody_who_can_be_reached_is_told_exactly_once(tickets):
    found = sort_out(tickets)
    assert found.keys() == tickets.keys()
    reachable = {one.contact for one in tickets.values() if not left_out(one)}
    told = [tickets[ticket].contact for ticket, (reach, _, _) in found.items() if reach == "told"]
    assert sorted(told) == sorted(reachable)
    for ticket, (reach, why, on) in found.items():
        assert bool(why) == (reach != "told")
        if reach == "beside":
            assert found[on][0] == "told" and tickets[on].contact == tickets[ticket].contact
