"""Spans, steps and hours as people write them, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.calendars.rules.spelled import read_hours, spell_hours
from apps.sla.rules.spelled import read_span, read_step, spell, spell_step


@given(st.integers(0, 10**9))
def test_a_span_survives(seconds):
    assert read_span(spell(seconds)) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("4h", 14400), ("1 h 30 m", 5400), ("90m", 5400), ("45 s", 45), (" 2H ", 7200), ("0 m", 0)],
)
def test_spans(text, seconds):
    assert read_span(text) == seconds


@pytest.mark.parametrize("text", ["", "4", "h", "-4 h", "4 d", "4.5 h", "m 4", "²h"])
def test_no_spans(text):
    with pytest.raises(ValueError, match="Write it as"):
        read_span(text)


@pytest.mark.parametrize(
    ("at", "text"),
    [
        ("0.75", "75 %"), ("1", "100 %"), ("0.333", "33.3 %"), ({"before": 1800}, "30 m before"),
        ({"after": 0}, "at due"), ({"after": 3600}, "1 h after"), ("1.5", "150 %"),
    ],
)  # fmt: skip
def test_steps_survive(at, text):
    assert spell_step(at) == text
    assert read_step(text) == at


@pytest.mark.parametrize(
    ("text", "at"), [("due", {"after": 0}), ("AT  DUE", {"after": 0}), ("50%", "0.5")]
)
def test_steps(text, at):
    assert read_step(text) == at


@pytest.mark.parametrize(
    "text", ["", "half", "x %", "-5 %", "NaN %", "1e9 %", "30 m", "soon before"]
)
def test_no_steps(text):
    with pytest.raises(ValueError, match="Write it as"):
        read_step(text)


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("09:00–17:00", [["09:00", "17:00"]]),
        ("9-12, 13:30 - 24", [["09:00", "12:00"], ["13:30", "24:00"]]),
        ("", []),
        (" , ", []),
        ("8 to 9", [["08:00", "09:00"]]),
    ],
)
def test_hours(text, spans):
    assert read_hours(text) == spans
    assert read_hours(spell_hours(spans)) == spans


@pytest.mark.parametrize("text", ["nine to five", "9", "9-", "09:00-17:00-18:00"])
def test_no_hours(text):
    with pytest.raises(ValueError, match="Write them as"):
        read_hours(text)
