"""How long answers and solutions took."""

from datetime import datetime

from apps.figures.figure import Reading, Window
from apps.figures.registry import define
from apps.figures.rows import Rows
from apps.figures.rules import Better
from apps.sla.choices import Kind

from .. import times
from ..asked import NAMES, Asked
from . import showing


def _timed(scope: dict[str, str]) -> tuple[Asked, str, str, float]:
    kind = showing.one_of(scope.get("kind", Kind.FIRST_RESPONSE), Kind.values, "clock")
    time = showing.one_of(scope.get("time", "working"), times.TIMES, "time")
    q = showing.one_of(scope.get("q", "0.9"), [str(q) for q in times.QUANTILES], "quantile")
    return Asked.of(scope), kind, time, float(q)


def _time_rows(window: Window, at: datetime, **scope: str) -> Rows:
    asked, kind, _, _ = _timed(scope)
    return showing.clocks(times.measured(asked, window, kind))


@define(
    key="support.time",
    title="Time to answer and to resolve",
    formula="continuous percentile (q) of the seconds that clocks of the kind took which stopped in"
    " the window; a response still owed when the window ended counts at its age. time=working"
    " counts the calendar's hours less pauses, time=wall the wall clock",
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
