"""Spans and steps as people write them: "1 h 30 m", "75 %", "30 m before", "at due". Exact."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

_UNITS = {"h": 3600, "m": 60, "s": 1}
_SPAN = re.compile(r"\s*(?:(\d{1,6})\s*h)?\s*(?:(\d{1,8})\s*m)?\s*(?:(\d{1,10})\s*s)?\s*", re.ASCII)
AT_DUE = "at due"


def spell(seconds: int) -> str:
    """`5400` as "1 h 30 m"; nothing is rounded away."""
    parts = []
    for unit, size in _UNITS.items():
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts) or "0 m"


def read_span(text: str) -> int:
    """Seconds of "1 h 30 m"; raises `ValueError` for anything else."""
    found = _SPAN.fullmatch(text.lower())
    if found is None or not any(found.groups()):
        raise ValueError("Write it as 4 h, 30 m or 1 h 30 m.")
    return sum(
        int(count) * size
        for count, size in zip(found.groups(default="0"), _UNITS.values(), strict=True)
    )


def spell_step(at: Any) -> str:
    """When a step is taken: `"0.75"` as "75 %", `{"before": 1800}` as "30 m before"."""
    if isinstance(at, dict):
        [(side, seconds)] = at.items()
        return f"{spell(seconds)} {side}" if seconds else AT_DUE
    percent = format((Decimal(str(at)) * 100).normalize(), "f")
    return f"{percent} %"


def read_step(text: str) -> Any:
    """The other way round; raises `ValueError`."""
    text = " ".join(text.lower().split())
    if text in (AT_DUE, "due"):
        return {"after": 0}
    if text.endswith("%"):
        try:
            share = Decimal(text[:-1].strip()) / 100
        except InvalidOperation:
            share = Decimal(-1)
        if share.is_finite() and 0 <= share < 1000:
            return format(share.normalize(), "f")
    for side in ("before", "after"):
        if text.endswith(side):
            return {side: read_span(text.removesuffix(side))}
    raise ValueError("Write it as 75 %, 30 m before, at due, or 1 h after.")
