"""Times in words: "fri 9", "tomorrow", "in 3 h", "next month", "15 jan 14:30", "morgen 14 uhr".

English, German and French, in the zone of whoever types. A day without a time is its morning; a
time without a day is the next time the clock shows it. What says nothing, or only what is past,
is not understood. A wall time that a clock change skips is moved on by as much as it skips.
"""

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

MORNING, NOON, AFTERNOON, EVENING = time(9), time(12), time(15), time(18)
LONGEST = 80  # characters that are read
_LAST_YEAR = 2199

WEEKDAYS = (
    "monday montag lundi mo",
    "tuesday dienstag mardi tues di",
    "wednesday mittwoch mercredi weds mi",
    "thursday donnerstag jeudi thurs do",
    "friday freitag vendredi fr",
    "saturday samstag samedi sonnabend sa",
    "sunday sonntag dimanche so",
)
MONTHS = (
    "january januar janvier jaenner",
    "february februar fevrier",
    "march maerz mars marz mar",
    "april avril",
    "may mai",
    "june juni juin",
    "july juli juillet",
    "august aout",
    "september septembre",
    "october oktober octobre",
    "november novembre",
    "december dezember decembre",
)
UNITS = {
    "minute": "m min mins minute minutes minuten",
    "hour": "h hr hrs hour hours std stunde stunden heure heures",
    "day": "d day days tag tage tagen jour jours",
    "week": "w wk week weeks woche wochen semaine semaines",
    "month": "month months monat monate monaten mois",
}
DAYS = {0: "today heute tonight", 1: "tomorrow tmrw tmr morgen demain", 2: "uebermorgen ubermorgen"}
TIMES = {
    MORNING: "morning frueh fruh matin",
    NOON: "noon midday mittag midi",
    AFTERNOON: "afternoon nachmittag",
    EVENING: "evening tonight abend soir",
}
_ONE = frozenset(["a", "an", "one", "ein", "eine", "einem", "einen", "einer", "un", "une"])
_NEXT = frozenset(
    ["next", "naechste", "naechsten", "naechster", "naechstes", "nachste", "nachsten", "prochain"]
) | {
    "nachster",
    "nachstes",
    "prochaine",
}
_FILL = frozenset(
    [
        "at",
        "on",
        "um",
        "am",
        "le",
        "la",
        "a",
        "dans",
        "in",
        "until",
        "till",
        "bis",
        "to",
        "the",
        "im",
        "uhr",
    ]
)
_CLOCK = re.compile(r"([0-9]{1,2})(?:[:.h]([0-9]{2}))?(am|pm)?")
_TOKEN = re.compile(
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"  # 2027-01-15
    r"|[0-9]{1,2}\.[0-9]{1,2}\.(?:[0-9]{4})?"  # 15.1.2027, 15.1.
    r"|[0-9]{1,2}(?::|h)[0-9]{2}(?:am|pm)?"  # 9:30, 14h30
    r"|[0-9]+(?:am|pm)\b|[0-9]+(?:st|nd|rd|th)?\b\.?|[0-9]+|[a-z]+|[^\s,]"
)


def _named(words: tuple[str, ...]) -> dict[str, int]:
    """Every name and every beginning of three letters or more that can only mean one."""
    found: dict[str, set[int]] = {}
    exact: dict[str, int] = {}
    for place, names in enumerate(words):
        for name in names.split():
            exact[name] = place
            for end in range(3, len(name)):
                found.setdefault(name[:end], set()).add(place)
    return {start: min(places) for start, places in found.items() if len(places) == 1} | exact


def _spelt(words: dict[Any, str]) -> dict[str, Any]:
    return {name: meaning for meaning, names in words.items() for name in names.split()}


_WEEKDAY, _MONTH = _named(WEEKDAYS), _named(MONTHS)
_UNIT, _DAY, _TIME = _spelt(UNITS), _spelt(DAYS), _spelt(TIMES)


class _Unclear(Exception):
    """These words say no time."""


@dataclass(slots=True)
class _Heard:
    """What the words have said so far."""

    now: datetime
    day: date | None = None
    weekday: bool = False  # a day that comes again in a week
    yearly: bool = False  # a day that comes again in a year
    clock: time | None = None
    spans: dict[str, int] = field(default_factory=dict)

    def on(self, day: date, *, weekday: bool = False, yearly: bool = False) -> None:
        if self.day is not None:
            raise _Unclear
        self.day, self.weekday, self.yearly = day, weekday, yearly

    def at(self, clock: time) -> None:
        if self.clock is not None:
            raise _Unclear
        self.clock = clock


def read(words: str, now: datetime) -> datetime | None:
    """The instant somebody means, in the zone of `now`; nothing where it is not clear."""
    tokens = [part for part in _TOKEN.findall(_plain(words)[:LONGEST]) if part]
    heard = _Heard(now)
    try:
        while tokens:
            _take(tokens, heard)
        at = _instant(heard)
    except (_Unclear, ValueError, OverflowError):
        return None
    return at if at and at.year <= _LAST_YEAR and _after(at, now) else None


def _plain(words: str) -> str:
    folded = words.lower().replace("ä", "ae").replace("ü", "ue").replace("ö", "oe")
    marks = unicodedata.normalize("NFD", folded)
    return "".join(char for char in marks if not unicodedata.combining(char))


def _take(tokens: list[str], heard: _Heard) -> None:
    """Read one part off the front."""
    part = tokens.pop(0)
    today = heard.now.date()
    following = tokens[0] if tokens else ""
    if part in _NEXT or (following in _NEXT and (part in _UNIT or part in _WEEKDAY)):
        _next(tokens, heard, part)
    elif part == "day" and tokens[:2] == ["after", "tomorrow"]:
        del tokens[:2]
        heard.on(today + timedelta(days=2))
    elif part in _DAY:
        heard.on(today + timedelta(days=_DAY[part]))
        if part in _TIME:  # tonight
            heard.at(_TIME[part])
    elif part in _ONE and following in _UNIT:
        _span(heard, 1, _UNIT[tokens.pop(0)])
    elif part in _TIME:
        heard.at(_TIME[part])
    elif part in _MONTH and re.fullmatch(r"[0-9]{1,2}(st|nd|rd|th)?", following):
        _date(tokens, heard, _number(tokens.pop(0)), _MONTH[part] + 1)
    elif part in _WEEKDAY:
        heard.on(today + timedelta(days=(_WEEKDAY[part] - today.weekday()) % 7), weekday=True)
    elif part[0].isdigit():
        _figure(part, tokens, heard)
    elif part not in _FILL or (part == "in" and following.isdigit() and not _counts(tokens)):
        raise _Unclear


def _counts(tokens: list[str]) -> bool:
    """Whether a number is one of hours, days, weeks…"""
    return len(tokens) > 1 and tokens[1] in _UNIT


def _next(tokens: list[str], heard: _Heard, part: str) -> None:
    """Next week is its Monday, next month its first; next Friday is the one of next week."""
    what = (tokens[0] if tokens else "") if part in _NEXT else part  # or "mois prochain"
    del tokens[:1]
    today = heard.now.date()
    monday = today + timedelta(days=7 - today.weekday())
    if _UNIT.get(what) == "week":
        heard.on(monday)
    elif _UNIT.get(what) == "month":
        heard.on(_months_on(today.replace(day=1), 1))
    elif what in _WEEKDAY:
        heard.on(monday + timedelta(days=_WEEKDAY[what]))
    else:
        raise _Unclear


def _figure(part: str, tokens: list[str], heard: _Heard) -> None:
    """A number: of a date, of a span, or of the clock."""
    following = tokens[0] if tokens else ""
    if "-" in part:
        heard.on(date.fromisoformat("-".join(part.zfill(2) for part in part.split("-"))))
    elif part.count(".") == 2:
        day, month, year = part.split(".")
        _on(heard, int(day), int(month), int(year) if year else None)
    elif following in _MONTH and len(part) <= 4:
        tokens.pop(0)
        _date(tokens, heard, _number(part), _MONTH[following] + 1)
    elif following in ("am", "pm") or following == "uhr":
        tokens.pop(0)
        heard.at(_clock(part + (following if following != "uhr" else "")))
    elif "h" in part and _UNIT.get(following) == "minute":  # "2h30m"
        tokens.pop(0)
        hours, _, minutes = part.partition("h")
        _span(heard, int(hours), "hour")
        _span(heard, int(minutes), "minute")
    elif following in _UNIT and part.isdigit():
        tokens.pop(0)
        if following == "h" and heard.day is not None:  # "demain 14 h"
            heard.at(_clock(part))
        else:
            _span(heard, int(part), _UNIT[following])
    else:
        heard.at(_clock(part))


def _date(tokens: list[str], heard: _Heard, day: int, month: int) -> None:
    year = int(tokens.pop(0)) if tokens and re.fullmatch(r"2[01][0-9]{2}", tokens[0]) else None
    _on(heard, day, month, year)


def _on(heard: _Heard, day: int, month: int, year: int | None) -> None:
    """A day of the calendar; without a year the next one, of leap years if need be."""
    if year is not None:
        heard.on(date(year, month, day))
        return
    today = heard.now.date()
    for ahead in range(9):
        try:
            found = date(today.year + ahead, month, day)
        except ValueError:
            if (month, day) != (2, 29):
                raise
            continue
        if found >= today:
            heard.on(found, yearly=True)
            return


def _number(part: str) -> int:
    return int(part.rstrip("stndrh."))


def _clock(part: str) -> time:
    found = _CLOCK.fullmatch(part)
    if not found:
        raise _Unclear
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
    if half:
        if not 1 <= hour <= 12:
            raise _Unclear
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, minute)


def _span(heard: _Heard, count: int, unit: str) -> None:
    if unit in heard.spans or count > 100_000:
        raise _Unclear
    heard.spans[unit] = count


def _instant(heard: _Heard) -> datetime | None:
    now, clock = heard.now, heard.clock
    if heard.spans:
        if heard.day is not None:
            raise _Unclear
        return _later(now, heard.spans, clock)
    if heard.day is None and clock is None:
        return None
    if heard.day is None:
        today = at_wall(now.date(), clock or MORNING, now)
        if _after(today, now):
            return today
        return at_wall(now.date() + timedelta(days=1), clock or MORNING, now)
    at = at_wall(heard.day, clock or MORNING, now)
    if not _after(at, now) and heard.weekday:
        at = at_wall(heard.day + timedelta(days=7), clock or MORNING, now)
    if not _after(at, now) and heard.yearly:
        at = at_wall(_months_on(heard.day, 12), clock or MORNING, now)
    return at


def _later(now: datetime, spans: dict[str, int], clock: time | None) -> datetime:
    """Hours and minutes are hours and minutes; days are days of the calendar."""
    day = _months_on(now.date(), spans.get("month", 0))
    day += timedelta(days=spans.get("day", 0), weeks=spans.get("week", 0))
    at = now
    if day != now.date() or clock:
        wall = now.time().replace(second=0, microsecond=0)
        at = at_wall(day, clock or wall, now)
    exactly = timedelta(hours=spans.get("hour", 0), minutes=spans.get("minute", 0))
    return (at.astimezone(UTC) + exactly).astimezone(now.tzinfo)


def at_wall(day: date, clock: time, now: datetime) -> datetime:
    """When a clock in the zone of `now` shows this; the second time where the first is past."""
    wall = datetime.combine(day, clock, now.tzinfo)
    first = wall.astimezone(UTC).astimezone(now.tzinfo)  # out of a gap
    second = wall.replace(fold=1)
    return first if _after(first, now) or first != second else second


def _months_on(day: date, months: int) -> date:
    """The same day some months later, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _after(one: datetime, other: datetime) -> bool:
    """By the instant: two times of one zone would be compared by the wall."""
    return one.astimezone(UTC) > other.astimezone(UTC)
