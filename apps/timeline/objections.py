"""Asks those above before something is done to their promises (see the OBJECTIONS setting)."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

Objecting = Callable[[Sequence[int]], Mapping[int, str]]


@cache
def _objecting(act: str) -> tuple[Objecting, ...]:
    return tuple(import_string(path) for path in settings.OBJECTIONS.get(act, ()))


def objections(act: str, subject_ids: Sequence[int]) -> dict[int, str]:
    """Of the records meant, those that somebody objects to, and the sentence for each."""
    found: dict[int, str] = {}
    for ask in _objecting(act):
        found |= ask(subject_ids)
    return found
