"""The report as tables, for a page and for a file; every cell is a figure or a word."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from apps.accounts.models import User
from apps.figures.figure import Figure
from apps.sla.choices import Kind
from apps.sla.compliance import OUTCOMES, harmless
from apps.tickets.choices import Status

from .asked import NOBODY
from .figures.promises import COUNTED
from .rules import AGE_NAMES
from .support import STATUSES, Report
from .times import QUANTILES, TIMES

Cell = Figure | str
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
TIME_WORDS = {"working": "working hours", "wall": "wall clock"}


def names() -> dict[str, str]:
    """Whoever may own a ticket, by key."""
    found = {str(pk): name for pk, name in User.objects.values_list("pk", "name")}
    return {**found, NOBODY: "Nobody"}


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the report."""

    key: str
    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    words: int = 1  # columns that hold words

    def lines(self) -> Iterator[Sequence[str]]:
        """As a file carries it: plain numbers, seconds and shares unrounded, and no formulas."""
        yield self.head
        for row in self.rows:
            yield [plain(cell) for cell in row]


def plain(cell: Cell) -> str:
    """A cell for a program; an unknown number is empty."""
    return number(cell.value) if isinstance(cell, Figure) else harmless(cell)


def number(value: float | None) -> str:
    if value is None or not math.isfinite(value):
        return ""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def days(age: str) -> str:
    """An age in words: `1–3 d`, `30+ d`."""
    return f"{age[:-1]}+ d" if age.endswith("-") else f"{age.replace('-', '–')} d"


def times(report: Report) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for kind in Kind:
        for time in TIMES:
            scope = {"kind": kind.value, "time": time}
            found = [report.get("support.time", q=str(q), **scope) for q in QUANTILES]
            before = report.before("support.time", q="0.9", **scope)
            rows.append((kind.label, TIME_WORDS[time], *found, f"{found[0].n:,}", before))
    own = [report.known("support.own_time", q=str(q)) for q in QUANTILES]
    earlier = report.known("support.own_time", q="0.9", window=report.earlier)
    n = f"{own[0].n:,}" if isinstance(own[0], Figure) else "—"
    rows.append((Kind.RESOLUTION.label, "less third parties", *own, n, earlier))
    head = ("Clock", "Time", *(f"p{round(q * 100)}" for q in QUANTILES), "n", "p90 before")
    return Table("times", "Time to answer and to resolve", head, tuple(rows), words=2)


def promises(report: Report) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for kind in Kind:
        counts = [
            report.get("support.promises", kind=kind.value, outcome=outcome) for outcome in OUTCOMES
        ]
        kept = report.get("support.kept", kind=kind.value)
        before = report.before("support.kept", kind=kind.value)
        strictly = report.known("support.kept", kind=kind.value, waived=COUNTED)
        cohort = report.known("support.cohort", kind=kind.value)
        sure = kept.interval_words or "—"
        rows.append((kind.label, *counts, kept, sure, before, strictly, cohort))
    head = (
        *("Clock", "Met", "Breached", "Waived", "Cancelled", "Kept", "95 % interval", "Before"),
        *("Waived as breached", "By start"),
    )
    return Table("promises", "Promises decided", head, tuple(rows))


def backlog(report: Report) -> Table:
    rows = tuple(
        (
            f"{instant.astimezone(report.zone):%Y-%m-%d}",
            *(report.backlog(instant, age) for age in AGE_NAMES),
        )
        for instant in report.midnights
    )
    head = (
        "Midnight before",
        *(f"{age.removesuffix('-')}{'+' * age.endswith('-')} d" for age in AGE_NAMES),
    )
    return Table("backlog", "Unresolved at each midnight, by age", head, rows)


def flow(report: Report) -> Table:
    rows = tuple(
        (
            f"{day:%Y-%m-%d}",
            report.get("support.created", window=report.day(day)),
            report.get("support.solved", window=report.day(day)),
        )
        for day in report.days
    )
    return Table("flow", "Created and solved", ("Day", "Created", "Solved"), rows)


SOLVING = ("reopened", "one_touch", "zero_touch", "resolved_unanswered")


def solving(report: Report) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for name in SOLVING:
        one, before = report.get(f"support.{name}"), report.before(f"support.{name}")
        counted = f"{one.numerator:,.0f} of {one.denominator:,.0f}" if one.denominator else "—"
        rows.append((one.title, one, counted, one.interval_words or "—", before))
    head = ("Outcome", "This period", "Tickets", "95 % interval", "Before")
    return Table("solving", "How they were solved", head, tuple(rows))


def pauses(report: Report, names: Mapping[str, str]) -> Table:
    """By agent, in the order of names: it is no league."""
    shares = {dict(one.scope).get("agent", ""): one for one in report.every("support.paused")}
    pressed = {
        dict(one.scope)["by"]: one
        for one in report.every("support.paused_unanswered")
        if "by" in dict(one.scope) and one.window == report.window
    }
    people = {agent for agent in (*shares, *pressed) if agent}
    rows: list[tuple[Cell, ...]] = []
    for agent in sorted(people, key=lambda one: (one == NOBODY, names.get(one, one).lower())):
        share = shares.get(agent)
        n = f"{share.n:,}" if share else "—"
        rows.append((names.get(agent, agent), share or "—", n, pressed.get(agent, "0")))
    head = ("Agent", "Time paused", "Resolved", "Paused while the customer waited")
    return Table("pauses", "Pauses by agent", head, tuple(rows))


def statuses(report: Report) -> Table:
    pressed = {Status.WAITING_CUSTOMER: report.get("support.paused_unanswered")}
    rows = tuple(
        (
            Status(one).label,
            report.get("support.in_status", status=one),
            pressed.get(Status(one), "—"),
        )
        for one in STATUSES
    )
    head = ("Status", "Share of open time", "Set while the customer waited")
    return Table("statuses", "Where their time went", head, rows)


def hours(report: Report) -> Table:
    asked = report.asked.scope
    found = {
        (scope["weekday"], scope["hour"]): one
        for one in report.every("support.contacts")
        if (scope := dict(one.scope)).keys() - asked.keys()
    }
    rows = tuple(
        (name, *(found[str(day), str(hour)] for hour in range(24)))
        for day, name in enumerate(WEEKDAYS, start=1)
    )
    head = ("Day", *(f"{hour:02d}" for hour in range(24)))
    return Table("hours", "Tickets by hour of the week", head, rows)


def figures(report: Report) -> Table:
    """Everything, a figure a line: what a snapshot freezes."""
    rows = tuple(
        (
            one.key,
            " ".join(f"{name}={said}" for name, said in one.scope),
            f"{one.window.start:%Y-%m-%dT%H:%M:%SZ}" if one.window else "",
            f"{one.window.end:%Y-%m-%dT%H:%M:%SZ}" if one.window else "",
            number(one.value),
            *(number(end) for end in one.interval or (None, None)),
            *(number(part) for part in (one.numerator, one.denominator, one.n)),
            one.unit,
            one.state.value,
            str(one.version),
        )
        for one in report.figures.values()
    )
    head = (
        *("figure", "scope", "from", "to", "value", "low", "high", "numerator", "denominator"),
        *("n", "unit", "state", "version"),
    )
    return Table("figures", "Every figure", head, rows)


TABLES: dict[str, Callable[[Report, Mapping[str, str]], Table]] = {
    "times": lambda report, _: times(report),
    "promises": lambda report, _: promises(report),
    "backlog": lambda report, _: backlog(report),
    "flow": lambda report, _: flow(report),
    "solving": lambda report, _: solving(report),
    "pauses": pauses,
    "statuses": lambda report, _: statuses(report),
    "hours": lambda report, _: hours(report),
    "figures": lambda report, _: figures(report),
}
"""By key; made of a report and the names of those who may own a ticket."""
