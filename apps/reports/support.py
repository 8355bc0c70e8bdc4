"""The support report: every figure of a period and of the one before, in a fixed number of queries.

It is nothing but figures, so that a snapshot of it is the whole report again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Sum
from django.db.models.functions import TruncDate

from apps.figures.figure import Figure, Reading, Window
from apps.figures.models import Snapshot
from apps.figures.registry import definition
from apps.sla.choices import Kind
from apps.sla.compliance import OUTCOMES
from apps.tickets.choices import Status
from apps.tickets.rules.moves import UNRESOLVED

from . import figures, moves, promises, times
from .asked import NAMES, Asked
from .periods import days_of, midnight
from .rules import AGE_NAMES

Scope = frozenset[tuple[str, str]]
STATUSES = tuple(status for status in Status.values if status in UNRESOLVED)


@dataclass(slots=True)
class Found:
    """Figures by key, scope and window."""

    at: datetime
    asked: Asked
    figures: dict[tuple[str, Scope, Window | None], Figure] = field(default_factory=dict)

    def put(self, key: str, window: Window | None, reading: Reading, **scope: str) -> None:
        scope = {name: said for name, said in (self.asked.scope | scope).items() if said}
        figure = definition(key).read(reading, at=self.at, window=window, **scope)
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

    def before(self, key: str, **scope: str) -> Figure:
        """The same for the period before."""
        return self.get(key, window=self.window.before(), **scope)

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
        place = figures.zone_of(zone)
        return cls(asked, head.window, place, snapshot.taken_at, indexed(kept))


def indexed(found: Iterable[Figure]) -> dict[tuple[str, Scope, Window | None], Figure]:
    return {(one.key, frozenset(one.scope), one.window): one for one in found}


def address(figure: Figure) -> str:
    """Where a figure of a report is explained, its own window included."""
    scope = dict(figure.scope)
    if figure.window:
        scope |= {"from": stamp(figure.window.start), "to": stamp(figure.window.end)}
    return f"/figures/{figure.key}/?{urlencode(scope)}"


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def midnights(window: Window, zone: tzinfo, *, at: datetime) -> list[datetime]:
    days = days_of(window, zone, at=at)
    ends = [midnight(day + timedelta(days=1), zone) for day in days]
    return [end for end in ends if end <= at]


def report(asked: Asked, window: Window, *, at: datetime, zone: tzinfo, place: str) -> Report:
    """Measure all of it; `place` is the zone's name."""
    found = Found(at, asked)
    for one in (window, window.before()):
        _totals(found, one)
    _days(found, window, zone)
    _backlog(found, midnights(window, zone, at=at))
    _pauses(found, window)
    _hours(found, window, zone, place)
    return Report(asked, window, zone, at, found.figures)


def _totals(found: Found, window: Window) -> None:
    """What is compared with the period before."""
    asked, at = found.asked, found.at
    for (kind, time, q), reading in times.readings(asked, window, at=at).items():
        found.put("support.time", window, reading, kind=kind, time=time, q=str(q))
    came = promises.outcomes(asked, window)
    found.put("support.kept", window, sum(came.values(), promises.Outcomes()).kept)
    for kind in Kind.values:
        one = came.get(kind, promises.Outcomes())
        found.put("support.kept", window, one.kept, kind=kind)
        for outcome in OUTCOMES:
            count = Reading.count(getattr(one, outcome))
            found.put("support.promises", window, count, kind=kind, outcome=outcome)
    for key in ("support.created", "support.solved", "support.resolved_unanswered"):
        found.put(key, window, definition(key).measure(window, at, **asked.scope))
    counts = figures.outcome_counts(asked, window, at)
    for name in ("reopened", "one_touch", "zero_touch"):
        found.put(f"support.{name}", window, figures.share(name, counts, window, at))
    pressed = moves.told(moves.paused_unanswered_by(asked, window))
    total = Reading.count(sum(count for _, count in pressed))
    found.put("support.paused_unanswered", window, total)
    for actor, count in pressed:
        by = str(actor or "nobody")
        found.put("support.paused_unanswered", window, Reading.count(count), by=by)


def _days(found: Found, window: Window, zone: tzinfo) -> None:
    """What came and what was solved on each day."""
    asked = found.asked
    came = dict(
        figures.reported(asked, window)
        .order_by()
        .annotate(day=TruncDate("reported_at", tzinfo=zone))
        .values_list("day")
        .annotate(Count("pk"))
    )
    went = dict(moves.told(moves.solved_by_day(asked, window, str(zone))))
    for day in days_of(window, zone, at=found.at):
        one = Window(midnight(day, zone), midnight(day + timedelta(days=1), zone))
        if one != window:
            found.put("support.created", one, Reading.count(came.get(day, 0)))
            found.put("support.solved", one, Reading.count(went.get(day, 0)))


def _backlog(found: Found, instants: list[datetime]) -> None:
    if not instants:
        return
    counts = {
        (place, age): count
        for place, age, count in moves.told(moves.backlog(found.asked, instants))
    }
    for place, instant in enumerate(instants, start=1):
        for age, name in enumerate(AGE_NAMES):
            count = Reading.count(counts.get((place, age), 0), as_of=instant)
            found.put("support.backlog", None, count, instant=stamp(instant), age=name)


def _pauses(found: Found, window: Window) -> None:
    """By agent and by status."""
    asked = found.asked
    clocks = figures.resolutions(asked, window).order_by().values_list("ticket__assignee")
    paused = counted = n = 0
    for agent, one_paused, one_counted, one_n in clocks.annotate(
        Sum("paused"), Sum("elapsed"), Count("pk")
    ):
        paused, counted, n = paused + one_paused, counted + one_counted, n + one_n
        reading = figures.pause_share(int(one_paused), int(one_counted), one_n)
        if not asked.agent:
            found.put("support.paused", window, reading, agent=str(agent or "nobody"))
    found.put("support.paused", window, figures.pause_share(int(paused), int(counted), n))
    spent = dict(moves.told(moves.time_in_status(asked, figures.until(window, found.at))))
    for status in STATUSES:
        reading = figures.status_share(status, spent)
        found.put("support.in_status", window, reading, status=status)


def _hours(found: Found, window: Window, zone: tzinfo, place: str) -> None:
    came = figures.by_hour(figures.reported(found.asked, window), zone).order_by()
    counts = {
        (weekday, hour): count
        for weekday, hour, count in came.values_list("weekday", "hour").annotate(Count("pk"))
    }
    for weekday in range(1, 8):
        for hour in range(24):
            found.put(
                "support.contacts",
                window,
                Reading.count(counts.get((weekday, hour), 0)),
                weekday=str(weekday),
                hour=str(hour),
                zone=place,
            )
