"""What a policy or a calendar says, in words: as it is in force and as it is drafted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from apps.accounts.models import Team, User
from apps.calendars.models import Calendar
from apps.calendars.rules import DAY, WEEKDAYS, compile_calendar
from apps.calendars.rules.hours import instant_of
from apps.calendars.rules.spelled import spell_hours
from apps.customers.choices import Tier
from apps.sla.choices import Do, Kind
from apps.sla.drafts import profile_of, usual_pauses
from apps.sla.models import Policy, PolicyVersion
from apps.sla.rules.spelled import spell, spell_step
from apps.tickets.choices import Priority, Status
from apps.tickets.models import Queue

from .forms import WEEKDAY_NAMES

NAMED = {"usual": "Usual", "everything": "Everything pauses while waiting or resolved"}
AHEAD = 14  # days of a preview


class Names:
    """Names for the numbers in specs, asked for once a page."""

    def __init__(self) -> None:
        self.queues = dict(Queue.objects.values_list("pk", "name"))
        self.teams = dict(Team.objects.values_list("pk", "name"))
        self.people = dict(User.objects.values_list("pk", "name"))
        self.calendars = dict(Calendar.objects.values_list("pk", "name"))


@dataclass(frozen=True)
class Target:
    """One promise: its seconds, whether they are the priority's own, and in which hours."""

    seconds: int | None
    own: bool
    around_the_clock: bool

    @property
    def words(self) -> str:
        return "—" if self.seconds is None else spell(self.seconds)


@dataclass(frozen=True)
class Said:
    """A promise in words: `spec`, `conditions` and calendar of a version or of a draft."""

    spec: Mapping[str, Any]
    conditions: Mapping[str, Any]
    calendar: int | None
    names: Names

    @classmethod
    def of_version(cls, version: PolicyVersion, names: Names) -> "Said":
        return cls(version.spec, version.conditions, version.calendar_id, names)

    @classmethod
    def of_draft(cls, policy: Policy, names: Names) -> "Said":
        return cls(policy.draft(), policy.conditions(), policy.calendar_id, names)

    @property
    def hours(self) -> str:
        if self.calendar is None:
            return "Around the clock"
        return self.names.calendars.get(self.calendar, "A calendar that is gone")

    @property
    def fits(self) -> str:
        """Which tickets it is for."""
        asked = self.conditions
        parts = [
            *_any_of("tier", [Tier(one).label for one in asked["tiers"]]),
            *_any_of("priority", [Priority(one).label.lower() for one in asked["priorities"]]),
            *_any_of("queue", [self.names.queues.get(one, "?") for one in asked["queues"]]),
            *_any_of("tag", asked["tags"]),
        ]
        return " and ".join(parts) or "every ticket no other policy is for"

    @property
    def targets(self) -> list[tuple[str, list["Target"]]]:
        """Kind → what is promised at each priority."""
        return [(kind.label, list(self._row(kind))) for kind in Kind]

    def _row(self, kind: Kind) -> Iterator["Target"]:
        around = self.spec.get("around_the_clock", {})
        for priority in Priority.values:
            own = self.spec.get("by_priority", {}).get(priority, {}).get(kind)
            if own is None:
                yield Target(
                    self.spec["targets"].get(kind), False, kind in around.get("targets", ())
                )
            else:
                kinds = around.get("by_priority", {}).get(priority, ())
                yield Target(own, True, kind in kinds)

    @property
    def in_part_around_the_clock(self) -> bool:
        """Whether some targets go by the calendar's hours and some do not."""
        return self.calendar is not None and bool(self.spec.get("around_the_clock"))

    @property
    def profile(self) -> str:
        return NAMED.get(profile_of(self.spec.get("pauses", {})), "Of its own")

    @property
    def pauses(self) -> list[tuple[str, str]]:
        """Kind → the statuses it stands in."""
        given = {**usual_pauses(), **self.spec.get("pauses", {})}
        return [
            (
                kind.label,
                ", ".join(Status(one).label.lower() for one in given[kind]) or "never pauses",
            )
            for kind in Kind
        ]

    @property
    def updates(self) -> str:
        """Whether what an incident's customers are told is an answer to each of them."""
        if self.spec.get("incident_updates", True):
            return "stop first and next response on every ticket they reach"
        return "are sent, and stop no clock"

    @property
    def steps(self) -> list[tuple[str, str, str]]:
        """When, for which clock, what is done."""
        return [
            (spell_step(step["at"]), Kind(step["kind"]).label, self._done(step))
            for step in self.spec.get("ladder", [])
        ]

    def _done(self, step: Mapping[str, Any]) -> str:
        if step["do"] == Do.RAISE:
            return Do.RAISE.label
        return f"{Do(step['do']).label} {self._whom(step['to'])}"

    def _whom(self, to: str) -> str:
        what, _, number = to.partition(":")
        if number:
            known = self.names.teams if what == "team" else self.names.people
            return known.get(int(number), f"{what} {number}")
        return {"assignee": "whoever has it", "team": "its team", "lead": "the support leads"}[to]

    def lines(self) -> Iterator[tuple[str, str]]:
        """Everything it says, a line each: what two of them are compared by."""
        yield "For", self.fits
        yield "Hours", self.hours
        for kind, row in self.targets:
            for priority, target in zip(Priority, row, strict=True):
                hours = ", around the clock" if target.around_the_clock else ""
                yield f"{kind}, {priority.label.lower()}", f"{target.words}{hours}"
        for kind, statuses in self.pauses:
            yield f"{kind} pauses while", statuses
        yield "Updates of incidents", self.updates
        for number, step in enumerate(self.steps, 1):
            yield f"Step {number}", ", ".join(step)


def _any_of(what: str, names: list[str]) -> list[str]:
    return [f"{what} {' or '.join(names)}"] if names else []


def between(before: Iterator[tuple[str, str]], after: Iterator[tuple[str, str]]) -> list[Any]:
    """What differs: (about, before, after)."""
    was, will = dict(before), dict(after)
    return [
        (about, was.get(about, "—"), will.get(about, "—"))
        for about in was | will
        if was.get(about) != will.get(about)
    ]


# --- hours --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Day:
    """One date of a calendar: its hours, and its name if it differs from its weekday."""

    date: date
    spans: list[list[str]]
    name: str = ""
    differs: bool = False
    seconds: int = 0

    @property
    def words(self) -> str:
        return spell_hours(self.spans) or "Closed"


def week_of(spec: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (WEEKDAY_NAMES[day], spell_hours(spec["weekly"].get(day, [])) or "Closed")
        for day in WEEKDAYS
    ]


def days_of(spec: Mapping[str, Any]) -> list[Day]:
    """The dates that differ, in order."""
    names = spec.get("names", {})
    return [
        Day(date.fromisoformat(day), spans, names.get(day, ""), True)
        for day, spans in sorted(spec.get("overrides", {}).items())
    ]


def coming(spec: Mapping[str, Any], today: date) -> list[Day]:
    """The next days in the calendar's own zone, with the seconds that are worked in each."""
    working, zone = compile_calendar(spec), ZoneInfo(spec["timezone"])
    differing = {day.date: day for day in days_of(spec)}
    found = []
    for offset in range(AHEAD):
        on = today + timedelta(days=offset)
        ordinal = on.toordinal()
        begin, end = instant_of(ordinal, 0, zone), instant_of(ordinal, DAY, zone)
        own = differing.get(on)
        spans = own.spans if own else spec["weekly"].get(WEEKDAYS[on.weekday()], [])
        found.append(
            Day(on, spans, own.name if own else "", own is not None, working.elapsed(begin, end))
        )
    return found


def hours_lines(spec: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Everything hours say, a line each."""
    yield "Zone", spec["timezone"]
    yield from week_of(spec)
    for day in days_of(spec):
        yield f"{day.date:%Y-%m-%d}", f"{day.words} {f'({day.name})' if day.name else ''}".strip()
