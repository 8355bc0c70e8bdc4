"""The same as the report counts over its facts, read from the Activity rows each time: slow, and
what the facts have to agree with.

Every function gives SQL with its values; `told` runs it. A change of status says what was before
and what came after, so that the state of any past instant is today's, walked back over the changes
since: nothing older is read, and no snapshot is needed.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from apps.figures.figure import Window
from apps.reports.asked import Asked
from apps.reports.rules import BOUNDS, DAY
from apps.sla.models import Clock
from apps.tickets.rules.moves import UNRESOLVED

Sql = tuple[str, tuple[Any, ...]]
REOPENED_WITHIN = timedelta(days=7)
_OPEN = ", ".join(f"'{status}'" for status in sorted(UNRESOLVED))
_COUNTS = """(i.told_by_id IS NULL OR NOT a.data ? 'run'
  OR (a.data->>'run')::bigint = i.told_by_id)"""


def told(sql: Sql) -> list[tuple[Any, ...]]:
    """The rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(*sql)
        return cursor.fetchall()


def moved(asked: Asked, start: datetime, end: datetime | None) -> Sql:
    """Changes of status: id, ticket, at, verb, actor, before, after."""
    narrowed, values = asked.condition("a.subject_id")
    until, last = ("AND a.at < %s", (end,)) if end else ("", ())
    return (
        f"""SELECT a.id, a.subject_id AS ticket, a.at, a.verb, a.actor_id AS actor,
          a.data->'status'->>0 AS before, a.data->'status'->>1 AS after
        FROM timeline_activity a
        LEFT JOIN tickets_importedticket i ON i.ticket_id = a.subject_id
        WHERE a.kind = 'ticket' AND a.data ? 'status' AND a.at >= %s {until}
          AND {_COUNTS}{narrowed}""",
        (start, *last, *values),
    )


def stood(asked: Asked, since: datetime) -> Sql:
    """How every ticket stood from `since` on: ticket, from (`began`), `until`, status.

    What holds since before is from −infinity, what still holds until infinity.
    """
    changes, values = moved(asked, since, None)
    narrowed, more = asked.condition("t.id")
    return (
        f"""SELECT * FROM (
          WITH moved AS MATERIALIZED ({changes})
          SELECT ticket, '-infinity'::timestamptz AS began, at AS until, before AS status
          FROM (SELECT DISTINCT ON (ticket) ticket, at, before FROM moved ORDER BY ticket, at, id) f
          UNION ALL
          SELECT ticket, at, coalesce(lead(at) OVER (PARTITION BY ticket ORDER BY at, id),
            'infinity'), after FROM moved
          UNION ALL
          SELECT t.id, '-infinity', 'infinity', t.status FROM tickets_ticket t
          WHERE t.status IN ({_OPEN}) AND t.id NOT IN (SELECT ticket FROM moved){narrowed}
        ) every WHERE status IN ({_OPEN}) AND began < until""",
        (*values, *more),
    )


def backlog(asked: Asked, instants: Sequence[datetime]) -> Sql:
    """How many tickets were unresolved at each of these ascending instants: place, age, count.

    `place` is 1-based; `age` the number of age bounds that the ticket had passed.
    """
    standing, values = stood(asked, instants[0])
    return (
        f"""SELECT place, width_bucket(extract(epoch FROM instants[place] - reported_at)::float8,
            %s::float8[]) AS age, count(*)
        FROM ({standing}) s JOIN tickets_ticket t ON t.id = s.ticket,
          (SELECT %s::timestamptz[] AS instants) i,
          generate_series(
            width_bucket(greatest(began, reported_at) - interval '1 microsecond', instants) + 1,
            width_bucket(until - interval '1 microsecond', instants)) AS place
        GROUP BY 1, 2""",
        ([bound * DAY for bound in BOUNDS], *values, list(instants)),
    )


def unresolved_at(asked: Asked, instant: datetime, age: int | None = None) -> Sql:
    """The tickets that one bar of the backlog counts."""
    standing, values = stood(asked, instant)
    aged = "width_bucket(extract(epoch FROM %s - reported_at)::float8, %s::float8[])"
    of_age = "" if age is None else f"AND {aged} = %s"
    bounds = [bound * DAY for bound in BOUNDS]
    more = () if age is None else (instant, bounds, age)
    return (
        f"""SELECT ticket FROM ({standing}) s JOIN tickets_ticket t ON t.id = s.ticket
        WHERE began <= %s AND until > %s AND reported_at <= %s {of_age}""",
        (*values, instant, instant, instant, *more),
    )


def solved(asked: Asked, window: Window) -> Sql:
    """Every time a ticket was resolved: id, ticket, at."""
    changes, values = moved(asked, window.start, window.end)
    return (
        f"""SELECT id, ticket, at FROM ({changes}) m
        WHERE after IN ('resolved', 'closed') AND before NOT IN ('resolved', 'closed')""",
        values,
    )


def outcomes(asked: Asked, window: Window) -> Sql:
    """Tickets resolved in the window: ticket, whether reopened within seven days, and how many
    public messages of ours a person wrote up to the last resolution."""
    changes, values = moved(asked, window.start, window.end + REOPENED_WITHIN)
    return (
        f"""SELECT ticket, reopened, (
            SELECT count(*) FROM tickets_message m WHERE m.ticket_id = r.ticket AND m.at <= r.last
              AND m.direction = 'out' AND NOT m.automatic AND m.undone_at IS NULL) AS replies
        FROM (
          SELECT ticket, max(at) AS last, bool_or(coalesce(back <= at + %s, false)) AS reopened
          FROM (
            SELECT ticket, at, before, after, min(at) FILTER (
                WHERE before IN ('resolved', 'closed') AND after IN ({_OPEN})) OVER (
                PARTITION BY ticket ORDER BY at, id
                ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS back
            FROM ({changes}) m) n
          WHERE after IN ('resolved', 'closed') AND before NOT IN ('resolved', 'closed')
            AND at < %s
          GROUP BY ticket) r""",
        (REOPENED_WITHIN, *values, window.end),
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
    return f"SELECT ticket FROM ({statement}) o WHERE {OUTCOMES[outcome]}", values


def time_in_status(asked: Asked, window: Window) -> Sql:
    """Seconds of wall time that unresolved tickets stood in each status within the window."""
    standing, values = stood(asked, window.start)
    return (
        f"""SELECT s.status, sum(extract(epoch FROM least(until, %s)
            - greatest(began, reported_at, %s)))::bigint
        FROM ({standing}) s JOIN tickets_ticket t ON t.id = s.ticket
        WHERE greatest(began, reported_at, %s) < least(until, %s) GROUP BY s.status""",
        (window.end, window.start, *values, window.start, window.end),
    )


def paused_unanswered(asked: Asked, window: Window) -> Sql:
    """Moves to waiting for the customer whose last word was not answered: id, ticket, actor."""
    changes, values = moved(asked, window.start, window.end)
    return (
        f"""SELECT m.id, m.ticket, m.actor FROM ({changes}) m CROSS JOIN LATERAL (
          SELECT s.verb, s.data->>'origin' AS origin FROM timeline_activity s
          LEFT JOIN tickets_importedticket i ON i.ticket_id = s.subject_id
          WHERE (i.told_by_id IS NULL OR NOT s.data ? 'run'
              OR (s.data->>'run')::bigint = i.told_by_id)
            AND s.kind = 'ticket' AND s.subject_id = m.ticket AND (s.at, s.id) < (m.at, m.id)
            AND s.verb IN ('reported', 'heard', 'replied', 'needed_no_reply')
          ORDER BY s.at DESC, s.id DESC LIMIT 1) said
        WHERE m.after = 'waiting_customer' AND m.verb <> 'replied'
          AND (said.verb = 'heard' OR (said.verb = 'reported' AND said.origin = 'customer'))""",
        values,
    )


def own_times(asked: Asked, window: Window) -> Sql:
    """Seconds by the wall clock of each resolution clock that stopped in the window, less those in
    which its ticket waited for somebody else; ascending."""
    standing, values = stood(Asked(), datetime(1970, 1, 1, tzinfo=UTC))
    clocks = asked.of_clocks(Clock.objects.order_by()).filter(
        kind="resolution",
        state__in=["met", "breached_closed"],
        stopped_at__gte=window.start,
        stopped_at__lt=window.end,
    )
    found, more = clocks.values("ticket", "started_at", "stopped_at").query.sql_with_params()
    return (
        f"""SELECT extract(epoch FROM k.stopped_at - k.started_at)::bigint - coalesce((
            SELECT sum(extract(epoch FROM
              least(until, k.stopped_at) - greatest(began, k.started_at)))
            FROM ({standing}) s WHERE s.ticket = k.ticket AND s.status = 'waiting_third_party'
              AND until > k.started_at AND began < k.stopped_at), 0)::bigint
        FROM ({found}) k ORDER BY 1""",
        (*values, *more),
    )
