"""The support report as the page shows it: what was asked, its charts, its tables."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import cached_property
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.safestring import SafeString

from apps.accounts.models import Team, User
from apps.customers.choices import Tier
from apps.figures import words
from apps.figures.definition import Definition
from apps.figures.figure import Figure, Window
from apps.figures.registry import definition
from apps.reports import forecast, load, periods, support, tables
from apps.reports.asked import NOBODY, Asked
from apps.reports.figures import forecast as forecast_figures
from apps.reports.figures import load as load_figures
from apps.reports.rules import AGE_NAMES
from apps.tickets.choices import Channel, Priority
from apps.tickets.models import Queue

from . import charts

AGE_TONES = dict(zip(AGE_NAMES, ("good", "calm", "muted", "warn", "bad"), strict=True))
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
SHOWN = frozenset(tables.TABLES) - {"figures"}
PRINTED = (
    *("support.time", "support.kept", "support.backlog", "support.created", "support.solved"),
    *("support.reopened", "support.one_touch", "support.zero_touch"),
    *("support.resolved_unanswered", "support.paused", "support.in_status"),
    *("support.paused_unanswered", "support.contacts"),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One filter: its name in the address, its words, what can be chosen, what is."""

    name: str
    words: str
    options: list[tuple[str, str]]
    chosen: str


@dataclass(frozen=True, slots=True)
class Head:
    """A figure on top, and what it was before."""

    figure: Figure
    title: str
    before: Figure
    url: str


def local(user: User) -> tuple[tzinfo, str]:
    """The person's zone and its name."""
    try:
        return ZoneInfo(user.timezone), user.timezone
    except (KeyError, ValueError):
        return UTC, "UTC"


def asked_of(query: QueryDict) -> Asked:
    return Asked.of({name: said[:60] for name, said in query.items()})


def window_of(query: QueryDict, *, at: datetime, zone: tzinfo) -> tuple[str, Window]:
    """The named period, or the days from … to …, both included. Raises ValueError."""
    first, last = query.get("from", ""), query.get("to", "")
    if first or last:
        try:
            days = [date.fromisoformat(said) for said in (first, last)]
            until = days[1].fromordinal(days[1].toordinal() + 1)
        except ValueError:
            raise ValueError("A period is two days, such as 2026-11-01 and 2026-11-30.") from None
        return "", periods.between(days[0], until, zone)
    said = query.get("period", "")
    period = said if said in periods.PERIODS else periods.USUAL
    return period, periods.window_of(period, at=at, zone=zone)


def choices(asked: Asked) -> list[Choice]:
    """Every filter with what it can be set to: three queries."""
    agents = User.objects.filter(is_active=True, roles__overlap=["support", "support_lead"])
    known = (
        ("queue", "Queue", [(one.slug, one.name) for one in Queue.objects.filter(retired_at=None)]),
        ("team", "Team", [(str(one.pk), one.name) for one in Team.objects.all()]),
        ("priority", "Priority", list(Priority.choices)),
        ("tier", "Tier", list(Tier.choices)),
        ("channel", "Channel", list(Channel.choices)),
        (
            "agent",
            "Agent",
            [
                *((str(one.pk), str(one)) for one in agents.order_by("name")),
                (NOBODY, "Nobody"),
            ],
        ),
    )
    return [Choice(name, said, options, getattr(asked, name)) for name, said, options in known]


def names() -> dict[str, str]:
    """Whoever may own a ticket, by key."""
    found = {str(pk): name for pk, name in User.objects.values_list("pk", "name")}
    return {**found, NOBODY: "Nobody"}


class Shown:
    """A report and how it is drawn."""

    def __init__(self, report: support.Report) -> None:
        self.report = report

    @property
    def days(self) -> str:
        """The period's days, both included."""
        first, last = self.report.days[0], self.report.days[-1]
        return f"{first.day} {first:%b %Y} – {last.day} {last:%b %Y}"

    @property
    def query(self) -> str:
        """The same report in an address."""
        window, zone = self.report.window, self.report.zone
        last = (window.end.astimezone(zone).date()).toordinal() - 1
        return urlencode(
            {
                "from": f"{window.start.astimezone(zone):%Y-%m-%d}",
                "to": date.fromordinal(last).isoformat(),
                **self.report.asked.scope,
            }
        )

    @cached_property
    def tables(self) -> dict[str, tables.Table]:
        """What the page shows of them."""
        who = names()
        return {key: make(self.report, who) for key, make in tables.TABLES.items() if key in SHOWN}

    def head(self) -> list[Head]:
        """The figures on top."""
        found = []
        for key, scope, title in HEAD:
            figure = self.report.get(key, **scope)
            before = self.report.before(key, **scope)
            found.append(Head(figure, title or figure.title, before, support.address(figure)))
        return found

    def backlog(self) -> SafeString:
        many = [
            (
                f"{(instant.astimezone(self.report.zone)):%d %b}".lstrip("0"),
                [
                    (AGE_TONES[age], self.report.backlog(instant, age).value or 0)
                    for age in AGE_NAMES
                ],
            )
            for instant in self.report.midnights
        ]
        return charts.bars(many, key="backlog", title="Unresolved tickets", say=words.number)

    def legend(self) -> list[tuple[str, str]]:
        """Tone and age."""
        return [
            (AGE_TONES[age], f"{age.removesuffix('-')}{'+' * age.endswith('-')} d")
            for age in AGE_NAMES
        ]

    def flow(self) -> SafeString:
        series = [
            charts.Series(
                title,
                [
                    (day.start.timestamp() + 43_200, value, value, value)
                    for day in map(self.report.day, self.report.days)
                    if (value := self.report.get(key, window=day).value) is not None
                ],
            )
            for key, title in (("support.created", "Created"), ("support.solved", "Solved"))
        ]
        return charts.trend(
            series,
            key="flow",
            title="Created and solved by day",
            start=self.report.window.start.timestamp(),
            end=self.report.window.end.timestamp(),
            step=86_400 * 1.2,
            say=words.number,
            zone=self.report.zone,
            from_zero=True,
        )

    def hours(self) -> SafeString:
        counts = [
            [cell.value or 0 for cell in row if isinstance(cell, Figure)]
            for row in self.tables["hours"].rows
        ]
        return charts.week_map(
            counts,
            key="hours",
            title="Tickets by hour of the week",
            say=lambda n: f"{words.number(n)} ticket{'' if n == 1 else 's'}",
        )

    def definitions(self) -> list[Definition]:
        """Printed under the report, so that a sheet of paper explains itself."""
        return [definition(key) for key in PRINTED]


@dataclass(frozen=True, slots=True)
class Carrying:
    """One person's line of the load table."""

    agent: User
    open: Figure
    due: Figure
    waiting: Figure
    capacity: Figure
    usual: str


def carrying(asked: Asked, *, at: datetime) -> list[Carrying]:
    """Everybody's load as figures, by name."""
    found = []
    for one in load.carried(asked, at=at):
        scope = asked.scope | {"agent": str(one.agent.pk)}
        parts = {
            part: definition("support.load").read(
                support.Reading.count(getattr(one, part)), at=at, **scope, part=part
            )
            for part in ("open", "due", "waiting")
        }
        use = definition("support.capacity").read(
            load_figures.use(one.due, one.usual), at=at, **scope
        )
        found.append(Carrying(one.agent, **parts, capacity=use, usual=words.number(one.usual)))
    return found


def outlook(asked: Asked, *, at: datetime, zone: tzinfo, place: str) -> dict[str, object]:
    """Today's forecast, how such forecasts held, and the days it was tried on."""
    found = forecast.outlook(asked, at=at, zone=zone)
    scope = asked.scope | {"zone": place}
    read = {
        name: definition(f"support.{name}").read(reading, at=at, **scope)
        for name, reading in (
            ("forecast", forecast_figures.expected(found)),
            ("calibration", forecast_figures.calibration(found)),
        )
    }
    chart = charts.whiskers(
        [
            charts.Whisker(
                f"{one.day.day} {one.day:%b}",
                one.forecast.low,
                one.forecast.expected,
                one.forecast.high,
                one.broke,
            )
            for one in found.tested
        ],
        key="tested",
        title="Expected and actual breaches by day",
        say=words.number,
    )
    return {**read, "outlook": found, "chart": chart}
