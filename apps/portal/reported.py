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
from apps.figures.figure import Figure
from apps.reports import now, ready, support, tables
from apps.reports.asked import NOBODY, Asked
from apps.reports.rules import AGE_NAMES
from apps.tickets.choices import Channel, Priority
from apps.tickets.models import Queue

from . import charts

AGE_TONES = dict(zip(AGE_NAMES, ("good", "calm", "muted", "warn", "bad"), strict=True))
SHOWN = frozenset(tables.TABLES) - {"figures"}


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


class Shown:
    """A report and how it is drawn."""

    def __init__(self, report: support.Report) -> None:
        self.report = report

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
        who = tables.names()
        return {key: make(self.report, who) for key, make in tables.TABLES.items() if key in SHOWN}

    def head(self) -> list[Head]:
        """The figures on top."""
        return [
            Head(figure, title, before, support.address(figure))
            for title, figure, before in support.head(self.report)
        ]

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
        return [(AGE_TONES[age], tables.days(age)) for age in AGE_NAMES]

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


def outlook(
    asked: Asked, *, at: datetime, zone: tzinfo, place: str, wait: bool
) -> dict[str, object]:
    """Today's forecast, how such forecasts held, and the days it was tried on; nothing while it
    is being measured and nobody chose to `wait`."""
    told = ready.foreseen(asked, at=at, zone=zone, place=place)
    if told is None and not wait:
        return {}
    found = now.ahead(asked, at=at, zone=zone, place=place, told=told)
    chart = charts.whiskers(
        [
            charts.Whisker(
                f"{one.day.day} {one.day:%b}",
                one.forecast.low,
                one.forecast.expected,
                one.forecast.high,
                one.broke,
            )
            for one in found.outlook.tested
        ],
        key="tested",
        title="Expected and actual breaches by day",
        say=words.number,
    )
    return {
        "forecast": found.forecast,
        "calibration": found.calibration,
        "outlook": found.outlook,
        "chart": chart,
    }
