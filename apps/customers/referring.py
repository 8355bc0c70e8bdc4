"""What refers to a record: what goes along with it when its import is undone, and what keeps it."""

# ruff: noqa: S608  (the names put into statements are our own tables and columns)

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, models


class Reference(NamedTuple):
    """A column that names a record."""

    table: str
    column: str
    says: str

    def found(self, numbers: Sequence[int]) -> list[int]:
        """Which of these records it names."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT DISTINCT {self.column} FROM {self.table} WHERE {self.column} = ANY(%s)",
                [list(numbers)],
            )
            return [number for (number,) in cursor.fetchall()]

    def delete(self, numbers: Sequence[int]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {self.table} WHERE {self.column} = ANY(%s)", [list(numbers)]
            )


@cache
def references(model: type[models.Model]) -> tuple[tuple[Reference, ...], tuple[Reference, ...]]:
    """Those that go along with a record of this model, and those that keep it."""
    going, keeping = [], []
    for field, label in _pointing(model):
        one = Reference(
            field.model._meta.db_table, field.column, str(field.model._meta.verbose_name)
        )
        (going if label in settings.TAKEN_ALONG else keeping).append(one)
    return tuple(going), tuple(keeping)


def _pointing(model: type[models.Model]) -> Iterator[tuple[Any, str]]:
    for relation in model._meta.get_fields(include_hidden=True):
        pointing = relation.auto_created and (relation.one_to_many or relation.one_to_one)
        if pointing and _has_table(relation.related_model):
            yield relation.field, relation.related_model._meta.label


def _has_table(model: type[models.Model]) -> bool:
    """Some models are only a way to look at others."""
    concrete = model._meta.concrete_model
    return concrete is not None and concrete._meta.managed


def kept_by(model: type[models.Model], numbers: Sequence[int]) -> dict[int, str]:
    """Of these records those that somebody's work refers to, with a sentence about it."""
    found: dict[int, str] = {}
    for one in references(model)[1]:
        found |= dict.fromkeys(one.found(numbers), f"There is a {one.says} of it.")
    return found


def delete(model: type[models.Model], numbers: Sequence[int]) -> None:
    """These records, with what goes along."""
    for one in references(model)[0]:
        one.delete(numbers)
    Reference(model._meta.db_table, "id", "").delete(numbers)
