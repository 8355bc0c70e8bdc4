"""How long answers and solutions took."""

from datetime import datetime

from apps.figures.figure import Reading, Window
from apps.figures.registry import define
from apps.figures.rows import Rows
from apps.figures.rules import Better
from apps.sla.choices import Kind

from .. import times
from ..asked import NAMES, Asked
from ..keeping import standing
from . import showing


def _timed(scope: dict[str, str]) -> tuple[Asked, str, str, float]:
    kind = showing.one_of(scope.get("kind", Kind.FIRST_RESPONSE), Kind.values, "clock")
    time = showing.one_of(scope.get("time", "working"), times.TIMES, "time")
    return Asked.of(scope), kind, time, _q(scope)


def _time_rows(window: Window, at: datetime, **scope: str) -> Rows:
    asked, kind, _, _ = _timed(scope)
    return showing.clocks(times.measured(asked, window, kind))


@define(
    key="support.time",
    title="Time to answer and to resolve",
    formula="continuous percentile (q) of the seconds that clocks of the kind took which stopped in"
    " the window; a response still owed when the window ended counts at its age. time=working"
    " counts the hours of its promise less pauses, time=wall the wall clock",
    unit="seconds",
    better=Better.LOWER,
    window=showing.MONTH,
    minimum_n=showing.ENOUGH,
    inputs=("sla.Clock",),
    exclusions=("cancelled clocks", showing.AS_OF_TODAY),
    scope=("kind", "q", "time", *NAMES),
    rows=_time_rows,
    **showing.COMMON,
)
def time(window: Window, at: datetime, **scope: str) -> Reading:
    """One quantile of one kind of clock."""
    asked, kind, time, q = _timed(scope)
    [found] = times.readings(asked, [window], at=at, kinds=[kind])
    return found[kind, time, q]


def _q(scope: dict[str, str]) -> float:
    return float(
        showing.one_of(scope.get("q", "0.9"), [str(q) for q in times.QUANTILES], "quantile")
    )


@define(
    key="support.own_time",
    title="Time to resolve that was ours or the customer's",
    formula="continuous percentile (q) of the seconds by the wall clock that resolution clocks took"
    " which stopped in the window, less those in which the ticket waited for somebody else",
    unit="seconds",
    better=Better.LOWER,
    window=showing.MONTH,
    minimum_n=showing.ENOUGH,
    inputs=("sla.Clock", "timeline.Activity"),
    exclusions=("cancelled clocks", showing.AS_OF_TODAY),
    scope=("q", *NAMES),
    rows=lambda window, at, **scope: showing.clocks(times.resolved(Asked.of(scope), window)),
    **showing.KEPT,
)
def own_time(window: Window, at: datetime, **scope: str) -> Reading:
    """One quantile of it."""
    [found] = times.own(Asked.of(scope), [window])
    return standing().told(found[_q(scope)])
