"""Counters: kept as they are read, differenced with their resets."""

from collections.abc import Iterable, Iterator, Sequence


def increases(values: Iterable[float], before: float | None = None) -> Iterator[float | None]:
    """What each reading added to the one before; a lower reading began again from zero.

    The first reading adds nothing that is known, unless `before` is given: None.
    """
    for value in values:
        if before is None:
            yield None
        else:
            yield value - before if value >= before else value
        before = value


def total(values: Sequence[float], before: float | None = None) -> tuple[float, int]:
    """(all that was added, how often it began again)."""
    added, resets = 0.0, 0
    for value in values:
        if before is not None:
            resets += value < before
            added += value - before if value >= before else value
        before = value
    return added, resets
