"""Calls what must move in the same transaction as a change (see the PROJECTIONS setting)."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.module_loading import import_string

Projection = Callable[[Sequence[int]], object]


class Telling(NamedTuple):
    """An Activity that is about to be written; `at` in epoch seconds."""

    at: int
    number: int
    verb: str
    data: dict[str, Any]


class Foretold(NamedTuple):
    """What follows from records before they are written.

    `shown` is what each record's own row shows of it, in the order they came; `write` writes the
    projection's rows, once the records and their Activities are there.
    """

    shown: Sequence[tuple]
    write: Callable[[], None]


@cache
def projections_of(kind: str) -> tuple[Projection, ...]:
    """The callables that follow records of this kind."""
    return tuple(import_string(path) for path in settings.PROJECTIONS.get(kind, ()))


def project(kind: str, subject_ids: Sequence[int]) -> None:
    """Bring every projection of these records up to date."""
    for move in projections_of(kind):
        move(subject_ids)


def foretell(kind: str, records: Sequence[Any]) -> Foretold:
    """The projection of records to come (see FORETOLD): their rows are written once, and right."""
    foretold: Foretold = import_string(settings.FORETOLD[kind])(records)
    return foretold
