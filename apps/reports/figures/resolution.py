"""What was solved, and how well."""

from datetime import datetime

from django.db.models import QuerySet

from apps.figures.figure import Reading, Window
from apps.figures.registry import define
from apps.figures.rows import Rows
from apps.figures.rules import Better, State
from apps.sla.choices import Kind
from apps.sla.models import Clock
from apps.tickets.models import Ticket
from apps.tickets.rules.moves import ENDED
from apps.timeline.models import Activity

from .. import moves, promises
from ..asked import NAMES, Asked
from ..keeping import standing
from . import showing


def _solved_rows(window: Window, at: datetime, **scope: str) -> Rows:
    changes = moves.numbers(moves.solved(Asked.of(scope), window))
    return showing.changes(Activity.objects.filter(pk__in=changes))


@define(
    key="support.solved",
    title="Tickets solved",
    formula="times a ticket became resolved or closed in the window, from any other status",
    window=showing.MONTH,
    inputs=("timeline.Activity",),
    exclusions=("a closing after a resolution", showing.AS_OF_TODAY),
    scope=NAMES,
    rows=_solved_rows,
    **showing.KEPT,
)
def solved(window: Window, at: datetime, **scope: str) -> Reading:
    """How often a ticket was resolved."""
    return standing().told(Reading.count(moves.count(moves.solved(Asked.of(scope), window))))


def mature(window: Window, at: datetime) -> Window | None:
    """The part of the window after whose resolutions seven days have passed."""
    end = min(window.end, at - moves.REOPENED_WITHIN)
    return Window(window.start, end) if end > window.start else None


def share(name: str, counts: dict[str, int] | None) -> Reading:
    """One outcome's share of the resolved; of a window too young it is no number."""
    if counts is None:
        why = "Seven days to reopen have not passed for anything resolved in this window."
        return Reading.missing(State.NOT_APPLICABLE, why)
    return Reading.share(counts[name], counts["resolved"])


def outcome_counts(asked: Asked, window: Window, at: datetime) -> dict[str, int] | None:
    """How many tickets had each outcome, among those resolved seven days ago."""
    cut = mature(window, at)
    if cut is None:
        return None
    [counts] = moves.told(moves.outcome_counts(asked, cut))
    return dict(zip(moves.OUTCOMES, counts, strict=True))


def _define_outcome(name: str, title: str, formula: str, better: Better) -> None:
    def rows(window: Window, at: datetime, **scope: str) -> Rows:
        cut = mature(window, at)
        if cut is None:
            return showing.tickets(Ticket.objects.none())
        behind = moves.numbers(moves.with_outcome(Asked.of(scope), cut, name))
        return showing.tickets(Ticket.objects.filter(pk__in=behind))

    def measure(window: Window, at: datetime, **scope: str) -> Reading:
        return standing().told(share(name, outcome_counts(Asked.of(scope), window, at)))

    define(
        key=f"support.{name}",
        title=title,
        formula=f"{formula} ÷ tickets resolved in the window and at least seven days ago",
        unit="ratio",
        better=better,
        window=showing.MONTH,
        minimum_n=showing.ENOUGH,
        inputs=("timeline.Activity", "tickets.Message"),
        exclusions=("tickets resolved less than seven days ago", showing.AS_OF_TODAY),
        scope=NAMES,
        rows=rows,
        **showing.KEPT,
    )(measure)


_define_outcome(
    "reopened", "Reopened", "tickets reopened within seven days of a resolution", Better.LOWER
)
_define_outcome(
    "one_touch",
    "One touch",
    "tickets resolved with exactly one public message of a person of ours and not reopened within"
    " seven days",
    Better.HIGHER,
)
_define_outcome(
    "zero_touch",
    "Zero touch",
    "tickets resolved without any public message of a person of ours",
    Better.LOWER,
)


def unanswered(asked: Asked, window: Window) -> QuerySet[Clock]:
    """First responses that were never given because the ticket was resolved."""
    found = promises.behind(asked, window, "cancelled", Kind.FIRST_RESPONSE)
    return found.exclude(reason__in=ENDED)


@define(
    key="support.resolved_unanswered",
    title="Resolved without a reply",
    formula="first response clocks cancelled in the window because the ticket was resolved before"
    " anybody had answered",
    better=Better.LOWER,
    window=showing.MONTH,
    inputs=("sla.Clock",),
    exclusions=(showing.NOT_COUNTED, showing.AS_OF_TODAY),
    scope=NAMES,
    rows=lambda window, at, **scope: showing.clocks(unanswered(Asked.of(scope), window)),
    **showing.COMMON,
)
def resolved_unanswered(window: Window, at: datetime, **scope: str) -> Reading:
    """Tickets we ended without a word."""
    return Reading.count(unanswered(Asked.of(scope), window).order_by().count())
