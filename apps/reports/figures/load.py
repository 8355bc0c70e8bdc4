"""What everybody carries now."""

from datetime import datetime

from django.db.models import QuerySet

from apps.figures.definition import UnknownFigure
from apps.figures.figure import Reading, Window
from apps.figures.registry import define
from apps.figures.rules import Better, State
from apps.tickets.models import Ticket

from .. import load
from ..asked import NAMES, Asked
from . import showing


def _load(scope: dict[str, str], at: datetime, part: str) -> QuerySet[Ticket]:
    asked = Asked.of(scope)
    if not asked.agent.isdigit():
        raise UnknownFigure("Whose load? Name an agent.")
    others = Asked(**(asked.scope | {"agent": ""}))
    until = load.horizon(at, load.usual_calendar())
    return load.of(asked.agent, part, others, until=until)


def _part(scope: dict[str, str]) -> str:
    return showing.one_of(scope.get("part", "open"), (*load.PARTS, "due"), "part")


@define(
    key="support.load",
    title="What somebody carries",
    formula="unresolved tickets of the agent: open = new or open, due = due before the next four"
    " working hours are over, waiting = waiting for somebody else",
    better=Better.LOWER,
    inputs=("tickets.Ticket",),
    scope=("part", *NAMES),
    rows=lambda window, at, **scope: showing.tickets(_load(scope, at, _part(scope))),
    **showing.LIGHT,
)
def carrying(window: Window | None, at: datetime, **scope: str) -> Reading:
    """One person's work now."""
    return Reading.count(_load(scope, at, _part(scope)).order_by().count())


@define(
    key="support.capacity",
    title="Use of capacity",
    formula="tickets of the agent due in the next four working hours ÷ answers the agent usually"
    " gives in four working hours (mean of the last four weeks)",
    unit="ratio",
    better=Better.LOWER,
    inputs=("tickets.Ticket", "timeline.Activity"),
    exclusions=("absences, which nobody tells us of",),
    scope=NAMES,
    rows=lambda window, at, **scope: showing.tickets(_load(scope, at, "due")),
    **showing.COMMON,
)
def capacity(window: Window | None, at: datetime, **scope: str) -> Reading:
    """How full the next four hours are."""
    due = _load(scope, at, "due").order_by().count()
    found = {str(one.agent.pk): one for one in load.carried(Asked(), at=at)}
    one = found.get(scope["agent"])
    return use(due, one.usual if one else 0.0)


def use(due: int, usual: float) -> Reading:
    """What is due against what is usual."""
    if not usual:
        why = "Nobody can say: no answer of theirs in the last four weeks."
        return Reading.missing(State.NOT_APPLICABLE, why)
    return Reading(value=due / usual, numerator=due, denominator=usual)
