"""Working seconds between instants, and the instant at which so many of them have passed."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import MAXYEAR, UTC, datetime
from functools import lru_cache
from threading import Lock
from typing import NamedTuple, Protocol

from apps.calendars.rules.hours import DAY, Hours, Layout, Span, year_of

OPEN, CLOSED, HOLIDAY = "open", "closed", "holiday"
PATIENCE = 10
"""Years after which a target that was not reached never will be."""
_SOON = PATIENCE * 365 * DAY


class Part(NamedTuple):
    """A stretch of wall time that is open, closed, or a holiday (with its name, if it has one)."""

    begin: int
    end: int
    why: str
    name: str = ""


class Calendar(Protocol):
    """What a clock asks of a calendar. Instants are epoch seconds, intervals half-open."""

    def elapsed(self, begin: int, end: int) -> int:
        """Working seconds in [begin, end)."""

    def reach(self, begin: int, need: int, until: int = 0) -> tuple[int | None, int | None]:
        """The earliest and the latest instant at which `need` seconds have passed since `begin`.

        They differ only where the need runs out at closing time. None: not within ten years of
        `begin` (nor by `until`, where that is later).
        """

    def parts(self, begin: int, end: int) -> Iterator[Part]:
        """[begin, end) cut into open, closed and holiday parts that leave nothing out."""


class AlwaysOpen:
    """24×7: what a null calendar means."""

    def elapsed(self, begin: int, end: int) -> int:
        """Every second of [begin, end)."""
        return end - begin

    def reach(self, begin: int, need: int, until: int = 0) -> tuple[int | None, int | None]:
        """One and the same instant, for nothing ever closes."""
        at = begin + need
        if need > _SOON and at > _patience(begin, until):
            return None, None
        return at, at

    def parts(self, begin: int, end: int) -> Iterator[Part]:
        """One open part."""
        if end > begin:
            yield Part(begin, end, OPEN)


ALWAYS = AlwaysOpen()


class _Table:
    """The open intervals of some whole years, and the working seconds before and after each.

    Never changed once made: threads read it while another makes the next. Seconds are counted
    from an origin that growth does not move, so answers of different tables can be subtracted.
    """

    __slots__ = ("after", "before", "closes", "first", "high", "last", "low", "opens", "origin")

    def __init__(
        self, first: int, last: int, low: int, high: int, origin: int, intervals: list[Span]
    ) -> None:
        self.first, self.last, self.low, self.high = first, last, low, high
        self.origin = origin
        # An empty interval at the low end spares every search a case of its own.
        self.opens = [low, *(opens for opens, _ in intervals)]
        self.closes = [low, *(closes for _, closes in intervals)]
        self.before = [origin]
        self.after = [origin]
        for opens, closes in intervals:
            self.before.append(origin)
            origin += closes - opens
            self.after.append(origin)

    def intervals(self) -> list[Span]:
        return list(zip(self.opens[1:], self.closes[1:], strict=True))


class WorkingTime:
    """A calendar version laid out, so that every question costs a bisection.

    The table grows by whole local years as later or earlier instants are asked about.
    """

    def __init__(self, hours: Hours) -> None:
        self.hours = hours
        self._layout = Layout(hours)
        self._never = hours.never_open()
        self._holidays = self._layout.holidays()
        self._holiday_ends = [ends for _, ends, _ in self._holidays]
        self._growing = Lock()
        self._table = _Table(1970, 1969, 0, 0, 0, [])

    def elapsed(self, begin: int, end: int) -> int:
        """Working seconds in [begin, end)."""
        table = self._table
        if not (table.low <= begin < table.high and table.low <= end < table.high):
            return self._worked(end) - self._worked(begin)
        # `_worked` twice, written out: a rebuild asks this millions of times.
        opens, before, after = table.opens, table.before, table.after
        index = bisect_right(opens, begin) - 1
        first = before[index] + begin - opens[index]
        if first > after[index]:
            first = after[index]
        index = bisect_right(opens, end) - 1
        last = before[index] + end - opens[index]
        return (last if last < after[index] else after[index]) - first

    def reach(self, begin: int, need: int, until: int = 0) -> tuple[int | None, int | None]:
        """See `Calendar.reach`."""
        want = self._worked(begin) + need
        table = self._table
        earliest = begin
        if need:
            index = bisect_left(table.after, want)
            while index == len(table.after):
                if not self._grow_by_patience(begin, until):
                    return None, None
                table = self._table
                index = bisect_left(table.after, want)
            earliest = table.opens[index] + want - table.before[index]
            if earliest - begin > _SOON and earliest > _patience(begin, until):
                return None, None
            if table.after[index] > want:
                return earliest, earliest
        index = bisect_right(table.after, want)
        while index == len(table.after):
            if not self._grow_by_patience(begin, until):
                return earliest, None
            table = self._table
            index = bisect_right(table.after, want)
        latest = table.opens[index] + want - table.before[index]
        if latest - begin > _SOON and latest > _patience(begin, until):
            return earliest, None
        return earliest, latest

    def next_opening(self, at: int) -> int | None:
        """`at` where it is open, else the next opening; None if none comes within ten years."""
        return self.reach(at, 0)[1]

    def parts(self, begin: int, end: int) -> Iterator[Part]:
        """See `Calendar.parts`."""
        if end <= begin:
            return
        self._worked(begin)
        self._worked(end)
        table, at = self._table, begin
        for index in range(bisect_right(table.closes, begin), len(table.opens)):
            opens, closes = table.opens[index], table.closes[index]
            if opens >= end:
                break
            yield from self._closed(at, opens)
            yield Part(max(opens, begin), min(closes, end), OPEN)
            at = closes
        if at < end:
            yield from self._closed(at, end)

    def _closed(self, begin: int, end: int) -> Iterator[Part]:
        at = begin
        for index in range(bisect_right(self._holiday_ends, begin), len(self._holidays)):
            starts, ends, name = self._holidays[index]
            if starts >= end:
                break
            if starts > at:
                yield Part(at, starts, CLOSED)
            yield Part(max(starts, at), min(ends, end), HOLIDAY, name)
            at = ends
        if at < end:
            yield Part(at, end, CLOSED)

    def _worked(self, at: int) -> int:
        table = self._table
        if not table.low <= at < table.high:
            table = self._cover(at)
        index = bisect_right(table.opens, at) - 1
        inside = table.before[index] + at - table.opens[index]
        after = table.after[index]
        return inside if inside < after else after

    def _cover(self, at: int) -> _Table:
        with self._growing:
            table = self._table
            if table.last < table.first:
                year = year_of(at)
                start = self._layout.year_start(year)
                table = _Table(year, year - 1, start, start, 0, [])
            if at < table.low:
                table = self._with_years_before(table, at)
            elif at >= table.high:
                table = self._with_years_after(table, at)
            self._table = table
            return table

    def _grow_by_patience(self, begin: int, until: int) -> bool:
        """Lay out one more year, unless that would be past all patience."""
        if self._never:
            return False
        table = self._table
        if table.high > _patience(begin, until) or table.last >= MAXYEAR:
            return False
        self._cover(table.high)
        return True

    def _with_years_after(self, table: _Table, at: int) -> _Table:
        year, high, intervals = table.last, table.high, table.intervals()
        while at >= high:
            year += 1
            _abut(intervals, self._layout.open_in(year))
            high = self._layout.year_start(year + 1)
        return _Table(table.first, year, table.low, high, table.origin, intervals)

    def _with_years_before(self, table: _Table, at: int) -> _Table:
        year, low = table.first, table.low
        added: list[list[Span]] = []
        while at < low:
            year -= 1
            added.append(self._layout.open_in(year))
            low = self._layout.year_start(year)
        origin = table.origin - sum(closes - opens for opened in added for opens, closes in opened)
        intervals: list[Span] = []
        for opened in (*reversed(added), table.intervals()):
            _abut(intervals, opened)
        return _Table(year, table.last, low, table.high, origin, intervals)


def _abut(earlier: list[Span], later: list[Span]) -> None:
    """Append a later year's intervals, joined where one closes as the other opens."""
    if earlier and later and earlier[-1][1] == later[0][0]:
        earlier[-1] = (earlier[-1][0], later[0][1])
        later = later[1:]
    earlier.extend(later)


def _patience(begin: int, until: int) -> int:
    """The last instant worth looking at: ten years after `begin`, and `until` in any case."""
    start = datetime.fromtimestamp(begin, UTC)
    year = start.year + PATIENCE
    if year > MAXYEAR:
        return max(int(datetime.max.replace(tzinfo=UTC).timestamp()), until)
    if (start.month, start.day) == (2, 29):
        start = start.replace(month=3, day=1)
    return max(int(start.replace(year=year).timestamp()), until)


@lru_cache(maxsize=512)
def compiled(hours: Hours) -> WorkingTime:
    """The working time of `hours`, laid out once for all who ask."""
    return WorkingTime(hours)
