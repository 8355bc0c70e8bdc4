"""What stood unresolved at an instant."""

from datetime import datetime

from apps.figures.definition import UnknownFigure
from apps.figures.figure import Reading, Window
from apps.figures.registry import define
from apps.figures.rows import Rows
from apps.figures.rules import Better
from apps.tickets.models import Ticket

from .. import moves
from ..asked import NAMES, Asked
from ..keeping import standing
from ..rules import AGE_NAMES
from . import showing


def _instant(said: str, at: datetime) -> datetime:
    try:
        found = datetime.fromisoformat(said) if said else at
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or not 1970 < found.year < 2200:
        raise UnknownFigure(f"“{said[:40]}” is no instant.")
    return found


def _stood(at: datetime, scope: dict[str, str]) -> moves.Sql:
    said = scope.get("age", "")
    age = AGE_NAMES.index(showing.one_of(said, AGE_NAMES, "age")) if said else None
    return moves.unresolved_at(Asked.of(scope), _instant(scope.get("instant", ""), at), age)


def _backlog_rows(window: Window | None, at: datetime, **scope: str) -> Rows:
    return showing.tickets(Ticket.objects.filter(pk__in=moves.numbers(_stood(at, scope))))


@define(
    key="support.backlog",
    title="Unresolved tickets",
    formula="tickets that were new, open or waiting at the instant, by the changes of status in"
    " their timeline; age = days since they were reported: less than 1, 3, 7, 30, and more",
    better=Better.LOWER,
    inputs=("timeline.Activity", "tickets.Ticket"),
    exclusions=(showing.AS_OF_TODAY,),
    scope=("instant", "age", *NAMES),
    rows=_backlog_rows,
    **(showing.KEPT | showing.LIGHT),
)
def backlog(window: Window | None, at: datetime, **scope: str) -> Reading:
    """At one instant, of one age or of all."""
    return standing().told(Reading.count(moves.count(_stood(at, scope))))
