"""Calendars as somebody, somewhere, might set them up, near the nights when clocks change."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from tests.calendars.walker import TICK, WEEKDAYS

PLACES = [
    ("Europe/Berlin", "2024-03-31"),
    ("Europe/Berlin", "2024-10-27"),
    ("America/New_York", "2023-11-05"),
    ("America/Sao_Paulo", "2018-11-04"),  # midnight does not exist
    ("America/Havana", "2024-11-03"),  # midnight comes twice
    ("Australia/Lord_Howe", "2024-04-07"),  # half an hour
    ("Asia/Kathmandu", "2024-05-01"),
    ("Africa/Casablanca", "2024-03-10"),
    ("Pacific/Apia", "2011-12-30"),  # a day does not exist
    ("UTC", "2024-12-31"),
]


def clock(ticks):
    return f"{ticks // 4:02d}:{ticks % 4 * 15:02d}"


@st.composite
def spans(draw):
    edges = draw(st.lists(st.integers(0, 96), max_size=6))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return [[clock(min(pair)), clock(max(pair))] for pair in pairs]


@st.composite
def calendars(draw, place):
    zone, day = place
    near = datetime.fromisoformat(day).date()
    always = draw(st.booleans())
    week = [["00:00", "24:00"]] if always else [["08:00", "12:00"], ["13:00", "18:00"]]
    weekly = draw(
        st.one_of(
            st.dictionaries(st.sampled_from(WEEKDAYS), spans()),
            st.just(dict.fromkeys(WEEKDAYS[:5], week)),
        )
    )
    dates = st.integers(-3, 6).map(lambda days: (near + timedelta(days=days)).isoformat())
    overrides = draw(st.dictionaries(dates, st.one_of(st.just([]), spans()), max_size=3))
    return {"timezone": zone, "weekly": weekly, "overrides": overrides}


def start_of(place):
    """Three days before the night in question, on a tick."""
    at = datetime.fromisoformat(place[1]).replace(tzinfo=UTC) - timedelta(days=3)
    return int(at.timestamp()) // TICK * TICK


def places():
    return st.sampled_from(PLACES)
