"""How promises came out."""

from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from apps.figures.definition import UnknownFigure
from apps.figures.figure import Reading, Window
from apps.figures.registry import define
from apps.figures.rows import Rows
from apps.figures.rules import Better
from apps.sla.choices import Kind
from apps.sla.compliance import OUTCOMES
from apps.sla.models import Clock

from .. import promises
from ..asked import NAMES, Asked
from . import showing

COUNTED = "counted"


def _kind(scope: dict[str, str]) -> str:
    said = scope.get("kind", "")
    return showing.one_of(said, Kind.values, "clock") if said else ""


def _counts_waived(scope: dict[str, str]) -> bool:
    said = scope.get("waived", "")
    return bool(said) and showing.one_of(said, (COUNTED,), "way to count the waived") == COUNTED


def _kept_rows(window: Window, at: datetime, **scope: str) -> Rows:
    asked, kind = Asked.of(scope), _kind(scope)
    if _counts_waived(scope):
        found = asked.of_clocks(Clock.objects.decided_in(window.start, window.end))
        return showing.clocks(found.filter(kind=kind) if kind else found)
    met = promises.behind(asked, window, "met", kind)
    return showing.clocks(met | promises.behind(asked, window, "breached", kind))


@define(
    key="support.kept",
    title="Promises kept",
    formula="met ÷ (met + breached) over the clocks decided in the window; decided = the earlier"
    " of the stop and the instant the target ran out. waived=counted takes a waived breach for a"
    " breach",
    unit="ratio",
    target=0.95,
    window=showing.MONTH,
    minimum_n=showing.ENOUGH,
    inputs=("sla.Clock", "sla.Waiver"),
    exclusions=(
        "cancelled clocks and waived breaches, shown beside",
        "a breach that goes on through a reopening, after its first cycle",
        showing.AS_OF_TODAY,
    ),
    scope=("kind", "waived", *NAMES),
    rows=_kept_rows,
    **showing.COMMON,
)
def kept(window: Window, at: datetime, **scope: str) -> Reading:
    """Of one kind of clock, or of all."""
    found = promises.outcomes(Asked.of(scope), window)
    wanted = [one for kind, one in found.items() if _kind(scope) in ("", kind)]
    total = sum(wanted, promises.Outcomes())
    return total.strictly if _counts_waived(scope) else total.kept


def _cohort(window: Window, scope: dict[str, str]) -> QuerySet[Clock]:
    found, kind = promises.started(Asked.of(scope), window), _kind(scope)
    return (found.filter(kind=kind) if kind else found).filter(
        Q(state="met") | Q(pk__in=found.breached().unwaived().values("pk"))
    )


@define(
    key="support.cohort",
    title="Promises kept, by start",
    formula="met ÷ (met + breached) over the clocks that started in the window, whenever they were"
    " decided",
    unit="ratio",
    window=showing.MONTH,
    minimum_n=showing.ENOUGH,
    inputs=("sla.Clock", "sla.Waiver"),
    exclusions=(
        "clocks that are not decided yet, so that it still moves",
        "cancelled clocks and waived breaches",
        showing.AS_OF_TODAY,
    ),
    scope=("kind", *NAMES),
    rows=lambda window, at, **scope: showing.clocks(_cohort(window, scope)),
    **showing.COMMON,
)
def cohort(window: Window, at: datetime, **scope: str) -> Reading:
    """The same of one intake: what became of the promises that were given in the window."""
    found = _cohort(window, scope).order_by()
    counts = found.aggregate(met=Count("pk", filter=Q(state="met")), n=Count("pk"))
    return Reading.share(counts["met"], counts["n"])


def _theirs(window: Window, scope: dict[str, str]) -> QuerySet[Clock]:
    said = scope.get("customer", "")
    if not (said.isascii() and said.isdigit() and len(said) < 19):
        raise UnknownFigure("Which customer? Name one by its number.")
    found = Clock.objects.decided_in(window.start, window.end)
    return found.filter(ticket__customer=int(said))


@define(
    key="support.customer",
    title="Promises kept to a customer",
    formula="met ÷ (met + breached) over the clocks of the customer's tickets decided in the window"
    "; a waived breach is a breach to them",
    unit="ratio",
    target=0.95,
    window=timedelta(days=90),
    minimum_n=showing.ENOUGH,
    inputs=("sla.Clock",),
    exclusions=("cancelled clocks",),
    scope=("customer",),
    rows=lambda window, at, **scope: showing.clocks(_theirs(window, scope)),
    **showing.COMMON,
)
def to_customer(window: Window, at: datetime, **scope: str) -> Reading:
    """How well one organisation was served."""
    counts = (
        _theirs(window, scope)
        .order_by()
        .aggregate(met=Count("pk", filter=Q(state="met")), n=Count("pk"))
    )
    return Reading.share(counts["met"], counts["n"])


def _outcome(scope: dict[str, str]) -> str:
    return showing.one_of(scope.get("outcome", "breached"), OUTCOMES, "outcome")


def _outcome_rows(window: Window, at: datetime, **scope: str) -> Rows:
    return showing.clocks(promises.behind(Asked.of(scope), window, _outcome(scope), _kind(scope)))


@define(
    key="support.promises",
    title="Promises by outcome",
    formula="clocks decided in the window that were met, breached or waived; or that were"
    " cancelled in it",
    better=Better.LOWER,
    window=showing.MONTH,
    inputs=("sla.Clock", "sla.Waiver"),
    exclusions=(showing.AS_OF_TODAY,),
    scope=("kind", "outcome", *NAMES),
    rows=_outcome_rows,
    **showing.COMMON,
)
def outcome(window: Window, at: datetime, **scope: str) -> Reading:
    """How many clocks of a kind came out so."""
    found = promises.behind(Asked.of(scope), window, _outcome(scope), _kind(scope))
    return Reading.count(found.order_by().count())
