"""How long answers took: quantiles over clocks that stopped, and over those nobody stopped yet.

An unanswered ticket stands among the answered ones at its age, so that leaving the hard ones
alone makes no number better. Its age is what its calendar counted from the start to the end of the
window, pauses not taken off.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from apps.figures.figure import Reading, Window
from apps.figures.rules import quantile_ranks
from apps.sla.choices import Kind, State
from apps.sla.models import Clock
from apps.sla.versions import calendar_of

from .asked import Asked

QUANTILES = (0.5, 0.75, 0.9, 0.95)
TIMES = ("working", "wall")
AWAITED = (Kind.FIRST_RESPONSE, Kind.NEXT_RESPONSE)  # kinds that somebody waits for

_WALL = "extract(epoch FROM stopped_at - started_at)::bigint"


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
    found = Clock.objects.exclude(state=State.CANCELLED).filter(
        Q(stopped_at=None) | Q(stopped_at__gte=window.end),
        kind__in=AWAITED,
        started_at__lt=window.end,
    )
    return asked.of_clocks(found)


def measured(asked: Asked, window: Window, kind: str) -> QuerySet[Clock]:
    """Every clock that a quantile of this kind is over."""
    return stopped(asked, window).filter(kind=kind) | awaited(asked, window).filter(kind=kind)


def readings(
    asked: Asked, window: Window, *, at: datetime, kinds: Sequence[str] = tuple(Kind.values)
) -> dict[tuple[str, str, float], Reading]:
    """(kind, time, q) → the quantile with its order statistics: three queries for all."""
    end = min(window.end, at)
    owed = _ages(awaited(asked, window).filter(kind__in=kinds), end)
    answered, values = _statement(stopped(asked, window).filter(kind__in=kinds))
    source = f"""SELECT kind, elapsed AS working, {_WALL} AS wall FROM ({answered}) k
      UNION ALL SELECT * FROM unnest(%s::text[], %s::bigint[], %s::bigint[])"""
    values = (*values, *owed)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT kind, count(*) FROM ({source}) s GROUP BY kind", values)
        counts = dict(cursor.fetchall())
        found = {
            (kind, time, q): Reading(n=0)
            for kind in kinds
            if kind not in counts
            for time in TIMES
            for q in QUANTILES
        }
        if not counts:
            return found
        asking = " UNION ALL ".join(["SELECT %s, %s::float8[]"] * len(counts))
        ranks = {kind: [quantile_ranks(n, q) for q in QUANTILES] for kind, n in counts.items()}
        cursor.execute(
            f"""WITH s AS ({source}), r(kind, ranks) AS ({asking})
            SELECT s.kind, {", ".join(_aggregates(time) for time in TIMES)}
            FROM s JOIN r USING (kind) GROUP BY s.kind, r.ranks""",
            (
                *values,
                *(one for kind in counts for one in (kind, _shares(ranks[kind], counts[kind]))),
                *([list(QUANTILES)] * len(TIMES)),
            ),
        )
        for kind, *told in cursor.fetchall():
            for place, time in enumerate(TIMES):
                exact, around = told[2 * place], told[2 * place + 1]
                for index, q in enumerate(QUANTILES):
                    low, high = ranks[kind][index]
                    n = counts[kind]
                    found[kind, time, q] = Reading(
                        value=float(exact[index]),
                        n=n,
                        interval=(
                            float(around[2 * index]) if low >= 1 else float("-inf"),
                            float(around[2 * index + 1]) if high <= n else float("inf"),
                        ),
                    )
    return found


def _aggregates(time: str) -> str:
    return (
        f"percentile_cont(%s::float8[]) WITHIN GROUP (ORDER BY {time}),"
        f" percentile_disc(r.ranks) WITHIN GROUP (ORDER BY {time})"
    )


def _shares(ranks: Sequence[tuple[int, int]], n: int) -> list[float]:
    """Ranks as shares; the middle of a rank's step, so that no rounding reaches its neighbour."""
    return [(min(max(rank, 1), n) - 0.5) / n for pair in ranks for rank in pair]


def _statement(found: QuerySet[Clock]) -> tuple[str, tuple[Any, ...]]:
    query = found.order_by().values("kind", "elapsed", "stopped_at", "started_at").query
    statement, values = query.sql_with_params()
    return statement, tuple(values)


def _ages(found: QuerySet[Clock], end: datetime) -> tuple[list[str], list[int], list[int]]:
    """Kind, working and wall age of each, as three columns."""
    kinds, working, wall = [], [], []
    until = int(end.timestamp())
    rows = found.order_by().values_list("kind", "calendar_version", "started_at")
    for kind, calendar, started in rows.iterator():
        began = int(started.timestamp())
        kinds.append(kind)
        wall.append(max(0, until - began))
        working.append(calendar_of(calendar).elapsed(began, max(began, until)))
    return kinds, working, wall
