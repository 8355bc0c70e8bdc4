"""Hours of a day as people write them: "09:00–12:00, 13:00–17:00"."""

from __future__ import annotations

import re

_SPAN = re.compile(r"(\d{1,2})(?::(\d{2}))?(?:-|–|to)(\d{1,2})(?::(\d{2}))?", re.ASCII)


def spell_hours(spans: list[list[str]]) -> str:
    """The spans of one day; nothing where it is closed."""
    return ", ".join(f"{opens}–{closes}" for opens, closes in spans)


def read_hours(text: str) -> list[list[str]]:
    """Spans of one day, in the stored shape; nothing is closed. Raises `ValueError`."""
    spans = []
    for given in filter(None, (part.strip().lower() for part in text.split(","))):
        found = _SPAN.fullmatch(given.replace(" ", ""))
        if found is None:
            raise ValueError("Write them as 09:00–12:00, 13:00–17:00.")
        first, minute, last, end = found.groups(default="00")
        spans.append([f"{int(first):02d}:{minute}", f"{int(last):02d}:{end}"])
    return spans
