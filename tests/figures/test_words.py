"""Numbers as people read them."""

import math
from datetime import timedelta

import pytest

from apps.figures.words import amount, length

CASES = [
    (None, "ratio", "—"),
    (math.inf, "seconds", "—"),
    (0.0, "ratio", "0 %"),
    (1.0, "ratio", "100 %"),
    (0.973, "ratio", "97.3 %"),
    (0.9, "ratio", "90 %"),
    (0.99994, "ratio", "99.99 %"),
    (0.00004, "ratio", "0.004 %"),
    (0.12, "seconds", "120 ms"),
    (2.5, "seconds", "2.5 s"),
    (0, "seconds", "0 s"),
    (59.6, "seconds", "1 m"),
    (3900, "seconds", "1 h 05 m"),
    (3600, "seconds", "1 h"),
    (3605, "seconds", "1 h"),
    (183_600, "seconds", "2 d 3 h"),
    (-90, "seconds", "−1 m 30 s"),
    (1234567, "count", "1 234 567"),
    (12, "", "12"),
    (142.37, "ms", "142 ms"),
    (0.0312, "€", "0.0312 €"),
    (-4.5, "points", "−4.5 points"),
]


@pytest.mark.parametrize(("value", "unit", "expected"), CASES)
def test_amounts(value, unit, expected):
    assert amount(value, unit).replace("\u202f", " ") == expected


@pytest.mark.parametrize("share", [0.999_9, 0.999_99, 0.999_999, 0.000_01])
def test_almost_all_is_not_all(share):
    assert amount(share, "ratio")[:-2] not in ("0", "100")


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (timedelta(days=30), "30 days"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(0), "no time"),
    ],
)
def test_lengths(span, expected):
    assert length(span) == expected
