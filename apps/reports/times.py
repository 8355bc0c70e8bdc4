"""How long answers took: quantiles over clocks that stopped, and over those nobody stopped yet.

An unanswered ticket stands among the answered ones at its age, so that leaving the hard ones
alone makes no number better. Its age is what the hours of its promise counted from the start to
the end of the window, pauses not taken off.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from apps.figures.around import picked, ranks
from apps.figures.figure import Reading, Window
from apps.sla import compliance
from apps.sla.choices import Kind, State
from apps.sla.models import Clock
from apps.tickets.choices import Status

from .asked import Asked

QUANTILES = (0.5, 0.75, 0.9, 0.95)
TIMES = ("working", "wall")

_WALL = "extract(epoch FROM stopped_at - started_at)::bigint"
_WAITED = f"s.status = '{Status.WAITING_THIRD_PARTY}'"  # few tickets ever did


def stopped(asked: Asked, window: Window) -> QuerySet[Clock]:
    """Clocks that came to their stop in the window; the cancelled never do."""
    found = Clock.objects.filter(
        stopped_at__gte=window.start,
        stopped_at__lt=window.end,
        state__in=[State.MET, State.BREACHED_CLOSED],
    )
    return asked.of_clocks(found)


def awaited(asked: Asked, window: Window) -> QuerySet[Clock]:
    """Responses that were still owed when the window ended."""
    return asked.of_clocks(compliance.owed(window))


def measured(asked: Asked, window: Window, kind: str) -> QuerySet[Clock]:
    """Every clock that a quantile of this kind is over."""
    return stopped(asked, window).filter(kind=kind) | awaited(asked, window).filter(kind=kind)


Timed = dict[tuple[str, str, float], Reading]  # by kind, time and q


def readings(
    asked: Asked,
    windows: Sequence[Window],
    *,
    at: datetime,
    kinds: Sequence[str] = tuple(Kind.values),
) -> list[Timed]:
    """Every quantile with its order statistics, a window each: a query, and one more a window."""
    source, values = _source(asked, windows, at, kinds)
    found: list[Timed] = [
        {(kind, time, q): Reading(n=0) for kind in kinds for time in TIMES for q in QUANTILES}
        for _ in windows
    ]
    with connection.cursor() as cursor:
        cursor.execute(_SORTED.format(source=source, ranks=ranks()), (*values, list(QUANTILES)))
        for group, n, q, first, *around in cursor.fetchall():
            place, kind = divmod(group, len(kinds))
            for time, some in zip(TIMES, around, strict=True):
                found[place][kinds[kind], time, q] = picked(some, first, n, q)
    return found


_SORTED = """
SELECT place, n, q, low, working[low:high], wall[low:high]
FROM (
  SELECT place, count(*)::int AS n, array_agg(working ORDER BY working) AS working,
    array_agg(wall ORDER BY wall) AS wall
  FROM ({source}) s GROUP BY place) a, {ranks}
"""
_OWN = """
SELECT place, n, q, low, own[low:high]
FROM (
  SELECT place, count(*)::int AS n, array_agg(own ORDER BY own) AS own
  FROM ({source}) s GROUP BY place) a, {ranks}
"""


def own(asked: Asked, windows: Sequence[Window]) -> list[dict[float, Reading]]:
    """The same of resolutions by the wall clock, less what the ticket waited for somebody who is
    neither the customer nor us."""
    parts: list[str] = []
    values: list[Any] = []
    for place, window in enumerate(windows):
        query = (
            resolved(asked, window).order_by().values("ticket", "started_at", "stopped_at").query
        )
        statement, more = query.sql_with_params()
        parts.append(
            f"""SELECT {place} AS place, {_WALL} - coalesce(CASE WHEN waited THEN (
              SELECT sum(extract(epoch FROM
                least(s.until, k.stopped_at) - greatest(s.began, k.started_at)))
              FROM reports_stand s WHERE s.ticket_id = k.ticket AND {_WAITED}
                AND s.until > k.started_at AND s.began < k.stopped_at) END, 0)::bigint AS own
            FROM ({statement}) k LEFT JOIN (
              SELECT DISTINCT ticket_id AS ticket, true AS waited
              FROM reports_stand s WHERE {_WAITED}) w USING (ticket)"""
        )
        values += more
    source = " UNION ALL ".join(parts)
    found: list[dict[float, Reading]] = [{q: Reading(n=0) for q in QUANTILES} for _ in windows]
    with connection.cursor() as cursor:
        cursor.execute(_OWN.format(source=source, ranks=ranks()), (*values, list(QUANTILES)))
        for place, n, q, first, some in cursor.fetchall():
            found[place][q] = picked(some, first, n, q)
    return found


def resolved(asked: Asked, window: Window) -> QuerySet[Clock]:
    """The clocks of what was resolved in the window."""
    return stopped(asked, window).filter(kind=Kind.RESOLUTION)


def _source(
    asked: Asked, windows: Sequence[Window], at: datetime, kinds: Sequence[str]
) -> tuple[str, tuple[Any, ...]]:
    """SQL for place, working and wall seconds of all that is measured; `place` counts the kinds
    of a window after those of the windows before it."""
    parts: list[str] = []
    values: list[Any] = []
    for place, window in enumerate(windows):
        answered, more = _statement(stopped(asked, window).filter(kind__in=kinds))
        owed = compliance.ages(awaited(asked, window).filter(kind__in=kinds), min(window.end, at))
        parts.append(
            f"""SELECT {place * len(kinds)} + array_position(%s, kind) - 1 AS place, working, wall
            FROM (SELECT kind::text, elapsed AS working, {_WALL} AS wall FROM ({answered}) k
            UNION ALL SELECT * FROM unnest(%s::text[], %s::bigint[], %s::bigint[])) s"""
        )
        values += [list(kinds), *more, *owed]
    return " UNION ALL ".join(parts), tuple(values)


def _statement(found: QuerySet[Clock]) -> tuple[str, tuple[Any, ...]]:
    query = found.order_by().values("kind", "elapsed", "stopped_at", "started_at").query
    statement, values = query.sql_with_params()
    return statement, tuple(values)
