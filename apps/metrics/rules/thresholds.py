"""What a threshold would have done: replayed over points that are already there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Point = tuple[float, float | None]


@dataclass(frozen=True)
class Limit:
    """Fires when the value stays beyond `level` for `hold` seconds; ends beyond `clear`."""

    level: float
    above: bool = True
    hold: int = 0
    clear: float | None = None

    def beyond(self, value: float) -> bool:
        return value > self.level if self.above else value < self.level

    def over(self, value: float) -> bool:
        """Whether an episode ends at this value."""
        edge = self.level if self.clear is None else self.clear
        return value <= edge if self.above else value >= edge

    def complaint(self) -> str | None:
        """Why this limit makes no sense, or None."""
        if self.hold < 0:
            return "The time to hold cannot be negative."
        if self.clear is not None and self.beyond(self.clear) and self.clear != self.level:
            side = "at or below" if self.above else "at or above"
            return f"The clearing level must be {side} the level."
        return None


@dataclass(frozen=True)
class Episode:
    """One alert: `began` when the value went beyond, `fired` when it had held; open at the end."""

    began: float
    fired: float
    ended: float | None


def replay(points: Iterable[Point], limit: Limit) -> list[Episode]:
    """The alerts that would have been; a point without a value neither fires nor resolves."""
    found: list[Episode] = []
    began: float | None = None
    fired: float | None = None
    for at, value in points:
        if value is None:
            continue
        if began is None:
            if not limit.beyond(value):
                continue
            began = at
        elif limit.over(value) if fired is not None else not limit.beyond(value):
            if fired is not None:
                found.append(Episode(began, fired, at))
            began = fired = None
            continue
        if fired is None and at - began >= limit.hold:
            fired = at
    if began is not None and fired is not None:
        found.append(Episode(began, fired, None))
    return found


@dataclass(frozen=True)
class Catch:
    """How alerts and known incidents met."""

    caught: int
    missed: int
    alone: int  # alerts outside every incident


def compare(
    episodes: Sequence[Episode],
    incidents: Sequence[tuple[float, float | None]],
    *,
    early: float = 900.0,
) -> Catch:
    """An incident is caught by an alert that fired up to `early` seconds before, or during, it."""

    def meets(episode: Episode, incident: tuple[float, float | None]) -> bool:
        start, end = incident
        return (end is None or episode.fired < end) and (
            episode.ended is None or episode.ended > start - early
        )

    caught = sum(any(meets(episode, known) for episode in episodes) for known in incidents)
    alone = sum(not any(meets(episode, known) for known in incidents) for episode in episodes)
    return Catch(caught, len(incidents) - caught, alone)
