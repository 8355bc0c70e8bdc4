"""Clocks by the thousand: compared as lines of text, written by COPY and one statement a kind.

A line is what COPY says of a stored clock. Where the line a fresh clock would have is already
there, nothing is written and the database compares nothing.
"""

from collections.abc import Iterable
from typing import Any

from apps.timeline.models import Activity

from .keeping import COLUMNS, GIVEN, VALUES, Due, Held, Writing

# Whether time merely went on is no difference; see `clocks.differs`.
_SAID = Held._fields.index("assessed_at")  # so many of a clock's values are compared
_STOPPED = Held._fields.index("stopped_at")
_RUNNING_ON = frozenset({"elapsed", "paused"})


def _column(name: str, column: str) -> str:
    if name.endswith("_at"):
        return f"date_part('epoch', k.{column})::bigint"
    if name in ("repeats", "by_hand"):
        return f"k.{column}::int"
    if name in _RUNNING_ON:
        return f"CASE WHEN k.stopped_at IS NOT NULL THEN k.{column} END"
    return f"k.{column}"


LINE = ", ".join(map(_column, Held._fields[:_SAID], COLUMNS))
"""What is read of a stored clock to be compared with `line_of` a fresh one."""

_flags = {"repeats": "%d", "by_hand": "%d"}
_SETTLED = "\t".join(_flags.get(name, "%s") for name in Held._fields[:_SAID])
_OPEN = "\t".join(
    "\\N%.0s" if name in _RUNNING_ON else _flags.get(name, "%s") for name in Held._fields[:_SAID]
)
_WHOLE = "\t".join(_flags.get(name, "%s") for name in Held._fields) + "\n"

_STAGE = f"""
CREATE TEMP TABLE IF NOT EXISTS sla_staged ({GIVEN}) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS sla_told (ticket bigint, due_at float8, due_kind text,
  sla_state text, sla_left int, breached bool) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS sla_agreed (ticket bigint, policy bigint, calendar bigint,
  seen bigint) ON COMMIT DELETE ROWS;
TRUNCATE sla_staged, sla_told, sla_agreed;
"""  # emptied first: a dry run writes many times in one transaction
_changed = ", ".join(
    f"{column} = excluded.{column}"
    for column in COLUMNS
    if column not in ("ticket_id", "kind", "cycle")
)
_NEW = f"""
INSERT INTO sla_clock ({", ".join(COLUMNS)}) SELECT {", ".join(VALUES)} FROM sla_staged
"""  # noqa: S608  (nothing from outside enters any of these texts)
_WRITE = f"{_NEW} ON CONFLICT (ticket_id, kind, cycle) DO UPDATE SET {_changed}"
_REMOVE = """
DELETE FROM sla_clock k USING unnest(%s::bigint[], %s::text[], %s::int[]) AS gone (ticket, kind, n)
WHERE k.ticket_id = gone.ticket AND k.kind = gone.kind AND k.cycle = gone.n
"""
_TELL = """
UPDATE tickets_ticket t SET due_at = to_timestamp(told.due_at), due_kind = told.due_kind,
  sla_state = told.sla_state, sla_left = told.sla_left, breached = told.breached
FROM sla_told told WHERE t.id = told.ticket
"""
_TERMS = "sla_terms (ticket_id, policy_version_id, calendar_version_id, seen)"
_AGREE = f"""
INSERT INTO {_TERMS} SELECT ticket, policy, calendar, seen FROM sla_agreed
ON CONFLICT (ticket_id) DO UPDATE SET seen = excluded.seen
"""  # noqa: S608


def line_of(clock: Held) -> str:
    """The line this clock has once it is stored."""
    shape = _OPEN if clock[_STOPPED] is None else _SETTLED
    return (shape % clock[:_SAID]).replace("None", "\\N")


def write(
    cursor: Any,
    clocks: Iterable[Held],
    gone: Iterable[tuple[str, str, str]],
    dues: list[tuple[int, Due]],
    writing: Writing,
) -> None:
    """Write these clocks, remove those, tell the tickets, remember terms; in the transaction."""
    cursor.execute(_STAGE)
    if writing.terms:
        _copy(cursor, "sla_agreed", (tuple(terms.values()) for terms in writing.terms))
        cursor.execute(_AGREE)
        Activity.objects.bulk_create(writing.moved)
    _stage(cursor, clocks)
    cursor.execute(_WRITE)
    if names := list(gone):
        cursor.execute(_REMOVE, [list(one) for one in zip(*names, strict=True)])
    if dues:
        _copy(cursor, "sla_told", ((ticket, *due) for ticket, due in dues))
        cursor.execute(_TELL)


def write_first(cursor: Any, clocks: Iterable[Held], writing: Writing) -> None:
    """The clocks and terms of tickets that have none yet: nothing is looked up, nothing differs."""
    cursor.execute(_STAGE)
    _copy(cursor, _TERMS, (tuple(terms.values()) for terms in writing.terms))
    Activity.objects.bulk_create(writing.moved)
    _stage(cursor, clocks)
    cursor.execute(_NEW)


def _stage(cursor: Any, clocks: Iterable[Held]) -> None:
    with cursor.copy("COPY sla_staged FROM STDIN") as copy:
        copy.write("".join([_WHOLE % clock for clock in clocks]).replace("None", "\\N"))


def _copy(cursor: Any, table: str, rows: Iterable[tuple]) -> None:
    with cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
