"""What a calendar version says: a zone, spans for each weekday, and dates that differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

DAY = 86_400
Span = tuple[int, int]
"""Seconds from local midnight, half-open: [opens, closes). 24:00 is 86 400."""

_EPOCH = date(1970, 1, 1).toordinal()
_LAST = date(MAXYEAR, 12, 31).toordinal()


@dataclass(frozen=True, slots=True)
class Override:
    """What one date has instead of its weekday's spans; none at all makes it a holiday."""

    spans: tuple[Span, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Hours:
    """One version of a calendar: hashable, so that its working time is laid out once."""

    zone: str
    weekly: tuple[tuple[Span, ...], ...]
    """Seven entries, Monday first."""
    overrides: tuple[tuple[date, Override], ...] = ()

    def __post_init__(self) -> None:
        if len(self.weekly) != 7:
            raise ValueError("a week has seven days")

    def never_open(self) -> bool:
        """Whether no date at all has a span."""
        everything = (*self.weekly, *(override.spans for _, override in self.overrides))
        return not any(closes > opens for spans in everything for opens, closes in spans)


def instant_of(day: int, second: int, zone: tzinfo) -> int:
    """The epoch second at which `second` of local day `day` (a proleptic ordinal) begins.

    A time that does not exist is moved forward by the gap; an ambiguous one is its first
    occurrence: both are what `zoneinfo` answers for `fold=0`. 24:00 is 00:00 of the next day.
    """
    day, second = day + second // DAY, second % DAY
    if day > _LAST:
        return (_LAST + 1 - _EPOCH) * DAY
    local = datetime.fromordinal(day) + timedelta(seconds=second)
    offset = local.replace(tzinfo=zone).utcoffset()
    assert offset is not None
    return (day - _EPOCH) * DAY + second - (offset.days * DAY + offset.seconds)


def year_of(at: int) -> int:
    """The year of an epoch second, in UTC."""
    return datetime.fromtimestamp(at, UTC).year


class Layout:
    """Turns hours into open intervals and holidays, a year at a time."""

    def __init__(self, hours: Hours) -> None:
        self.zone = ZoneInfo(hours.zone)
        self.weekly = hours.weekly
        self.overrides = {day.toordinal(): override for day, override in hours.overrides}

    def year_start(self, year: int) -> int:
        """The instant local January 1 begins."""
        if year > MAXYEAR:
            return instant_of(_LAST, DAY, self.zone)
        return instant_of(date(year, 1, 1).toordinal(), 0, self.zone)

    def open_in(self, year: int) -> list[Span]:
        """The open intervals of a local year: sorted, disjoint, adjacent ones joined.

        Two days more on either side, because a skipped local day (Samoa, Kiribati) moves its
        spans over midnight.
        """
        first = max(date(year, 1, 1).toordinal() - 2, 1)
        last = min(date(year, 12, 31).toordinal() + 2, _LAST)
        start, end = self.year_start(year), self.year_start(year + 1)
        spans = sorted(
            (max(opens, start), min(closes, end)) for opens, closes in self._spans(first, last)
        )
        return joined(spans)

    def _spans(self, first: int, last: int) -> Iterator[Span]:
        for day in range(first, last + 1):
            override = self.overrides.get(day)
            spans = override.spans if override else self.weekly[(day - 1) % 7]
            for opens, closes in spans:
                yield instant_of(day, opens, self.zone), instant_of(day, closes, self.zone)

    def holidays(self) -> list[tuple[int, int, str]]:
        """Every date closed by an override, from local midnight to local midnight, sorted."""
        closed = (
            (instant_of(day, 0, self.zone), instant_of(day, DAY, self.zone), override.name)
            for day, override in sorted(self.overrides.items())
            if not any(closes > opens for opens, closes in override.spans)
        )
        return [(begin, end, name) for begin, end, name in closed if begin < end]


def joined(spans: list[Span]) -> list[Span]:
    """The union of sorted spans; what ends before it begins is nothing."""
    union: list[Span] = []
    for opens, closes in spans:
        if closes <= opens:
            continue
        if union and opens <= union[-1][1]:
            union[-1] = (union[-1][0], max(union[-1][1], closes))
        else:
            union.append((opens, closes))
    return union
