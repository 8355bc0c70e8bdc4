"""The arithmetic of honest numbers: intervals, quantiles, and what may be said of a target.

Values of unit `ratio` run from 0 to 1. An interval is `(low, high)` at 95 % confidence in the unit
of the value; an end that the data does not bound is infinite.
"""

import math
from collections.abc import Iterator, Sequence
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache

Interval = tuple[float, float]

Z95 = 1.959963984540054  # the standard normal quantile of 0.975
ALPHA = 0.05
REACH = 12.0  # standard deviations beyond which a binomial tail is below any float that matters


class State(StrEnum):
    """What may honestly be said about a figure."""

    MET = "met"  # the whole interval is on the good side of the target
    MISSED = "missed"  # wholly on the bad side
    UNPROVEN = "unproven"  # the interval holds the target
    MEASURED = "measured"  # nothing was promised, so there is nothing to judge
    LOW_SAMPLE = "low_sample"
    STALE = "stale"
    NO_DATA = "no_data"
    ERROR = "error"
    PARTIAL = "partial"
    PROVISIONAL = "provisional"  # the period has not ended
    NOT_INSTRUMENTED = "not_instrumented"
    NOT_APPLICABLE = "not_applicable"  # nobody and nothing it could be about

    @property
    def words(self) -> str:
        """As a person reads it."""
        return self.value.replace("_", " ")

    @property
    def counts(self) -> bool:
        """Whether the value may be read as the present state of things."""
        return self not in UNKNOWN


UNKNOWN = frozenset(
    {
        State.STALE,
        State.NO_DATA,
        State.ERROR,
        State.NOT_INSTRUMENTED,
        State.NOT_APPLICABLE,
    }
)


class Better(StrEnum):
    """Which direction is good."""

    HIGHER = "higher"
    LOWER = "lower"


def ratio(numerator: float, denominator: float) -> float | None:
    """The share, or nothing when there is nothing to share."""
    return numerator / denominator if denominator > 0 else None


def wilson(successes: float, n: float, z: float = Z95) -> Interval | None:
    """The Wilson score interval of a proportion; nothing for an empty sample.

    Source: Wilson 1927; it never leaves [0, 1] and holds at 0 and n. Raises ValueError unless
    0 ≤ successes ≤ n.
    """
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is no proportion")
    if n == 0:
        return None
    p = successes / n
    centre = p + z * z / (2 * n)
    spread = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low, high = (centre - spread) / scale, (centre + spread) / scale
    return (0.0 if successes == 0 else max(0.0, low), 1.0 if successes == n else min(1.0, high))


def quantile(values: Sequence[float], q: float) -> float | None:
    """The continuous quantile of ascending values, as PostgreSQL's `percentile_cont`."""
    if not 0 <= q <= 1:
        raise ValueError(f"{q} is no quantile")
    if not values:
        return None
    place = q * (len(values) - 1)
    below = math.floor(place)
    above = min(below + 1, len(values) - 1)
    low, high = values[below], values[above]
    return min(max(low + (high - low) * (place - below), low), high)


@lru_cache(maxsize=4096)
def quantile_ranks(n: int, q: float, alpha: float = ALPHA) -> tuple[int, int]:
    """The 1-based ranks (j, k) whose order statistics hold the q-quantile with 1 − alpha.

    Rank 0 or n + 1 says that this side is not bounded by so few values. Exact binomial: with
    B ~ Bin(n, q) values below the quantile, j is the largest rank with P(B < j) ≤ alpha/2 and k the
    smallest with P(B ≥ k) ≤ alpha/2 (David & Nagaraja, Order Statistics, 7.1).
    """
    if not 0 < q < 1:
        raise ValueError(f"{q} has no order-statistic interval")
    low = _below(n, q, alpha / 2)
    return low, n + 1 - _below(n, 1 - q, alpha / 2)


def _below(n: int, q: float, tail: float) -> int:
    """The largest j with P(Bin(n, q) < j) ≤ tail."""
    cumulated = 0.0
    for count, probability in _binomial(n, q):
        cumulated += probability
        if cumulated > tail:
            return count
    return n


def _binomial(n: int, q: float) -> Iterator[tuple[int, float]]:
    """P(B = count) upwards from where the left tail becomes visible."""
    reach = REACH * math.sqrt(n * q * (1 - q)) + REACH
    for count in range(max(0, math.floor(n * q - reach)), n + 1):
        yield (
            count,
            math.exp(
                math.lgamma(n + 1)
                - math.lgamma(count + 1)
                - math.lgamma(n - count + 1)
                + count * math.log(q)
                + (n - count) * math.log1p(-q)
            ),
        )


def quantile_interval(values: Sequence[float], q: float, alpha: float = ALPHA) -> Interval | None:
    """The order-statistic interval of the q-quantile of ascending values."""
    if not values:
        return None
    j, k = quantile_ranks(len(values), q, alpha)
    low = values[j - 1] if j >= 1 else -math.inf
    high = values[k - 1] if k <= len(values) else math.inf
    return low, high


def mean_interval(mean: float, variance: float, n: int, z: float = Z95) -> Interval | None:
    """The normal interval of a mean; nothing for fewer than two values."""
    if n < 2:
        return None
    spread = z * math.sqrt(max(variance, 0.0) / n)
    return mean - spread, mean + spread


def side(value: float, interval: Interval | None, target: float, better: Better) -> State:
    """Met, missed or unproven; an exact value is its own interval."""
    low, high = interval or (value, value)
    if better is Better.LOWER:
        low, high, target = -high, -low, -target
    if low >= target:
        return State.MET
    if high < target:
        return State.MISSED
    return State.UNPROVEN


def judge(
    value: float | None,
    *,
    interval: Interval | None = None,
    target: float | None = None,
    better: Better = Better.HIGHER,
    n: int | None = None,
    minimum_n: int = 0,
    coverage: float | None = None,
    minimum_coverage: float = 0.0,
    age: timedelta | None = None,
    freshness: timedelta | None = None,
    finished: bool = True,
) -> State:
    """The one state of a figure; the strongest doubt wins."""
    if value is None:
        return State.NO_DATA
    if age is not None and freshness is not None and age > freshness:
        return State.STALE
    if n is not None and n < minimum_n:
        return State.LOW_SAMPLE
    if coverage is not None and coverage < minimum_coverage:
        return State.PARTIAL
    if not finished:
        return State.PROVISIONAL
    if target is None:
        return State.MEASURED
    return side(value, interval, target, better)


def all_good_n(target: float) -> int:
    """The smallest n whose interval clears the target when every single one is good."""
    if not 0 <= target < 1:
        raise ValueError(f"no sample proves {target}")
    return max(1, math.ceil(Z95 * Z95 * target / (1 - target)))
