"""Histograms: merged by adding, read by interpolation; a percentile is never averaged.

`bounds` are the finite upper edges, ascending; `counts` are per bucket, one longer, the last being
everything above the highest edge.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


class LayoutMismatch(ValueError):
    """Two layouts cannot be merged: their edges differ."""


@dataclass(frozen=True)
class Estimate:
    """A quantile and the edges of the bucket it lies in: the truth is between them."""

    value: float
    low: float
    high: float

    @property
    def width(self) -> float:
        return self.high - self.low


def read_edge(text: str) -> float:
    """A bucket label: "0.5", ".5", "5e-1" and "+Inf" are numbers, and sort as numbers."""
    edge = float(text)
    if math.isnan(edge) or "_" in text:
        raise ValueError(text)
    return edge


def per_bucket(cumulative: Sequence[float]) -> list[float]:
    """Counts of each bucket from counts up to each edge; raises ValueError if they fall."""
    counts, before = [], 0.0
    for value in cumulative:
        if value < before:
            if before - value > 1e-9 * max(1.0, before):
                raise ValueError("bucket counts fall towards higher edges")
            value = before
        counts.append(value - before)
        before = value
    return counts


def merge(many: Iterable[Sequence[float]]) -> list[float]:
    """One histogram from several of the same layout; raises LayoutMismatch."""
    merged: list[float] = []
    for counts in many:
        if not merged:
            merged = list(counts)
            continue
        if len(counts) != len(merged):
            raise LayoutMismatch(f"{len(counts)} buckets and {len(merged)} buckets")
        merged = [one + other for one, other in zip(merged, counts, strict=True)]
    return merged


def quantile(bounds: Sequence[float], counts: Sequence[float], q: float) -> Estimate | None:
    """Prometheus' `histogram_quantile` for classic buckets, with its error; None when empty.

    Linear inside a bucket; the lowest starts at 0 if its edge is above 0; the one above the
    highest edge answers that edge, and says that the truth may be anywhere above.
    """
    total = math.fsum(counts)
    if not bounds or len(counts) != len(bounds) + 1 or total <= 0 or math.isnan(q):
        return None
    if q < 0:
        return Estimate(-math.inf, -math.inf, -math.inf)
    if q > 1:
        return Estimate(math.inf, math.inf, math.inf)
    rank, below = q * total, 0.0
    for place, count in enumerate(counts[:-1]):
        if below + count >= rank and (count > 0 or place == 0):
            high = bounds[place]
            if place == 0 and high <= 0:
                return Estimate(high, -math.inf, high)
            low = bounds[place - 1] if place else 0.0
            share = (rank - below) / count if count else 0.0
            return Estimate(low + (high - low) * share, low, high)
        below += count
    return Estimate(bounds[-1], bounds[-1], math.inf)


def share_within(bounds: Sequence[float], counts: Sequence[float], limit: float) -> Estimate | None:
    """The share of observations ≤ limit: exact where the limit is an edge, else between two."""
    total = math.fsum(counts)
    if total <= 0:
        return None
    below, low = 0.0, 0.0
    for place, high in enumerate(bounds):
        if math.isclose(high, limit):
            share = (below + counts[place]) / total
            return Estimate(share, share, share)
        if high > limit:
            inside = counts[place] * (limit - low) / (high - low) if high > low else 0.0
            return Estimate(
                (below + max(0.0, inside)) / total, below / total, (below + counts[place]) / total
            )
        below += counts[place]
        low = high
    return Estimate(below / total, below / total, 1.0)
