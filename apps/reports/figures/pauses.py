"""When it was said to be somebody else's move, and whether it was."""

from datetime import datetime, timedelta

from django.db.models import Count, Sum

from apps.figures.definition import UnknownFigure
from apps.figures.figure import Reading, Window
from apps.figures.registry import define
from apps.figures.rows import Rows
from apps.figures.rules import Better
from apps.tickets.choices import Status
from apps.tickets.models import Ticket
from apps.tickets.rules.moves import UNRESOLVED
from apps.timeline.models import Activity

from .. import moves, times
from ..asked import NAMES, Asked
from ..keeping import standing
from . import showing


def pause_share(paused: int, counted: int, n: int) -> Reading:
    whole = paused + counted
    return Reading(
        value=paused / whole if whole else None, numerator=paused, denominator=whole, n=n
    )


@define(
    key="support.paused",
    title="Share of time paused",
    formula="paused ÷ (paused + counted) working seconds of the resolution clocks that stopped in"
    " the window",
    unit="ratio",
    better=Better.LOWER,
    window=showing.MONTH,
    minimum_n=showing.ENOUGH,
    inputs=("sla.Clock",),
    exclusions=("cancelled clocks", showing.AS_OF_TODAY),
    scope=NAMES,
    rows=lambda window, at, **scope: showing.clocks(times.resolved(Asked.of(scope), window)),
    **showing.COMMON,
)
def paused(window: Window, at: datetime, **scope: str) -> Reading:
    """How much of the time we said that it was somebody else's move."""
    found = times.resolved(Asked.of(scope), window).order_by()
    sums = found.aggregate(paused=Sum("paused"), counted=Sum("elapsed"), n=Count("pk"))
    return pause_share(sums["paused"] or 0, sums["counted"] or 0, sums["n"])


def _status(scope: dict[str, str]) -> str:
    return showing.one_of(scope.get("status", Status.WAITING_CUSTOMER), UNRESOLVED, "status")


def _stood_rows(window: Window, at: datetime, **scope: str) -> Rows:
    stood = moves.stood_in(Asked.of(scope), until(window, at), _status(scope))
    return showing.tickets(Ticket.objects.filter(pk__in=moves.numbers(stood)))


@define(
    key="support.in_status",
    title="Time in a status",
    formula="wall time that tickets stood in the status within the window ÷ wall time that they"
    " were unresolved within it",
    unit="ratio",
    better=Better.LOWER,
    window=showing.MONTH,
    inputs=("timeline.Activity",),
    exclusions=(showing.AS_OF_TODAY,),
    scope=("status", *NAMES),
    rows=_stood_rows,
    **showing.KEPT,
)
def in_status(window: Window, at: datetime, **scope: str) -> Reading:
    """Where the time of tickets went."""
    status = _status(scope)
    spent = dict(moves.told(moves.time_in_status(Asked.of(scope), until(window, at))))
    return standing().told(status_share(status, spent))


def status_share(status: str, spent: dict[str, int]) -> Reading:
    whole = sum(spent.values())
    part = spent.get(status, 0)
    return Reading(value=part / whole if whole else None, numerator=part, denominator=whole)


def until(window: Window, at: datetime) -> Window:
    """The part of the window that is past."""
    return Window(window.start, min(window.end, max(at, window.start + timedelta(seconds=1))))


def _pressed(scope: dict[str, str], window: Window) -> moves.Sql:
    by = scope.get("by", "")
    if by and by != "nobody" and not (by.isascii() and by.isdigit() and len(by) < 19):
        raise UnknownFigure(f"There is no person “{by[:40]}”.")
    return moves.paused_unanswered(Asked.of(scope), window, by)


def _pressed_rows(window: Window, at: datetime, **scope: str) -> Rows:
    changes = moves.numbers(_pressed(scope, window))
    return showing.changes(Activity.objects.filter(pk__in=changes))


@define(
    key="support.paused_unanswered",
    title="Paused while the customer waited",
    formula="times a ticket was set to wait for the customer, other than by an answer, while the"
    " last word was the customer's and nobody had said that it needs none",
    better=Better.LOWER,
    window=showing.MONTH,
    inputs=("timeline.Activity",),
    exclusions=(showing.AS_OF_TODAY,),
    scope=("by", *NAMES),
    rows=_pressed_rows,
    **(showing.KEPT | showing.LIGHT),
)
def paused_unanswered(window: Window, at: datetime, **scope: str) -> Reading:
    """Pauses that stopped a clock although it was our move."""
    return standing().told(Reading.count(moves.count(_pressed(scope, window))))
