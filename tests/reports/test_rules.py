"""Forecasts and periods, by hand and by property."""

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.figures.figure import Window
from apps.reports.periods import before, between, midnight
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
    assert found == experience(*told).forecast([Due("resolution", *one) for one in sorted(due)])


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


# --- periods ----------------------------------------------------------------------------------

PLACES = [  # by day and by night, at midnight, by half an hour, by a whole day
    *("Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Africa/Cairo", "Asia/Beirut"),
    *("Australia/Lord_Howe", "Atlantic/Azores", "Pacific/Apia", "UTC"),
]


@pytest.mark.parametrize(
    "first, until, begins",
    [  # Berlin's clocks go forward on 29 March 2026 and back on 25 October
        ("2026-03-30", "2026-04-06", "2026-03-22T23:00Z"),
        ("2026-03-23", "2026-03-30", "2026-03-15T23:00Z"),
        ("2026-10-26", "2026-11-02", "2026-10-18T22:00Z"),
        ("2026-10-25", "2026-10-26", "2026-10-23T22:00Z"),
        ("2026-11-02", "2026-11-09", "2026-10-25T23:00Z"),
    ],
)
def test_the_days_before_begin_at_midnight_whatever_clocks_do(first, until, begins):
    berlin = ZoneInfo("Europe/Berlin")
    window = between(date.fromisoformat(first), date.fromisoformat(until), berlin)
    found = before(window, berlin)
    assert found == Window(datetime.fromisoformat(begins), window.start)


@given(
    st.sampled_from(PLACES),
    st.dates(date(1995, 1, 1), date(2030, 12, 31)),
    st.integers(1, 100),
)
def test_as_many_local_days_come_before(place, first, length):
    zone = ZoneInfo(place)
    window = between(first, first + timedelta(days=length), zone)
    found = before(window, zone)
    assert found.end == window.start
    day = window.start.astimezone(zone).date()
    days = (window.end.astimezone(zone).date() - day).days
    assert found.start == midnight(day - timedelta(days=days), zone)


@given(
    st.sampled_from(PLACES),
    st.datetimes(datetime(1995, 1, 1), datetime(2030, 12, 31)),
    st.timedeltas(timedelta(seconds=1), timedelta(days=100)),
)
def test_before_what_is_no_whole_days_comes_just_as_long(place, start, span):
    begin = start.replace(tzinfo=UTC)
    found, zone = before(Window(begin, begin + span), ZoneInfo(place)), ZoneInfo(place)
    assert found.end == begin
    if begin != midnight(begin.astimezone(zone).date(), zone):
        assert found.span == span
