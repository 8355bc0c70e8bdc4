"""A number, and the four ways of not being one."""

import math
import re
from enum import IntEnum


class State(IntEnum):
    """What a sample is; only OK takes part in arithmetic. Zero is an OK value like any other."""

    OK = 0
    NAN = 1
    POSITIVE_INFINITY = 2
    NEGATIVE_INFINITY = 3
    MISSING = 4  # said to be empty
    WITHDRAWN = 5  # was there, and was taken back
    ABSENT = 9  # no row at all; only revisions speak of it


NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,18})?(?:[eE][+-]?[0-9]{1,3})?")
_WORDS = {
    "nan": State.NAN,
    "inf": State.POSITIVE_INFINITY,
    "+inf": State.POSITIVE_INFINITY,
    "infinity": State.POSITIVE_INFINITY,
    "+infinity": State.POSITIVE_INFINITY,
    "-inf": State.NEGATIVE_INFINITY,
    "-infinity": State.NEGATIVE_INFINITY,
}

# Beyond it a day of samples could no longer be added up in double precision.
LARGEST = 1e300

Reading = tuple[float | None, State]


def read_float(value: float) -> Reading:
    """A float as it is stored: NaN and the infinities become states, never numbers."""
    if math.isnan(value):
        return None, State.NAN
    if abs(value) > LARGEST:
        return None, State.POSITIVE_INFINITY if value > 0 else State.NEGATIVE_INFINITY
    return value, State.OK


def read_text(text: str) -> Reading:
    """A cell: empty is missing, NaN and Inf are states; raises ValueError with a hint."""
    text = text.strip(" ")
    if not text:
        return None, State.MISSING
    if state := _WORDS.get(text.lower()):
        return None, state
    if not NUMBER.fullmatch(text):
        raise ValueError(hint(text))
    return read_float(float(text))


def hint(text: str) -> str:
    """Why this is not a number, and what would be."""
    shown = text if len(text) <= 40 else text[:39] + "…"
    if text.startswith(("=", "@")):
        return f"“{shown}” is a formula, not a value."
    if "%" in text:
        return f"“{shown}”: leave out the percent sign."
    if any(sign in text for sign in "€$£¥") or re.search(r"[A-Z]{3}", text):
        return f"“{shown}”: leave out the currency."
    if re.fullmatch(r"[+-]?[0-9]{1,3}([,. '_  ][0-9]{3})+([.,][0-9]+)?", text):
        return f"“{shown}”: leave out the thousands separators; the decimal mark is a point."
    if re.fullmatch(r"[+-]?[0-9]+,[0-9]+", text):
        return f"“{shown}”: the decimal mark is a point."
    return f"“{shown}” is not a number."
