"""Explains a clock: every second from its start to its stop, and why it counts or does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from apps.calendars.rules import OPEN
from apps.sla.rules.clocks import Clock
from apps.sla.rules.timeline import Spell, Timeline
from apps.sla.rules.words import KINDS, PAUSED, RESOLVED


class Segment(NamedTuple):
    """A part of a clock's wall time: `holiday` its name, `spell` what paused it and by whom."""

    begin: int
    end: int
    why: str
    holiday: str = ""
    spell: Spell | None = None


def explain(line: Timeline, clock: Clock) -> list[Segment]:
    """The segments of a clock of this timeline; their lengths add up to its wall time."""
    return list(_joined(_parts(line, clock)))


def _parts(line: Timeline, clock: Clock) -> Iterator[Segment]:
    epochs = line.epochs[: clock.epoch + 1]
    end = line.now if clock.stopped_at is None else clock.stopped_at
    for begin, until, why, number, spell in line.stretches(
        KINDS.index(clock.kind), clock.started_at, end, epochs
    ):
        if why == RESOLVED:
            yield Segment(begin, until, RESOLVED, "", spell)
            continue
        for part in epochs[number].calendar.parts(begin, until):
            if part.why == OPEN:
                yield Segment(part.begin, part.end, why, "", spell if why == PAUSED else None)
            else:
                yield Segment(part.begin, part.end, part.why, part.name)


def _joined(segments: Iterator[Segment]) -> Iterator[Segment]:
    held: Segment | None = None
    for segment in segments:
        if held is not None and held[2:] == segment[2:]:
            held = held._replace(end=segment.end)
            continue
        if held is not None:
            yield held
        held = segment
    if held is not None:
        yield held
