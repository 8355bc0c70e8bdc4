"""Calls what must move in the same transaction as a change (see the PROJECTIONS setting)."""

from collections.abc import Callable, Sequence
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

Projection = Callable[[Sequence[int]], object]


@cache
def projections_of(kind: str) -> tuple[Projection, ...]:
    """The callables that follow records of this kind."""
    return tuple(import_string(path) for path in settings.PROJECTIONS.get(kind, ()))


def project(kind: str, subject_ids: Sequence[int]) -> None:
    """Bring every projection of these records up to date."""
    for move in projections_of(kind):
        move(subject_ids)
