"""Reads the stored and exchanged shape of a calendar; says where it is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from apps.calendars.rules.hours import DAY, Hours, Override, Span
from apps.calendars.rules.working import ALWAYS, Calendar, compiled

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?|24:00(?::00)?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Malformed(ValueError):
    """A value that is not of the agreed shape: `path` says which, `reason` why."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


@cache
def zones() -> frozenset[str]:
    """The IANA zones known here; `localtime` is the machine's own choice and not one of them."""
    return frozenset(available_timezones() - {"localtime", "posixrules", "Factory"})


def compile_calendar(value: Any, path: str = "calendar") -> Calendar:
    """The working time of a calendar object, or 24×7 for null; raises `Malformed`."""
    return ALWAYS if value is None else compiled(hours_of(value, path))


def hours_of(value: Any, path: str = "calendar") -> Hours:
    """The hours in `{"timezone", "weekly": {"mon": [["08:00", "18:00"]]}, "overrides": {}}`.

    `"names"` may give the overridden dates their names. Raises `Malformed`.
    """
    zone = _required(value, "timezone", path)
    if not isinstance(zone, str) or zone not in zones():
        raise Malformed(f"{path}.timezone", "unknown zone")
    weekly = _mapping(_required(value, "weekly", path), f"{path}.weekly")
    for day in weekly:
        if day not in WEEKDAYS:
            raise Malformed(f"{path}.weekly.{day}", "unknown weekday")
    overrides = _mapping(value.get("overrides", {}), f"{path}.overrides")
    names = _mapping(value.get("names", {}), f"{path}.names")
    for day, name in names.items():
        if not isinstance(name, str):
            raise Malformed(f"{path}.names.{day}", "not a text")
    return Hours(
        zone=zone,
        weekly=tuple(_spans(weekly.get(day, []), f"{path}.weekly.{day}") for day in WEEKDAYS),
        overrides=tuple(
            (
                _date(day, f"{path}.overrides.{day}"),
                Override(_spans(spans, f"{path}.overrides.{day}"), names.get(day, "")),
            )
            for day, spans in sorted(overrides.items())
        ),
    )


def _spans(given: Any, path: str) -> tuple[Span, ...]:
    if not isinstance(given, list):
        raise Malformed(path, "not a list of spans")
    return tuple(_span(span, f"{path}[{index}]") for index, span in enumerate(given))


def _span(given: Any, path: str) -> Span:
    if not isinstance(given, list) or len(given) != 2:
        raise Malformed(path, "not a span of two times")
    opens, closes = (_clock(time, f"{path}[{index}]") for index, time in enumerate(given))
    if closes < opens:
        raise Malformed(path, "ends before it starts")
    return opens, closes


def _clock(given: Any, path: str) -> int:
    found = _CLOCK.fullmatch(given) if isinstance(given, str) else None
    if found is None:
        raise Malformed(path, "not a time from 00:00 to 24:00")
    hours, minutes, seconds = found.groups(default="0")
    return DAY if given.startswith("24") else int(hours) * 3600 + int(minutes) * 60 + int(seconds)


def _date(given: str, path: str) -> date:
    try:
        if _DATE.fullmatch(given):
            return date.fromisoformat(given)
    except ValueError:
        pass
    raise Malformed(path, "not a date")


def _mapping(given: Any, path: str) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise Malformed(path, "not an object")
    return given


def _required(given: Any, name: str, path: str) -> Any:
    if name not in _mapping(given, path):
        raise Malformed(f"{path}.{name}", "missing")
    return given[name]
