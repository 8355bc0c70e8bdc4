"""What today will probably break."""

from datetime import datetime

from apps.figures.figure import Reading, Window
from apps.figures.registry import define
from apps.figures.rows import Rows
from apps.figures.rules import Better, State

from .. import forecast
from ..asked import NAMES, Asked
from . import showing


def _due_rows(window: Window | None, at: datetime, **scope: str) -> Rows:
    zone = showing.zone_of(scope.get("zone", ""))
    return showing.clocks(forecast.due_today(Asked.of(scope), at=at, zone=zone))


@define(
    key="support.forecast",
    title="Breaches to expect today",
    formula="Σ over the clocks due before midnight of the share of clocks like it (kind, priority,"
    " as much time to go) of the last eight weeks that broke; not fewer than what is due beyond the"
    " answers the working hours left usually bring",
    better=Better.LOWER,
    inputs=("sla.Clock", "timeline.Activity"),
    exclusions=("clocks that broke already", "clocks that start later today"),
    scope=("zone", *NAMES),
    rows=_due_rows,
    **showing.COMMON,
)
def to_expect(window: Window | None, at: datetime, **scope: str) -> Reading:
    """What the rest of the day will probably break."""
    return expected(outlook(at, scope))


@define(
    key="support.calibration",
    title="Forecasts that held",
    formula="days on which the breaches that came lie in the forecast's interval ÷ days tried: the"
    " last four weeks at this hour, with experience from before the first of them",
    unit="ratio",
    inputs=("sla.Clock",),
    exclusions=("days on which nothing was due",),
    scope=("zone", *NAMES),
    **showing.COMMON,
)
def held(window: Window | None, at: datetime, **scope: str) -> Reading:
    """How far to trust the forecast."""
    return calibration(outlook(at, scope))


def outlook(at: datetime, scope: dict[str, str]) -> forecast.Outlook:
    return forecast.outlook(Asked.of(scope), at=at, zone=showing.zone_of(scope.get("zone", "")))


def expected(found: forecast.Outlook) -> Reading:
    if found.forecast is None:
        why = "Nothing like it was ever decided: there is no experience to judge by."
        return Reading.missing(State.NO_DATA, why)
    told = found.forecast
    return Reading(value=round(told.expected, 1), n=told.due, interval=(told.low, told.high))


def calibration(found: forecast.Outlook) -> Reading:
    return Reading.share(sum(one.held for one in found.tested), len(found.tested))
