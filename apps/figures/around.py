"""Quantiles of many values that stay in the database: only those around each one leave it."""

import math
from collections.abc import Sequence

from .figure import Reading
from .rules import quantile_ranks

_RANKS = """unnest({quantiles}::float8[]) q,
  LATERAL (SELECT 2.5 * sqrt(n * q * (1 - q)) + 5 AS reach) r,
  LATERAL (SELECT greatest(1, floor(n * q - reach)::int) AS low,
    least(n, ceil(n * q + reach)::int) AS high) e"""


def ranks(quantiles: str = "%s") -> str:
    """SQL to join to a row with `n`: for each `q` of the quantiles (a placeholder) the ranks from
    `low` to `high`, which are more than its interval can hold."""
    return _RANKS.format(quantiles=quantiles)


def picked(some: Sequence[int], first: int, n: int, q: float) -> Reading:
    """A quantile of `n` ascending values of which `some` are known, from the rank `first` on.

    An end of its interval that so few values do not bound is open.
    """

    def ranked(rank: int) -> float:
        return float(some[rank - first])

    place = q * (n - 1)
    below = math.floor(place)
    low, high = ranked(below + 1), ranked(min(below + 2, n))
    least, most = quantile_ranks(n, q)
    return Reading(
        value=low + (high - low) * (place - below),
        n=n,
        interval=(
            ranked(least) if least >= 1 else -math.inf,
            ranked(most) if most <= n else math.inf,
        ),
    )
