"""Ranges on a fixed grid: aligned to the epoch, cut into pieces a server answers."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MOST_POINTS = 10_000  # Prometheus refuses a range query of more than 11,000 points a series
EARLIEST = 946_684_800  # 2000-01-01
LATEST = 4_102_444_800  # 2100-01-01


@dataclass(frozen=True)
class Piece:
    """One query: both ends are on the grid and both are included."""

    start: int
    end: int
    step: int

    @property
    def points(self) -> int:
        return (self.end - self.start) // self.step + 1


def floor(instant: float, step: int) -> int:
    """The grid point at or before an instant; a grid that began at `now` would never repeat."""
    return int(instant // step) * step


def pieces(start: float, end: float, step: int, most: int = MOST_POINTS) -> Iterator[Piece]:
    """The aligned queries that cover start…end, oldest first, none empty, none overlapping."""
    if step < 1 or most < 1:
        raise ValueError("step and most are at least 1")
    first, last = floor(start, step), floor(end, step)
    while first <= last:
        stop = min(last, first + (most - 1) * step)
        yield Piece(first, stop, step)
        first = stop + step


def due_range(
    now: float,
    watermark: float | None,
    *,
    settle: int,
    overlap: int,
    look_back: int,
) -> tuple[float, float]:
    """What to ask for: from the watermark less the overlap, up to where data has settled."""
    end = now - settle
    oldest = now - look_back
    start = oldest if watermark is None else max(oldest, watermark - overlap)
    return start, end


@dataclass(frozen=True)
class Gap:
    """A stretch without points, between two points that are there."""

    after: float
    before: float


def gaps(times: Sequence[float], step: float) -> list[Gap]:
    """Where ascending times are more than one and a half steps apart."""
    widest = step * 1.5
    return [
        Gap(earlier, later)
        for earlier, later in itertools.pairwise(times)
        if later - earlier > widest
    ]


def likely_step(times: Sequence[float]) -> float | None:
    """The commonest distance of ascending times, or None for fewer than three."""
    if len(times) < 3:
        return None
    counted: dict[float, int] = {}
    for earlier, later in itertools.pairwise(times):
        distance = round(later - earlier, 3)
        counted[distance] = counted.get(distance, 0) + 1
    return max(counted, key=lambda distance: (counted[distance], -distance))
