"""What every importer yields, whatever it read."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import lt

from ..rules.values import State


class Unusable(Exception):
    """Nothing of it can be taken; the text says why. `final`: asking again will not help."""

    def __init__(self, sentence: str, *, final: bool = False) -> None:
        super().__init__(sentence)
        self.final = final


@dataclass(frozen=True)
class Rejection:
    """One row that was not taken: where it stood, and why."""

    row: int
    column: str
    reason: str

    def as_json(self) -> dict[str, object]:
        return {"row": self.row, "column": self.column, "reason": self.reason}


@dataclass(slots=True)
class Track:
    """The samples of one series as columns: times ascend strictly, in epoch seconds.

    `states` is None when all are OK; a value is None where its state is not OK.
    """

    labels: dict[str, str]
    times: list[float]
    values: list[float | None]
    states: list[int] | None = None
    sizes: list[int | None] | None = None

    def __len__(self) -> int:
        return len(self.times)


@dataclass(slots=True)
class HistogramTrack:
    """The histograms of one series: counts per bucket at strictly ascending times."""

    labels: dict[str, str]
    bounds: tuple[float, ...]
    times: list[float]
    counts: list[list[float]]
    sums: list[float | None]

    def __len__(self) -> int:
        return len(self.times)


@dataclass(slots=True)
class Batch:
    """One delivery: what it held, and every doubt about it."""

    tracks: list[Track] = field(default_factory=list)
    histograms: list[HistogramTrack] = field(default_factory=list)
    received: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)  # rows that a later row of the file replaced
    notes: list[str] = field(default_factory=list)  # how it was read: delimiter, zone

    @property
    def last(self) -> float | None:
        """The time of the latest sample."""
        ends = [track.times[-1] for track in (*self.tracks, *self.histograms) if track.times]
        return max(ends, default=None)

    @property
    def first(self) -> float | None:
        starts = [track.times[0] for track in (*self.tracks, *self.histograms) if track.times]
        return min(starts, default=None)


def ascends(times: list[float]) -> bool:
    """Whether every time is later than the one before."""
    return all(map(lt, times, times[1:]))


def settle(
    labels: dict[str, str],
    points: Iterable[tuple[float, float | None, int, int | None, int]],
) -> tuple[Track, list[int]]:
    """A track from points (time, value, state, size, row) in any order.

    The last of those with the same time wins; the rows of the others come back.
    """
    kept: dict[float, tuple[float | None, int, int | None, int]] = {}
    replaced = []
    for at, value, state, size, row in points:
        if at in kept:
            replaced.append(kept[at][3])
        kept[at] = (value, state, size, row)
    times = sorted(kept)
    chosen = [kept[at] for at in times]
    states = [int(one[1]) for one in chosen]
    sizes = [one[2] for one in chosen]
    track = Track(
        labels,
        times,
        [one[0] for one in chosen],
        states if any(state != State.OK for state in states) else None,
        sizes if any(size is not None for size in sizes) else None,
    )
    return track, replaced
