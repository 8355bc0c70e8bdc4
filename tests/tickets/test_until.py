"""Times in words: a table in three languages, clock changes, and what holds for any words."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.tickets.rules.until import read

BERLIN, YORK, KATHMANDU = (
    ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Asia/Kathmandu")
)
NOW = datetime(2026, 11, 25, 10, 30, tzinfo=BERLIN)  # a Wednesday


@pytest.mark.parametrize(
    ("words", "at"),
    [
        # days of the week, and a time of day
        ("fri 9", "2026-11-27 09:00"),
        ("Friday at 9:30", "2026-11-27 09:30"),
        ("fri 5pm", "2026-11-27 17:00"),
        ("fri 5 pm", "2026-11-27 17:00"),
        ("12 am", "2026-11-26 00:00"),
        ("mon", "2026-11-30 09:00"),
        ("wed 11", "2026-11-25 11:00"),  # still to come today
        ("wed 9", "2026-12-02 09:00"),  # past today
        ("next fri", "2026-12-04 09:00"),
        ("next week", "2026-11-30 09:00"),
        # days by name
        ("today 17:00", "2026-11-25 17:00"),
        ("tonight", "2026-11-25 18:00"),
        ("tomorrow", "2026-11-26 09:00"),
        ("tomorrow evening", "2026-11-26 18:00"),
        ("day after tomorrow", "2026-11-27 09:00"),
        # a time alone is the next one
        ("11", "2026-11-25 11:00"),
        ("9", "2026-11-26 09:00"),
        ("at 14:30", "2026-11-25 14:30"),
        ("noon", "2026-11-25 12:00"),
        # spans
        ("in 3 h", "2026-11-25 13:30"),
        ("3h", "2026-11-25 13:30"),
        ("2h30m", "2026-11-25 13:00"),
        ("2 h 30 min", "2026-11-25 13:00"),
        ("in 90 minutes", "2026-11-25 12:00"),
        ("in 2 days", "2026-11-27 10:30"),
        ("in a week", "2026-12-02 10:30"),
        ("10 days 9:00", "2026-12-05 09:00"),
        ("in 1 month", "2026-12-25 10:30"),
        ("next month", "2026-12-01 09:00"),
        # dates
        ("15 jan 14:30", "2027-01-15 14:30"),
        ("jan 15", "2027-01-15 09:00"),
        ("Jan 15th 2028 8:15", "2028-01-15 08:15"),
        ("15.1.", "2027-01-15 09:00"),
        ("15.1.2027 8am", "2027-01-15 08:00"),
        ("2027-01-15", "2027-01-15 09:00"),
        ("2027-01-15 08:00", "2027-01-15 08:00"),
        ("25 nov 9", "2027-11-25 09:00"),  # past today: the next year's
        ("feb 29", "2028-02-29 09:00"),
        # German and French
        ("morgen 14 uhr", "2026-11-26 14:00"),
        ("übermorgen 8 Uhr", "2026-11-27 08:00"),
        ("Freitag früh", "2026-11-27 09:00"),
        ("nächste Woche", "2026-11-30 09:00"),
        ("in 3 Stunden", "2026-11-25 13:30"),
        ("in einer Woche", "2026-12-02 10:30"),
        ("1. Dez", "2026-12-01 09:00"),
        ("demain 14h30", "2026-11-26 14:30"),
        ("demain 14 h", "2026-11-26 14:00"),
        ("vendredi à midi", "2026-11-27 12:00"),
        ("mardi prochain", "2026-12-01 09:00"),
        ("le mois prochain", "2026-12-01 09:00"),
        ("3 février", "2027-02-03 09:00"),
    ],
)
def test_words_mean_a_time(words, at):
    assert read(words, NOW) == datetime.fromisoformat(at).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    "words",
    [
        "", "   ", "x", "soon", "in 3", "99:99", "25:00", "13pm", "0am", "fri fri", "9 10", "1.",
        "today 9", "2020-01-01", "31 feb", "30.2.2027", "next", "next x", "fri in 2 days", "0 min",
        "in 2 h 3 h", "999999 days", "99999 months", "2h30m 2 h", "jan", "2027-13-01", "12345",
        "m", "week", "\x00", "💤",
    ],
)  # fmt: skip
def test_what_is_not_clear_or_past_is_not_understood(words):
    assert read(words, NOW) is None


def test_a_time_the_clocks_skip_is_moved_on_by_as_much():
    night = datetime(2027, 3, 27, 20, 0, tzinfo=BERLIN)  # at 2 the next morning it becomes 3
    assert read("2:30", night) == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    assert read("in 8 h", night) == datetime(2027, 3, 28, 3, 0, tzinfo=UTC)
    assert read("in 1 day", night) == datetime(2027, 3, 28, 18, 0, tzinfo=UTC)  # 20:00 again


def test_a_time_that_comes_twice_is_the_one_still_to_come():
    before = datetime(2026, 10, 25, 1, 0, tzinfo=BERLIN)
    assert read("2:30", before).astimezone(UTC) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    between = datetime(2026, 10, 25, 2, 40, tzinfo=BERLIN)  # the first time
    assert read("2:30", between).astimezone(UTC) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("zone", [BERLIN, YORK, KATHMANDU], ids=str)
def test_the_day_is_the_day_of_whoever_types(zone):
    now = datetime(2026, 11, 25, 3, 0, tzinfo=UTC).astimezone(zone)
    at = read("tomorrow", now)
    assert (at.date() - now.date(), at.hour, at.utcoffset()) == (
        timedelta(days=1),
        9,
        at.astimezone(zone).utcoffset(),
    )


WORDS = st.lists(
    st.sampled_from(
        [
            *("fri", "mon", "next", "week", "month", "in", "a", "3", "9", "15", "2028", "jan", "."),
            *(":", "h", "m", "d", "am", "tomorrow", "heute", "demain", "14:30", "15.1.", "uhr"),
            *("2027-01-15", "1e9", "prochain", "-1", "²"),
        ]
    )
    | st.text(max_size=6),
    max_size=6,
).map(" ".join)
ZONES = st.sampled_from([BERLIN, YORK, KATHMANDU, UTC, ZoneInfo("Pacific/Apia")])
NOWS = st.datetimes(datetime(2000, 1, 1), datetime(2150, 1, 1))


@given(words=WORDS, wall=NOWS, zone=ZONES)
def test_any_words_are_a_time_to_come_in_the_same_zone_or_nothing(words, wall, zone):
    now = wall.replace(tzinfo=UTC).astimezone(zone)
    at = read(words, now)
    if at is not None:
        assert at.astimezone(UTC) > now.astimezone(UTC)
        assert at.tzinfo is zone
        assert at.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == at.replace(tzinfo=None)


@given(hour=st.integers(0, 23), minute=st.integers(0, 59), wall=NOWS)
def test_a_time_of_day_comes_within_a_day(hour, minute, wall):
    now = wall.replace(tzinfo=UTC)
    at = read(f"{hour}:{minute:02}", now)
    assert (at.hour, at.minute) == (hour, minute)
    assert timedelta(0) < at - now <= timedelta(days=1)
