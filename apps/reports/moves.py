"""What happened to tickets in a stretch of time, counted over the facts that `keeping` keeps.

Every function gives SQL with its values; `told` runs it.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models.expressions import RawSQL

from apps.figures.figure import Window

from .asked import NOBODY, Asked
from .rules import BOUNDS

Sql = tuple[str, tuple[Any, ...]]
REOPENED_WITHIN = timedelta(days=7)


def told(sql: Sql) -> list[tuple[Any, ...]]:
    """The rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(*sql)
        return cursor.fetchall()


def count(sql: Sql) -> int:
    """How many rows a statement gives."""
    statement, values = sql
    [(found,)] = told((f"SELECT count(*) FROM ({statement}) s", values))
    return found


def numbers(sql: Sql) -> RawSQL:
    """A statement that gives numbers, to filter a queryset by."""
    return RawSQL(*sql)  # noqa: S611  # nosec B611  (no part of it comes from outside)


# --- the backlog ----------------------------------------------------------------------------------


def backlog(asked: Asked, instants: Sequence[datetime]) -> Counter[tuple[int, int]]:
    """How many tickets were unresolved at each of these ascending instants, by place and age.

    `place` is 1-based; `age` the number of age bounds that the ticket had passed. Tickets that
    came, aged and went between the same instants are one row.
    """
    narrowed, values = asked.condition("s.ticket_id")
    found: Counter[tuple[int, int]] = Counter()
    for before, last, *passed, count in told(
        (
            f"""SELECT {", ".join(_place(column) for column in _EDGES)}, count(*)
            FROM reports_stretch s, (SELECT %s::timestamptz[] AS instants) i
            WHERE until > %s AND began <= %s{narrowed}
            GROUP BY {", ".join(str(n + 1) for n in range(len(_EDGES)))}""",
            (list(instants), instants[0], instants[-1], *values),
        )
    ):
        for place in range(before + 1, last + 1):
            found[place, sum(place > edge for edge in passed)] += count
    return found


_EDGES = ("began", "until", *(f"came + interval '{bound:g} days'" for bound in BOUNDS))


def _place(column: str) -> str:
    """How many of the instants are before it."""
    return f"width_bucket({column} - interval '1 microsecond', instants)"


def unresolved_at(asked: Asked, instant: datetime, age: int | None = None) -> Sql:
    """The tickets that one bar of the backlog counts."""
    narrowed, values = asked.condition("s.ticket_id")
    of_age = "" if age is None else f" AND {_aged('%s::timestamptz')} = %s"
    more = () if age is None else (*[instant] * len(BOUNDS), age)
    return (
        f"""SELECT ticket_id FROM reports_stretch s
        WHERE until > %s AND began <= %s{of_age}{narrowed}""",
        (instant, instant, *more, *values),
    )


def _aged(instant: str) -> str:
    """How many of the bounds a ticket's age has passed."""
    return " + ".join(f"(came <= {instant} - interval '{bound:g} days')::int" for bound in BOUNDS)


# --- what was solved ------------------------------------------------------------------------------


def solved(asked: Asked, window: Window) -> Sql:
    """The change of every time that a ticket was resolved."""
    narrowed, values = asked.condition("s.ticket_id")
    return (
        f"SELECT activity FROM reports_solve s WHERE at >= %s AND at < %s{narrowed}",
        (window.start, window.end, *values),
    )


def solved_by_day(asked: Asked, window: Window, zone: str, *, since: datetime) -> Sql:
    """Local day, whether `since` that instant, and how often on it."""
    narrowed, values = asked.condition("s.ticket_id")
    return (
        f"""SELECT (at AT TIME ZONE %s)::date, at >= %s, count(*) FROM reports_solve s
        WHERE at >= %s AND at < %s{narrowed} GROUP BY 1, 2""",
        (zone, since, window.start, window.end, *values),
    )


def outcomes(asked: Asked, window: Window) -> Sql:
    """Tickets resolved in the window: ticket, whether reopened within seven days, and how many
    public messages of ours a person wrote up to the last resolution."""
    narrowed, values = asked.condition("s.ticket_id")
    return (
        f"""SELECT ticket_id, bool_or(coalesce(back_at <= at + %s, false)) AS reopened,
          max(replies) AS replies
        FROM reports_solve s WHERE at >= %s AND at < %s{narrowed} GROUP BY ticket_id""",
        (REOPENED_WITHIN, window.start, window.end, *values),
    )


OUTCOMES = {
    "resolved": "true",
    "reopened": "reopened",
    "one_touch": "replies = 1 AND NOT reopened",
    "zero_touch": "replies = 0",
}


def outcome_counts(asked: Asked, window: Window) -> Sql:
    """One row: how many tickets of the window had each outcome, in the order of OUTCOMES."""
    statement, values = outcomes(asked, window)
    counts = ", ".join(f"count(*) FILTER (WHERE {test})" for test in OUTCOMES.values())
    return f"SELECT {counts} FROM ({statement}) o", values


def with_outcome(asked: Asked, window: Window, outcome: str) -> Sql:
    """The tickets one of these counts."""
    statement, values = outcomes(asked, window)
    return f"SELECT ticket_id FROM ({statement}) o WHERE {OUTCOMES[outcome]}", values


# --- where the time went --------------------------------------------------------------------------


def time_in_status(asked: Asked, window: Window) -> Sql:
    """Seconds of wall time that unresolved tickets stood in each status within the window."""
    narrowed, values = asked.condition("s.ticket_id")
    return (
        f"""SELECT status, sum(extract(epoch FROM least(until, %s) - greatest(began, %s)))::bigint
        FROM reports_stand s WHERE until > %s AND began < %s{narrowed} GROUP BY status""",
        (window.end, window.start, window.start, window.end, *values),
    )


def stood_in(asked: Asked, window: Window, status: str) -> Sql:
    """The tickets that stood in the status within the window."""
    narrowed, values = asked.condition("s.ticket_id")
    return (
        f"""SELECT ticket_id FROM reports_stand s
        WHERE status = %s AND until > %s AND began < %s{narrowed}""",
        (status, window.start, window.end, *values),
    )


def paused_unanswered(asked: Asked, window: Window, by: str = "") -> Sql:
    """The moves to waiting for the customer whose last word was not answered; somebody's, or
    those of "nobody"."""
    pressed, values = _pressed(asked, window)
    if by:
        pressed += " AND actor IS NOT DISTINCT FROM %s"
        values = (*values, None if by == NOBODY else int(by))
    return f"SELECT activity {pressed}", values


def paused_unanswered_by(asked: Asked, window: Window) -> Sql:
    """Who made such moves, and how many."""
    pressed, values = _pressed(asked, window)
    return f"SELECT actor, count(*) {pressed} GROUP BY 1 ORDER BY 1", values


def _pressed(asked: Asked, window: Window) -> Sql:
    narrowed, values = asked.condition("s.ticket_id")
    return (
        f"FROM reports_stand s WHERE unanswered AND began >= %s AND began < %s{narrowed}",
        (window.start, window.end, *values),
    )
