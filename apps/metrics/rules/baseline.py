"""Is this unusual for a Tuesday at three? Explained by a median and a spread."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

FEWEST = 3  # points of the same hour of the week before anything is said
TO_DEVIATION = 1.4826  # scales a median absolute deviation to a standard deviation


@dataclass(frozen=True)
class Baseline:
    """What the same hour of the week was in the last weeks."""

    middle: float
    spread: float
    n: int

    def distance(self, value: float) -> float:
        """How many spreads the value is away from the middle, signed."""
        return (value - self.middle) / self.spread


def baseline(same_hour: Sequence[float], *, unit_step: float = 0.0) -> Baseline | None:
    """From values of the same hour of earlier weeks; None while there are too few ("learning")."""
    if len(same_hour) < FEWEST:
        return None
    middle = median(same_hour)
    spread = TO_DEVIATION * median(abs(value - middle) for value in same_hour)
    floor = max(0.01 * abs(middle), unit_step) or 1e-9
    return Baseline(middle, max(spread, floor), len(same_hour))


def unusual(flags: Sequence[bool | None], *, of: int, needed: int) -> bool | None:
    """Whether `needed` of the last `of` buckets stood out; None while they cannot be judged."""
    last = list(flags)[-of:]
    known = [flag for flag in last if flag is not None]
    if len(known) < needed:
        return None
    return sum(known) >= needed
