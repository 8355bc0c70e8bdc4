"""Records kept by statements that are written once, for what nearly every verb keeps.

The ORM names each column, and writes each value into the text, anew for every row; for a ticket
that takes longer than PostgreSQL takes to keep it. Each field is asked for its value as ever. What
`save` does besides (signals, parents) nothing here needs.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Field, Model
from django.db.models.expressions import DatabaseDefault

from .statement import Statement


def insert(record: Model) -> None:
    """As `record.save(force_insert=True)`: what the database fills in is on the record then."""
    model, held = type(record), vars(record)
    open_to_it = (name for name in _filled_in(model) if _is_left_open(held.get(name)))
    statement, fields = _insertion(model, frozenset(open_to_it))
    row = statement.row(**{field.attname: _value(field, record, new=True) for field in fields})
    held.update(zip(_filled_in(model), row or (), strict=True))
    record._state.adding, record._state.db = False, DEFAULT_DB_ALIAS


def update(record: Model, names: Iterable[str]) -> None:
    """As `record.save(update_fields=names)`, of a row that is held."""
    statement, fields = _change(type(record), frozenset(names))
    values = {field.attname: _value(field, record, new=False) for field in fields}
    statement.do(**values, pk=record.pk)


def _value(field: Field, record: Model, *, new: bool) -> Any:
    return field.get_db_prep_save(field.pre_save(record, new), connection)


def _is_left_open(value: Any) -> bool:
    return value is None or isinstance(value, DatabaseDefault)


@cache
def _filled_in(model: type[Model]) -> tuple[str, ...]:
    """What the database may fill in: a number, a default, what it computes."""
    return tuple(field.attname for field in model._meta.db_returning_fields)


@cache
def _insertion(model: type[Model], left_open: frozenset[str]) -> tuple[Statement, list[Field]]:
    fields = [
        field
        for field in model._meta.concrete_fields
        if not field.generated and field.attname not in left_open
    ]
    quoted = connection.ops.quote_name
    columns = ", ".join(quoted(field.column) for field in fields)
    places = ", ".join(f"%({field.attname})s" for field in fields)
    back = ", ".join(quoted(field.column) for field in model._meta.db_returning_fields)
    table = quoted(model._meta.db_table)
    sql = f"INSERT INTO {table} ({columns}) VALUES ({places}) RETURNING {back}"  # noqa: S608
    return Statement(sql), fields


@cache
def _change(model: type[Model], names: frozenset[str]) -> tuple[Statement, list[Field]]:
    fields = list({model._meta.get_field(name): None for name in sorted(names)})
    quoted = connection.ops.quote_name
    columns = ", ".join(f"{quoted(field.column)} = %({field.attname})s" for field in fields)
    table, number = quoted(model._meta.db_table), quoted(model._meta.pk.column)
    sql = f"UPDATE {table} SET {columns} WHERE {number} = %(pk)s"  # noqa: S608
    return Statement(sql), fields
