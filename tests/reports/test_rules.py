"""Forecasts by hand and by property."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.reports.rules import BROKE, ENOUGH, MOST, Due, Experience, slack_of


def experience(*told):
    made = Experience()
    for one in told:
        made.add(*one)
    return made


def test_the_chance_is_that_of_clocks_still_open_then():
    seen = experience(
        ("first_response", "high", BROKE, 10),
        ("first_response", "high", 0, 10),
        ("first_response", "high", 8, 80),
    )
    assert seen.chance("first_response", "high", 8) == 0.1
    assert seen.chance("first_response", "high", 4) == 0.5


def test_few_are_judged_by_their_kind_and_then_by_all():
    seen = experience(
        ("first_response", "high", BROKE, ENOUGH - 1),
        ("first_response", "low", 2, 100),
        ("resolution", "low", BROKE, 1),
    )
    assert seen.chance("first_response", "high", 4) == pytest.approx(19 / 119)
    assert seen.chance("resolution", "low", 4) == pytest.approx(20 / 120)
    assert seen.chance("resolution", "low", -1) == 1
    assert Experience().chance("resolution", "low", 4) is None
    assert Experience().forecast([Due("resolution", "low", 4, 1)]) is None


def test_what_the_hours_left_cannot_serve_breaks():
    seen = experience(("resolution", "low", 4, 100))
    due = [Due("resolution", "low", 4, 30)]
    assert seen.forecast(due).expected == 0
    found = seen.forecast(due, capacity=10)
    assert (found.due, found.expected, found.low, found.high) == (30, 20, 20, 20)
    assert seen.forecast(due, capacity=50).expected == 0


def test_slacks_are_whole_quarters():
    assert [slack_of(s) for s in (-1, 0, 899, 900, 10**9)] == [-1, 0, 0, 1, MOST]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["first_response", "resolution"]),
            st.sampled_from(["high", "low"]),
            st.integers(BROKE, 40),
            st.integers(1, 50),
        ),
        min_size=1,
    ),
    st.lists(st.tuples(st.sampled_from(["high", "low"]), st.integers(0, 60), st.integers(1, 9))),
)
def test_a_forecast_lies_between_nothing_and_everything(told, due):
    found = experience(*told).forecast([Due("resolution", *one) for one in due])
    if found is None:
        assert due
        return
    assert 0 <= found.low <= found.high <= found.due
    assert found.low - 1 <= found.expected <= found.high + 1


def test_forecasts_hold_as_often_as_they_say():
    """Learnt from past clocks, tried on 300 days of others: 95 % of the intervals hold, not all."""
    dice = random.Random(13)
    worlds = {"high": 0.3, "low": 0.05}  # how often a clock breaks; else it stops with time to go

    def ends(priority: str, left: int = MOST) -> int:
        """How a clock ends that is still open with so much to go."""
        while True:
            slack = BROKE if dice.random() < worlds[priority] else dice.randrange(40)
            if slack <= left:
                return slack

    seen = Experience()
    for priority in worlds:
        for _ in range(3000):
            seen.add("resolution", priority, ends(priority), 1)
    held, foreseen, came = 0, 0.0, 0
    for _ in range(300):
        due = [(dice.choice(list(worlds)), dice.randrange(1, 40)) for _ in range(60)]
        forecast = seen.forecast([Due("resolution", one, left, 1) for one, left in due])
        broke = sum(ends(one, left) == BROKE for one, left in due)
        held += forecast.holds(broke)
        foreseen, came = foreseen + forecast.expected, came + broke
    assert 0.93 <= held / 300 < 1
    assert foreseen == pytest.approx(came, rel=0.03)
