"""How well promises are kept, by definitions that never move a month that is over.

A clock is decided when it is met or when its target ran out, whichever comes first; compliance is
met / (met + breached) over the clocks decided in a period. What was cancelled and what was waived
stands beside it. A breach that goes on through a reopening counts once.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from apps.figures.around import picked, ranks
from apps.figures.figure import Reading, Window

from .choices import Kind, State
from .models import Clock
from .versions import calendar_of

MET, BREACHED, WAIVED, CANCELLED = "met", "breached", "waived", "cancelled"
OUTCOMES = (MET, BREACHED, WAIVED, CANCELLED)
DECIDED, COHORT = "decided", "cohort"
MODES = (DECIDED, COHORT)
QUANTILES = (0.5, 0.75, 0.9, 0.95)
FEW = 20  # fewer are shown grey and judged by nobody

_WAIVED = """EXISTS (SELECT FROM sla_waiver w
  WHERE w.ticket_id = k.ticket_id AND w.kind = k.kind AND w.cycle = k.cycle)"""
_OUTCOME = f"""CASE
  WHEN k.state = 'cancelled' THEN 'cancelled'
  WHEN k.state = 'met' THEN 'met'
  WHEN {_WAIVED} THEN 'waived' ELSE 'breached' END"""
_DECIDED = """
SELECT kind, priority, decided_at AS at, state, ticket_id, cycle FROM sla_clock
WHERE decided_at >= %(start)s AND decided_at < %(end)s AND NOT repeats
  AND state IN ('met', 'breached_open', 'breached_closed')
UNION ALL
SELECT kind, priority, stopped_at, state, ticket_id, cycle FROM sla_clock
WHERE stopped_at >= %(start)s AND stopped_at < %(end)s AND state = 'cancelled'
"""
_STARTED = """
SELECT kind, priority, started_at AS at, state, ticket_id, cycle FROM sla_clock
WHERE started_at >= %(start)s AND started_at < %(end)s AND NOT repeats
  AND state NOT IN ('running', 'paused')
"""
_TALLY = """
SELECT k.kind, k.priority, date_trunc('week', k.at AT TIME ZONE %(zone)s)::date AS week,
  {outcome} AS outcome, count(*)
FROM ({chosen}) k GROUP BY 1, 2, 3, 4 ORDER BY 1, 3, 2, 4
"""


@dataclass(frozen=True, slots=True)
class Tally:
    """How the clocks of one kind, priority and week (from its Monday) came out."""

    kind: str
    priority: str
    week: date
    met: int = 0
    breached: int = 0
    waived: int = 0
    cancelled: int = 0

    @property
    def decided(self) -> int:
        return self.met + self.breached


def tally(window: Window, *, mode: str = DECIDED, zone: str = "UTC") -> list[Tally]:
    """Every kind × priority × week of the window that has clocks."""
    chosen = _STARTED if mode == COHORT else _DECIDED
    statement = _TALLY.format(outcome=_OUTCOME, chosen=chosen)
    found: dict[tuple[str, str, date], dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(statement, {"start": window.start, "end": window.end, "zone": zone})
        for kind, priority, week, outcome, count in cursor.fetchall():
            found.setdefault((kind, priority, week), {})[outcome] = count
    return [Tally(*key, **counts) for key, counts in found.items()]


def summed(tallies: Iterable[Tally], *by: str) -> dict[tuple[Any, ...], Tally]:
    """Tallies added up; what is not in `by` is of the first one seen."""
    sums: dict[tuple[Any, ...], Tally] = {}
    for one in tallies:
        key = tuple(getattr(one, name) for name in by)
        old = sums.get(key)
        sums[key] = (
            one
            if old is None
            else Tally(
                old.kind,
                old.priority,
                old.week,
                *(getattr(old, name) + getattr(one, name) for name in OUTCOMES),
            )
        )
    return sums


def share(tallies: Iterable[Tally]) -> Reading:
    """Compliance with its Wilson interval."""
    total = summed(tallies).get(())
    if total is None:
        return Reading.share(0, 0)
    return Reading.share(total.met, total.decided)


def clocks_behind(
    window: Window, outcome: str, *, kind: str = "", priority: str = "", mode: str = DECIDED
) -> QuerySet[Clock]:
    """The clocks one number counts, with their tickets."""
    if mode == COHORT:
        found = Clock.objects.filter(
            started_at__gte=window.start, started_at__lt=window.end, repeats=False
        )
        cancelled = found.filter(state="cancelled")
        decided = found.filter(state__in=["met", "breached_open", "breached_closed"])
    else:
        decided = Clock.objects.decided_in(window.start, window.end)
        cancelled = Clock.objects.filter(
            stopped_at__gte=window.start, stopped_at__lt=window.end, state="cancelled"
        )
    chosen = {
        MET: decided.filter(state="met"),
        BREACHED: decided.breached().unwaived(),
        WAIVED: decided.breached().waived(),
        CANCELLED: cancelled,
    }[outcome]
    if kind:
        chosen = chosen.filter(kind=kind)
    if priority:
        chosen = chosen.filter(priority=priority)
    return chosen.select_related("ticket__customer", "ticket__assignee")


# --- how long it took ---------------------------------------------------------------------------

_ANSWERED = """
FROM sla_clock WHERE kind = ANY(%(kinds)s) AND stopped_at >= %(start)s AND stopped_at < %(end)s
  AND state IN ('met', 'breached_closed')
"""
_TOOK = """
SELECT kind, n, q, low, working[low:high], calendar[low:high]
FROM (
  SELECT kind, count(*)::int AS n, array_agg(elapsed ORDER BY elapsed) AS working,
    array_agg(wall ORDER BY wall) AS calendar
  FROM (SELECT kind::text, elapsed, extract(epoch FROM stopped_at - started_at)::bigint AS wall
    {answered}
    UNION ALL SELECT * FROM unnest(
      %(owed)s::text[], %(working)s::bigint[], %(wall)s::bigint[])) k
  GROUP BY kind) a, {ranks}
"""
_BEGAN = """
SELECT kind, calendar_version, array_agg(floor(extract(epoch FROM started_at))::bigint)
FROM ({found}) k GROUP BY 1, 2
"""
AWAITED = (Kind.FIRST_RESPONSE, Kind.NEXT_RESPONSE)  # kinds that somebody waits for


def owed(window: Window) -> QuerySet[Clock]:
    """Responses that were still owed when the window ended."""
    return Clock.objects.exclude(state=State.CANCELLED).filter(
        Q(stopped_at=None) | Q(stopped_at__gte=window.end),
        kind__in=AWAITED,
        started_at__lt=window.end,
    )


def ages(found: QuerySet[Clock], end: datetime) -> tuple[list[str], list[int], list[int]]:
    """Kind, working and wall age of each, as three columns; pauses are not taken off."""
    kinds: list[str] = []
    working: list[int] = []
    wall: list[int] = []
    until = int(end.timestamp())
    query = found.order_by().values("kind", "calendar_version", "started_at").query
    statement, values = query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_BEGAN.format(found=statement), values)
        for kind, version, started in cursor.fetchall():
            calendar = calendar_of(version)
            kinds += [kind] * len(started)
            wall += [until - began for began in started]
            working += [calendar.elapsed(began, until) for began in started]
    return kinds, working, wall


Took = dict[tuple[str, bool, float], Reading]  # by kind, whether by the wall clock, and quantile


def took(
    window: Window,
    *,
    at: datetime,
    kinds: Iterable[str] = tuple(Kind.values),
    quantiles: Sequence[float] = QUANTILES,
) -> Took:
    """The quantiles of the seconds that the clocks took which stopped in the window, both in
    working hours and by the wall clock: two queries. A response that was still owed at its end
    (or is now, `at`) counts at its age.

    Continuous percentiles, with the order statistics that hold them at 95 %.
    """
    kinds = list(kinds)
    found: Took = {
        (kind, by_calendar, q): Reading(n=0)
        for kind in kinds
        for by_calendar in (False, True)
        for q in quantiles
    }
    waits = zip(
        ("owed", "working", "wall"),
        ages(owed(window).filter(kind__in=kinds), min(window.end, at)),
        strict=True,
    )
    values = {"kinds": kinds, "start": window.start, "end": window.end, **dict(waits)}
    with connection.cursor() as cursor:
        cursor.execute(
            _TOOK.format(answered=_ANSWERED, ranks=ranks("%(quantiles)s")),
            {**values, "quantiles": list(quantiles)},
        )
        for kind, n, q, first, working, calendar in cursor.fetchall():
            found[kind, False, q] = picked(working, first, n, q)
            found[kind, True, q] = picked(calendar, first, n, q)
    return found


def pause_share(window: Window, kind: str = "resolution") -> Reading:
    """Paused / (paused + counted) working seconds of the clocks that stopped in the window."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT coalesce(sum(paused), 0), coalesce(sum(elapsed), 0), count(*) {_ANSWERED}",
            {"kinds": [kind], "start": window.start, "end": window.end},
        )
        paused, counted, n = cursor.fetchone()
    whole = int(paused + counted)
    return Reading(
        value=int(paused) / whole if whole else None,
        numerator=int(paused),
        denominator=whole,
        n=n,
    )


# --- to take away -------------------------------------------------------------------------------

HEAD = ("kind", "priority", "week", *OUTCOMES, "decided", "compliance")


def csv_rows(tallies: Iterable[Tally]) -> Iterator[tuple[Any, ...]]:
    """The report as rows of a file; a share of nothing stays empty."""
    for one in tallies:
        found = one.met / one.decided if one.decided else None
        yield (
            one.kind,
            one.priority,
            one.week.isoformat(),
            *(getattr(one, outcome) for outcome in OUTCOMES),
            one.decided,
            "" if found is None else f"{found:.6f}",
        )


CLOCK_HEAD = (
    *("ticket", "subject", "customer", "kind", "cycle", "priority", "state", "started_at"),
    *("due_at", "stopped_at", "breached_at", "target", "elapsed", "paused"),
)


def clock_rows(clocks: Iterable[Clock]) -> Iterator[tuple[Any, ...]]:
    """The clocks behind a number as rows of a file."""
    for clock in clocks:
        yield (
            clock.ticket_id,
            harmless(clock.ticket.subject),
            harmless(str(clock.ticket.customer or "")),
            *(clock.kind, clock.cycle, clock.priority, clock.state),
            *map(_instant, (clock.started_at, clock.due_at, clock.stopped_at, clock.breached_at)),
            *(clock.target, clock.elapsed, clock.paused),
        )


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula (OWASP: CSV injection)."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _instant(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else ""
