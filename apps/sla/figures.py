"""The numbers of promises."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet

from apps.figures.figure import Reading, Window
from apps.figures.registry import define
from apps.figures.rows import Row, Rows
from apps.figures.rules import Better, State
from apps.figures.words import amount
from apps.tickets.choices import Priority

from . import compliance
from .choices import Kind
from .models import Audit, Clock, Difference

MONTH = timedelta(days=30)
OWNER = "Support lead"
_NOT_COUNTED = (
    "cancelled clocks (merged, spam, duplicate, resolved without a reply), shown beside",
    "waived breaches, shown beside",
    "a breach that goes on through a reopening, after its first cycle",
)
_HEAD = ("Ticket", "Clock", "Priority", "Outcome", "Took", "Target")


def _row(clock: Clock) -> Row:
    return Row(
        str(clock.ticket),
        clock.ticket.get_absolute_url(),
        (
            clock.get_kind_display(),
            clock.get_priority_display(),
            clock.get_state_display(),
            amount(clock.elapsed, "seconds"),
            amount(clock.target, "seconds"),
        ),
    )


def _decided(window: Window, at: datetime, kind: str = "", priority: str = "") -> Rows:
    found = Clock.objects.decided_in(window.start, window.end).select_related("ticket")
    if kind:
        found = found.filter(kind=kind)
    if priority:
        found = found.filter(priority=priority)
    met, breached = found.filter(state="met"), found.breached().unwaived()
    return Rows(met | breached, _HEAD, _row)


@define(
    key="sla.compliance",
    title="SLA compliance",
    formula="met ÷ (met + breached) over the clocks decided in the window;"
    " decided = the earlier of the stop and the instant the target ran out",
    unit="ratio",
    target=0.95,
    window=MONTH,
    minimum_n=compliance.FEW,
    owner=OWNER,
    inputs=("sla.Clock",),
    exclusions=_NOT_COUNTED,
    scope=("kind", "priority"),
    rows=_decided,
    reads="tickets.read",
    heavy=True,
)
def sla_compliance(window: Window, at: datetime, kind: str = "", priority: str = "") -> Reading:
    """Of all promises or of one kind, of all tickets or of one priority."""
    return compliance_of(compliance.tally(window), kind, priority)


def compliance_of(
    tallies: Iterable[compliance.Tally], kind: str = "", priority: str = ""
) -> Reading:
    """The same of tallies that are at hand."""
    found = compliance.share(
        one
        for one in tallies
        if (not kind or one.kind == kind) and (not priority or one.priority == priority)
    )
    words = dict((*Kind.choices, *Priority.choices))
    about = ", ".join(words[one] for one in (kind, priority) if one in words)
    return replace(found, title=f"{about}: SLA compliance") if about else found


def _stopped(window: Window) -> QuerySet[Clock]:
    return Clock.objects.filter(
        stopped_at__gte=window.start,
        stopped_at__lt=window.end,
        state__in=["met", "breached_closed"],
    )


def _define_duration(kind: Kind, q: float) -> None:
    def measure(window: Window, at: datetime, time: str = "working") -> Reading:
        found = compliance.took(window, at=at, kinds=[kind.value], quantiles=[q])
        return found[kind.value, time == "calendar", q]

    def rows(window: Window, at: datetime, time: str = "working") -> Rows:
        owed = compliance.owed(window).filter(kind=kind.value)
        found = _stopped(window).filter(kind=kind.value) | owed
        return Rows(found.select_related("ticket"), _HEAD, _row)

    define(
        key=f"support.{kind.value}.p{round(q * 100)}",
        title=f"{kind.label}, p{round(q * 100)}",
        formula=f"continuous {round(q * 100)}th percentile of the seconds that clocks of this kind"
        " took, over those that stopped in the window; a response still owed when the window ended"
        " counts at its age; time=working counts the hours of its promise"
        " less pauses, time=calendar the wall clock",
        version=2,
        unit="seconds",
        better=Better.LOWER,
        window=MONTH,
        minimum_n=compliance.FEW,
        owner=OWNER,
        inputs=("sla.Clock",),
        exclusions=("cancelled clocks",),
        scope=("time",),
        rows=rows,
        reads="tickets.read",
        heavy=True,
    )(measure)


for _kind in Kind:
    for _q in compliance.QUANTILES:
        _define_duration(_kind, _q)


@define(
    key="support.pause_share",
    title="Share of time paused",
    formula="paused ÷ (paused + counted) working seconds of resolution clocks that stopped"
    " in the window",
    unit="ratio",
    better=Better.LOWER,
    window=MONTH,
    minimum_n=compliance.FEW,
    owner=OWNER,
    inputs=("sla.Clock",),
    rows=lambda window, at: Rows(
        _stopped(window).filter(kind=Kind.RESOLUTION).select_related("ticket"), _HEAD, _row
    ),
    reads="tickets.read",
    heavy=True,
)
def paused(window: Window, at: datetime) -> Reading:
    """How much of the time we said that it was somebody else's move."""
    return compliance.pause_share(window)


def _overdue(window: Window | None, at: datetime) -> Rows:
    found = Clock.objects.open().filter(state="breached_open").select_related("ticket")
    return Rows(found, _HEAD, _row)


@define(
    key="sla.overdue",
    title="Overdue now",
    formula="clocks that still run and whose target ran out",
    better=Better.LOWER,
    owner=OWNER,
    inputs=("sla.Clock",),
    rows=_overdue,
    reads="tickets.read",
    heavy=True,
)
def overdue(window: Window | None, at: datetime) -> Reading:
    """Promises broken and still open."""
    return Reading.count(_overdue(window, at).queryset.count())


def _coming(window: Window | None, at: datetime) -> Rows:
    found = Clock.objects.due_between(at, at + timedelta(hours=24)).select_related("ticket")
    return Rows(found, _HEAD, _row)


@define(
    key="sla.due_soon",
    title="Due in 24 hours",
    formula="clocks that run and are due within the next 24 hours",
    better=Better.LOWER,
    owner=OWNER,
    inputs=("sla.Clock",),
    rows=_coming,
    reads="tickets.read",
)
def due_soon(window: Window | None, at: datetime) -> Reading:
    """Promises to be kept until this time tomorrow."""
    return Reading.count(_coming(window, at).queryset.count())


def _differences(window: Window | None, at: datetime) -> Rows:
    def show(one: Difference) -> Row:
        return Row(
            str(one.ticket),
            one.ticket.get_absolute_url(),
            (one.kind, one.cycle, str(one.stored), str(one.computed)),
        )

    last = Audit.objects.filter(finished_at__lte=at).order_by("-at").first()
    found = Difference.objects.filter(audit=last).select_related("ticket")
    return Rows(found, ("Ticket", "Clock", "Cycle", "Stored", "Computed"), show)


@define(
    key="sla.audit.differences",
    title="Clocks that differ from their events",
    formula="stored clocks that are not what their Activity rows say, of all running ones and a"
    " sample of settled ones, in the last audit",
    better=Better.LOWER,
    target=0,
    freshness=timedelta(hours=26),
    owner=OWNER,
    inputs=("sla.Audit",),
    rows=_differences,
    reads="tickets.read",
)
def audit_differences(window: Window | None, at: datetime) -> Reading:
    """Zero, or something is wrong with us."""
    last = (
        Audit.objects.filter(finished_at__lte=at)
        .annotate(found_now=Count("found"))
        .order_by("-at")
        .first()
    )
    if last is None:
        return Reading.missing(State.NO_DATA, "No audit has finished yet.")
    return Reading.count(last.found_now, n=last.clocks, as_of=last.at)
