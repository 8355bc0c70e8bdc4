"""The numbers of the page on kept promises, measured together: before it is opened, or as it is."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import astuple, dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Self

from apps.figures.figure import Figure, Reading, Window
from apps.figures.registry import definition
from apps.sla import compliance
from apps.sla.choices import Kind
from apps.sla.compliance import DECIDED, MODES, Tally
from apps.sla.figures import compliance_of

from .periods import between

USUAL = 28  # days
Scope = frozenset[tuple[str, str]]


def window_of(days: int, *, at: datetime, zone: tzinfo) -> Window:
    """Today and the local days before it."""
    tomorrow = at.astimezone(zone).date() + timedelta(days=1)
    return between(tomorrow - timedelta(days=days), tomorrow, zone)


@dataclass(frozen=True, slots=True)
class Kept:
    """How promises came out in a window, and how long it took, as of an instant."""

    window: Window
    at: datetime
    tallies: Mapping[str, list[Tally]]  # by what they are counted by
    figures: Mapping[tuple[str, Scope], Figure]

    @classmethod
    def measure(
        cls, window: Window, *, at: datetime, place: str, modes: Collection[str] = MODES
    ) -> Self:
        """One question for each mode, and one for all durations; weeks are those of the place."""
        wanted = {DECIDED, *modes}
        tallies = {mode: compliance.tally(window, mode=mode, zone=place) for mode in wanted}
        return cls(window, at, tallies, _indexed(_figures(window, at, tallies[DECIDED])))

    def figure(self, key: str, **scope: str) -> Figure:
        """One of its figures."""
        return self.figures[key, frozenset(scope.items())]

    def as_dict(self) -> dict[str, Any]:
        """As JSON carries it."""
        return {
            "tallies": {mode: list(map(_plain, found)) for mode, found in self.tallies.items()},
            "figures": [one.as_dict() for one in self.figures.values()],
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any], window: Window, at: datetime) -> Self:
        """Back from JSON, exactly."""
        tallies = {
            mode: [
                Tally(kind, priority, date.fromisoformat(week), *counts)
                for kind, priority, week, *counts in found
            ]
            for mode, found in plain["tallies"].items()
        }
        figures = _indexed(Figure.from_dict(one) for one in plain["figures"])
        return cls(window, at, tallies, figures)


def _plain(one: Tally) -> list[Any]:
    kind, priority, week, *counts = astuple(one)
    return [kind, priority, week.isoformat(), *counts]


def _figures(window: Window, at: datetime, decided: list[Tally]) -> Iterator[Figure]:
    def read(key: str, reading: Reading, **scope: str) -> Figure:
        return definition(key).read(reading, at=at, window=window, **scope)

    yield read("sla.compliance", compliance_of(decided))
    for kind in Kind.values:
        yield read("sla.compliance", compliance_of(decided, kind), kind=kind)
    for (kind, by_calendar, q), reading in compliance.took(window, at=at).items():
        time = "calendar" if by_calendar else "working"
        yield read(f"support.{kind}.p{round(q * 100)}", reading, time=time)


def _indexed(figures: Iterator[Figure]) -> dict[tuple[str, Scope], Figure]:
    return {(one.key, frozenset(one.scope)): one for one in figures}
