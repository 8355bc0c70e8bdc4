"""SQL that is written once a process and asked again and again with other values.

The ORM says what is meant; that it says so anew for every page would take longer than to ask.
PostgreSQL keeps the plan of what a connection asks a second time (`prepare_threshold`), and what
it answers comes in its own binary form. A `Given` stands for what differs from time to time:

    MINE = Statement.of(Ticket.objects.filter(assignee=Given("me")).values_list("pk"))
    MINE.rows(me=person.pk)

All other values are written into the text, as literals, so that PostgreSQL plans with them: a
partial index is found by `status IN ('new', 'open')`, not by `status IN ($1, $2)`.
"""

import re
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.utils import CursorWrapper
from django.db.models import BooleanField, Expression, Func, QuerySet, Value
from psycopg import Cursor
from psycopg.pq import Format
from psycopg.sql import Literal

_PLACE = re.compile("%[s%]")


class Given(Expression):
    """A value that is told when the statement is asked."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, *_: Any) -> tuple[str, list["Given"]]:
        return "%s", [self]


class Among(Func):
    """Whether a column is one of the values that are told: `filter(Among("pk", Given("ids")))`."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    arity = 2
    output_field = BooleanField()


class Unweighed(Func):
    """A told value that PostgreSQL does not plan by, so that it keeps the plan.

    A text's likeness is weighed against two hundred others each time before any is looked up.
    """

    template = "(SELECT %(expressions)s)"
    arity = 1


@dataclass(frozen=True, slots=True)
class Statement:
    """Text with places such as `%(me)s`; empty where it is known that nothing is found."""

    sql: str

    @classmethod
    def of(cls, found: QuerySet) -> "Statement":
        """What this queryset would ask."""
        try:
            return cls(_written(found))
        except EmptyResultSet:
            return cls("")

    @classmethod
    def counting(cls, lists: Iterable[QuerySet], cap: int) -> "Statement":
        """How long each list is, to a cap, in one row."""
        return cls(f"SELECT {', '.join(_count(found, cap) for found in lists)}")

    @classmethod
    def together(cls, *lists: QuerySet) -> "Statement":
        """Several lists in one row: each a column of JSON text, an array of objects."""
        return cls(f"SELECT {', '.join(map(_list, lists))}")

    def beside(self, other: "Statement") -> "Statement":
        """What both find, in one row; for those that find one row and name no table around it."""
        return Statement(f"{self.sql}, {other.sql.removeprefix('SELECT ')}")

    def rows(self, **values: Any) -> list[tuple]:
        """Everything that is found."""
        if not self.sql:
            return []
        with _cursor(self.sql) as cursor:
            cursor.execute(self.sql, values)
            return cursor.fetchall()

    def row(self, **values: Any) -> tuple | None:
        """The first that is found."""
        return next(iter(self.rows(**values)), None)

    def do(self, **values: Any) -> None:
        """Write what it says; nothing comes back."""
        with _cursor(self.sql) as cursor:
            cursor.execute(self.sql, values)


_kept: dict[Hashable, Statement] = {}
MOST_KEPT = 1_000


def kept(key: Hashable, write: Callable[[], Statement]) -> Statement:
    """The statement under this key, written when it is asked for first.

    A statement whose writing asks the database itself (who is meant by a name?) would grow old:
    it is written anew each time.
    """
    if known := _kept.get(key):
        return known
    asked: list[str] = []

    def notice(execute: Callable, sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(notice):
        statement = write()
    if not asked:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[key] = statement
    return statement


def _count(found: QuerySet, cap: int) -> str:
    short = found.order_by().annotate(_one=Value(1)).values_list("_one")[:cap]
    try:
        return f"(SELECT count(*) FROM ({_written(short)}) AS counted)"  # noqa: S608
    except EmptyResultSet:
        return "0"


def _list(found: QuerySet) -> str:
    try:
        rows = f"SELECT json_agg(one) FROM ({_written(found)}) AS one"  # noqa: S608
    except EmptyResultSet:
        return "'[]'"
    return f"coalesce(({rows})::text, '[]')"


def _written(found: QuerySet) -> str:
    """The SQL of a queryset, with its values in it."""
    sql, params = found.query.sql_with_params()
    values = iter(params)
    connection.ensure_connection()

    def write(place: re.Match) -> str:
        if place[0] == "%%":
            return "%%"
        value = next(values)
        if isinstance(value, Given):
            return f"%({value.name})s"
        return Literal(value).as_string(connection.connection).replace("%", "%%")

    return _PLACE.sub(write, sql)


def _cursor(sql: str) -> CursorWrapper:
    """A cursor of Django's connection whose values travel beside the text.

    Django's own cursors write every value into the text, which no plan outlives. Where others put
    words of theirs before each statement that writes, as the history of the admin does, it is
    Django's own: PostgreSQL takes two statements at once only with their values in the text.
    """
    ours = connections[DEFAULT_DB_ALIAS]
    if ours.execute_wrappers and not sql.startswith("SELECT"):
        return ours.cursor()
    ours.close_if_health_check_failed()
    ours.ensure_connection()
    cursor = Cursor(ours.connection)
    cursor.format = Format.BINARY
    return (_Logged if ours.queries_logged else CursorWrapper)(cursor, ours)


class _Logged(CursorWrapper):
    """Where queries are logged: Django's own log asks the cursor for what was prepared long ago."""

    def execute(self, sql: str, params: Any = None) -> None:
        self.db.queries_log.append({"sql": sql, "time": ""})
        super().execute(sql, params)
