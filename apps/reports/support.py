"""The support report: every figure of a period and of the one before, in a fixed number of queries.

It is nothing but figures, so that a snapshot of it is the whole report again.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import quote_plus

from django.db.models import Count, Sum

from apps.figures.figure import Figure, Reading, Window
from apps.figures.models import Snapshot
from apps.figures.registry import definition
from apps.sla.choices import Kind
from apps.sla.compliance import OUTCOMES
from apps.tickets.choices import Status
from apps.tickets.rules.moves import UNRESOLVED

from . import moves, promises, times
from .asked import NAMES, NOBODY, Asked
from .figures import arriving, pauses, resolution, showing
from .figures.promises import COUNTED
from .keeping import Standing, standing
from .periods import before, days_of, midnight
from .rules import AGE_NAMES

Scope = frozenset[tuple[str, str]]
STATUSES = tuple(status for status in Status.values if status in UNRESOLVED)

P90 = {"q": "0.9", "time": "working"}
HEAD = (
    ("support.time", {"kind": "first_response", **P90}, "First response, p90"),
    ("support.time", {"kind": "resolution", **P90}, "Resolution, p90"),
    ("support.kept", {}, ""),
    ("support.reopened", {}, ""),
    ("support.created", {}, ""),
    ("support.solved", {}, ""),
    ("support.one_touch", {}, ""),
    ("support.paused_unanswered", {}, ""),
)


@dataclass(slots=True)
class Found:
    """Figures by key, scope and window."""

    at: datetime
    asked: Asked
    standing: Standing
    figures: dict[tuple[str, Scope, Window | None], Figure] = field(default_factory=dict)

    def put(self, key: str, window: Window | None, reading: Reading, **scope: str) -> None:
        known = definition(key)
        if known.freshness:  # it is counted over what is kept
            reading = self.standing.told(reading)
        scope = self.asked.scope | scope
        figure = known.read(reading, at=self.at, window=window, **scope)
        self.figures[key, frozenset(scope.items()), window] = figure


@dataclass(frozen=True)
class Report:
    """A period of support in figures."""

    asked: Asked
    window: Window
    zone: tzinfo
    at: datetime
    figures: Mapping[tuple[str, Scope, Window | None], Figure]

    def get(self, key: str, *, window: Window | None = None, **scope: str) -> Figure:
        """One of its figures; of the whole period unless another window is named."""
        asked = frozenset((self.asked.scope | scope).items())
        return self.figures[key, asked, window or self.window]

    def known(self, key: str, **more: Any) -> Figure | str:
        """The same; a dash where it was measured before there was such a figure."""
        try:
            return self.get(key, **more)
        except KeyError:
            return "—"

    @cached_property
    def earlier(self) -> Window:
        """The period before, as it was measured: a snapshot keeps the one of its day."""
        known = (one.window for one in self.every("support.created") if one.window)
        return next(window for window in known if window.end == self.window.start)

    def before(self, key: str, **scope: str) -> Figure:
        """The same for the period before."""
        return self.get(key, window=self.earlier, **scope)

    def backlog(self, instant: datetime, age: str) -> Figure:
        """Tickets of an age that stood unresolved at a midnight."""
        asked = self.asked.scope | {"instant": stamp(instant), "age": age}
        return self.figures["support.backlog", frozenset(asked.items()), None]

    def every(self, key: str) -> list[Figure]:
        """All figures of a key, in the order they were found."""
        return [figure for (name, _, _), figure in self.figures.items() if name == key]

    @cached_property
    def days(self) -> list[date]:
        return days_of(self.window, self.zone, at=self.at)

    @property
    def words(self) -> str:
        """The period's days, both included."""
        return words_of(self.window, self.zone, at=self.at)

    @cached_property
    def midnights(self) -> list[datetime]:
        """Where the backlog is counted: the end of each day that is over."""
        return midnights(self.window, self.zone, at=self.at)

    def day(self, day: date) -> Window:
        return Window(midnight(day, self.zone), midnight(day + timedelta(days=1), self.zone))

    def keep(self, *, by: Any, at: datetime, title: str) -> Snapshot:
        """Freeze the whole of it under one id."""
        return Snapshot.hold(self.figures.values(), by=by, at=at, title=title)

    @classmethod
    def of(cls, snapshot: Snapshot) -> "Report | None":
        """The report that a snapshot holds; None when it holds something else."""
        kept = snapshot.figures
        head = next((one for one in kept if one.key == "support.created"), None)
        zone = next((dict(one.scope)["zone"] for one in kept if one.key == "support.contacts"), "")
        if head is None or head.window is None or not zone:
            return None
        asked = Asked(**{name: said for name, said in head.scope if name in NAMES})
        place = showing.zone_of(zone)
        return cls(asked, head.window, place, snapshot.taken_at, indexed(kept))


def head(report: Report) -> Iterator[tuple[str, Figure, Figure]]:
    """The few figures that say most: title, now, and in the period before."""
    for key, scope, title in HEAD:
        figure = report.get(key, **scope)
        yield title or figure.title, figure, report.before(key, **scope)


def indexed(found: Iterable[Figure]) -> dict[tuple[str, Scope, Window | None], Figure]:
    return {(one.key, frozenset(one.scope), one.window): one for one in found}


def address(figure: Figure) -> str:
    """Where a figure of a report is explained, its own window included."""
    said = "".join(f"{name}={_quoted(one)}&" for name, one in figure.scope)
    if window := figure.window:
        said += f"from={_quoted(stamp(window.start))}&to={_quoted(stamp(window.end))}"
    return f"/figures/{figure.key}/?{said.removesuffix('&')}"


_quoted = lru_cache(maxsize=4096)(quote_plus)  # a page says the same few words a thousand times


@lru_cache(maxsize=4096)
def stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def words_of(window: Window, zone: tzinfo, *, at: datetime) -> str:
    """The days of a period in words, both included."""
    days = days_of(window, zone, at=at)
    return " – ".join(f"{day.day} {day:%b %Y}" for day in (days[0], days[-1]))


def midnights(window: Window, zone: tzinfo, *, at: datetime) -> list[datetime]:
    days = days_of(window, zone, at=at)
    ends = [midnight(day + timedelta(days=1), zone) for day in days]
    return [end for end in ends if end <= at]


def report(asked: Asked, window: Window, *, at: datetime, zone: tzinfo, place: str) -> Report:
    """Measure all of it; `place` is the zone's name."""
    found, earlier = Found(at, asked, standing()), before(window, zone)
    _times(found, window, earlier)
    _promises(found, window, earlier)
    _arrived(found, window, earlier, zone, place)
    _solved(found, window, earlier, zone)
    _backlog(found, midnights(window, zone, at=at))
    _pauses(found, window, earlier)
    return Report(asked, window, zone, at, found.figures)


def _times(found: Found, window: Window, earlier: Window) -> None:
    windows = [window, earlier]
    for one, readings in zip(
        windows, times.readings(found.asked, windows, at=found.at), strict=True
    ):
        for (kind, time, q), reading in readings.items():
            found.put("support.time", one, reading, kind=kind, time=time, q=str(q))
    for one, own in zip(windows, times.own(found.asked, windows), strict=True):
        for q, reading in own.items():
            found.put("support.own_time", one, reading, q=str(q))


def _promises(found: Found, window: Window, earlier: Window) -> None:
    """How they came out, in the window and in the one before."""
    both = Window(earlier.start, window.end)
    compared = promises.compared(found.asked, both, since=window.start)
    for one, came in zip((window, earlier), compared, strict=True):
        found.put("support.kept", one, came.all.kept)
        for kind in Kind.values:
            outcomes = came.kind(kind)
            found.put("support.kept", one, outcomes.kept, kind=kind)
            found.put("support.kept", one, outcomes.strictly, kind=kind, waived=COUNTED)
            found.put("support.cohort", one, came.cohort(kind).kept, kind=kind)
            for outcome in OUTCOMES:
                count = Reading.count(getattr(outcomes, outcome))
                found.put("support.promises", one, count, kind=kind, outcome=outcome)
        found.put("support.resolved_unanswered", one, Reading.count(came.unanswered))


def _arrived(found: Found, window: Window, earlier: Window, zone: tzinfo, place: str) -> None:
    """What came: in all, on each day, in each hour of the week."""
    days: Counter[date] = Counter()
    hours: Counter[tuple[int, int]] = Counter()
    sums = dict.fromkeys((window, earlier), 0)
    both = Window(earlier.start, window.end)
    for late, hour, count in arriving.by_local_hour(found.asked, both, zone, since=window.start):
        sums[window if late else earlier] += count
        if late:
            days[hour.date()] += count
            hours[hour.isoweekday(), hour.hour] += count
    for one, count in sums.items():
        found.put("support.created", one, Reading.count(count))
    _by_day(found, "support.created", window, zone, days)
    for weekday in range(1, 8):
        for hour in range(24):
            count = Reading.count(hours[weekday, hour])
            scope = {"weekday": str(weekday), "hour": str(hour), "zone": place}
            found.put("support.contacts", window, count, **scope)


def _by_day(found: Found, key: str, window: Window, zone: tzinfo, days: Mapping[date, int]) -> None:
    for day in days_of(window, zone, at=found.at):
        one = Window(midnight(day, zone), midnight(day + timedelta(days=1), zone))
        if one != window:
            found.put(key, one, Reading.count(days.get(day, 0)))


def _solved(found: Found, window: Window, earlier: Window, zone: tzinfo) -> None:
    """What was solved, on each day too, and how well."""
    asked, at = found.asked, found.at
    days: Counter[date] = Counter()
    sums = dict.fromkeys((window, earlier), 0)
    both = Window(earlier.start, window.end)
    by_day = moves.solved_by_day(asked, both, str(zone), since=window.start)
    for day, late, count in moves.told(by_day):
        sums[window if late else earlier] += count
        if late:
            days[day] += count
    for one, count in sums.items():
        found.put("support.solved", one, Reading.count(count))
        counts = resolution.outcome_counts(asked, one, at)
        for name in ("reopened", "one_touch", "zero_touch"):
            found.put(f"support.{name}", one, resolution.share(name, counts))
    _by_day(found, "support.solved", window, zone, days)


def _backlog(found: Found, instants: list[datetime]) -> None:
    if not instants:
        return
    counts = moves.backlog(found.asked, instants)
    for place, instant in enumerate(instants, start=1):
        for age, name in enumerate(AGE_NAMES):
            count = Reading.count(counts[place, age])
            found.put("support.backlog", None, count, instant=stamp(instant), age=name)


def _pauses(found: Found, window: Window, earlier: Window) -> None:
    """By agent and by status."""
    asked = found.asked
    clocks = times.resolved(asked, window).order_by("ticket__assignee")
    paused = counted = n = 0
    for agent, one_paused, one_counted, one_n in clocks.values_list("ticket__assignee").annotate(
        Sum("paused"), Sum("elapsed"), Count("pk")
    ):
        paused, counted, n = paused + one_paused, counted + one_counted, n + one_n
        reading = pauses.pause_share(int(one_paused), int(one_counted), one_n)
        if not asked.agent:
            found.put("support.paused", window, reading, agent=str(agent or NOBODY))
    found.put("support.paused", window, pauses.pause_share(int(paused), int(counted), n))
    spent = dict(moves.told(moves.time_in_status(asked, pauses.until(window, found.at))))
    for status in STATUSES:
        found.put("support.in_status", window, pauses.status_share(status, spent), status=status)
    for one in (window, earlier):
        pressed = moves.told(moves.paused_unanswered_by(asked, one))
        total = Reading.count(sum(count for _, count in pressed))
        found.put("support.paused_unanswered", one, total)
        for actor, count in pressed:
            by = str(actor or NOBODY)
            found.put("support.paused_unanswered", one, Reading.count(count), by=by)
