"""Who gets a ticket: tables of who is fit, and what holds for any team."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.tickets.rules.sharing import (
    LEAST_LOADED,
    ROUND_ROBIN,
    Candidate,
    Choice,
    choose,
    unfit,
    weight_of,
)
from apps.tickets.rules.sharing import (
    given as after,
)
from tests.make import NOW

ADA = Candidate(1, "Ada", load=3, cap=8, last_given=NOW, skills=frozenset({"billing"}))
BO = Candidate(2, "Bo", load=5, cap=20, last_given=NOW - timedelta(hours=1))
CY = Candidate(3, "Cy", load=8, cap=8)
DI = Candidate(4, "Di", away="away until Mon 30 Nov, 09:00")
TEAM = [ADA, BO, CY, DI]


@pytest.mark.parametrize(
    ("one", "needs", "weight", "why"),
    [
        (ADA, (), 1, ""),
        (ADA, ("billing",), 5, ""),
        (ADA, ("billing",), 6, "carries 3 of 8"),
        (BO, ("billing", "german"), 1, "lacks billing, german"),
        (CY, (), 1, "carries 8 of 8"),
        (DI, ("billing",), 9, "away until Mon 30 Nov, 09:00"),
        (Candidate(5, "Ed", load=999), (), 3, ""),
    ],
)
def test_who_is_fit(one, needs, weight, why):
    assert unfit(one, frozenset(needs), weight) == why


@pytest.mark.parametrize(
    ("asked", "person", "why"),
    [
        ({}, 2, "round robin in Support"),  # who waited longest
        ({"way": LEAST_LOADED}, 2, "whoever carries least in Support"),  # 5 of 20 before 3 of 8
        ({"needs": ["billing"]}, 1, "round robin in Support; skill: billing"),
        ({"needs": ["german"]}, None, "nobody in Support is free; skill: german"),
    ],
)
def test_whose_turn_it_is(asked, person, why):
    choice = choose(TEAM, team="Support", **asked)
    assert (choice.person, choice.why) == (person, why)


def test_whoever_is_passed_over_is_named():
    assert choose(TEAM).passed == (
        ("Cy", "carries 8 of 8"),
        ("Di", "away until Mon 30 Nov, 09:00"),
    )


def test_whoever_answered_before_is_first_if_free():
    knows = Candidate(9, "Eve", last_given=NOW + timedelta(days=1), knows=True)
    assert choose([*TEAM, knows]) == Choice(9, "answered them before", choose(TEAM).passed)
    assert choose([*TEAM, knows], sticky=False).person == 2
    assert choose([BO, Candidate(9, "Eve", away="away", knows=True)]).person == 2


def test_nobody_at_all():
    assert choose([]) == Choice(None, "nobody is free")


def test_an_urgent_ticket_weighs_more():
    assert [weight_of(one) for one in ("urgent", "high", "normal", "low")] == [3, 2, 1, 1]


people = st.lists(
    st.builds(
        Candidate,
        person=st.integers(1, 50),
        name=st.just("A"),
        load=st.integers(0, 12),
        cap=st.none() | st.integers(1, 12),
        skills=st.frozensets(st.sampled_from(["billing", "german"])),
        away=st.sampled_from(["", "", "away"]),
        last_given=st.none() | st.integers(0, 9).map(lambda n: NOW + timedelta(minutes=n)),
        knows=st.booleans(),
    ),
    max_size=8,
    unique_by=lambda one: one.person,
)
ways = st.sampled_from([ROUND_ROBIN, LEAST_LOADED])
needed = st.frozensets(st.sampled_from(["billing", "german"]), max_size=2)


@given(team=people, way=ways, needs=needed, weight=st.integers(1, 3), sticky=st.booleans())
def test_nobody_unfit_ever_gets_it_and_somebody_fit_always_does(team, way, needs, weight, sticky):
    choice = choose(team, way=way, needs=needs, weight=weight, sticky=sticky)
    fit = {one.person: one for one in team if not unfit(one, needs, weight)}
    assert (choice.person in fit) if fit else choice.person is None
    assert len(choice.passed) == len(team) - len(fit)
    assert all(why for _, why in choice.passed)
    if choice.person:
        one = fit[choice.person]
        assert not one.away and needs <= one.skills
        assert one.cap is None or one.load + weight <= one.cap


@given(team=people, way=ways, weights=st.lists(st.integers(1, 3), max_size=40))
def test_no_stream_of_tickets_fills_anybody_past_their_limit(team, way, weights):
    standing = {one.person: one for one in team}
    for n, weight in enumerate(weights):
        choice = choose(list(standing.values()), way=way, weight=weight)
        moved = after(list(standing.values()), choice, weight, NOW + timedelta(hours=n))
        standing = {one.person: one for one in moved}
    for one in team:
        if one.cap is not None:
            assert standing[one.person].load <= max(one.cap, one.load)


@given(count=st.integers(1, 6), tickets=st.integers(0, 40))
def test_everybody_has_a_turn(count, tickets):
    team, got = [Candidate(n, str(n)) for n in range(count)], Counter()
    for n in range(tickets):
        choice = choose(team)
        team = after(team, choice, 1, NOW + timedelta(minutes=n))
        got[choice.person] += 1
    turns = [got[n] for n in range(count)]
    assert max(turns) - min(turns) <= 1
