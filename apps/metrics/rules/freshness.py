"""How old knowledge is, and when to ask again."""

from enum import StrEnum

FIRST_WAIT = 30
LONGEST_WAIT = 3_600
CIRCUIT_AFTER = 5


class Freshness(StrEnum):
    """Fresh is the only good one."""

    FRESH = "fresh"
    STALE = "stale"
    UNKNOWN = "unknown"


def freshness(last: float | None, now: float, allowed: float) -> Freshness:
    """Of a series or a source whose last news is from `last`."""
    if last is None:
        return Freshness.UNKNOWN
    return Freshness.STALE if now - last > allowed else Freshness.FRESH


def worst(states: list[Freshness]) -> Freshness:
    """Of several: one stale makes it stale; nothing known is unknown."""
    if not states or all(state is Freshness.UNKNOWN for state in states):
        return Freshness.UNKNOWN
    return Freshness.FRESH if all(state is Freshness.FRESH for state in states) else Freshness.STALE


def wait(failures: int, *, final: bool) -> int:
    """Seconds until the next try: doubling from half a minute; a wrong setting waits an hour."""
    if final:
        return LONGEST_WAIT
    return min(LONGEST_WAIT, FIRST_WAIT << min(max(failures - 1, 0), 12))


def circuit_is_open(failures: int) -> bool:
    """Whether so many failures in a row are worth a person's look."""
    return failures >= CIRCUIT_AFTER
