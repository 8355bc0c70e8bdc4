"""Explains a clock: every second from its start to its stop, and why it counts or does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from apps.calendars.rules import ALWAYS, OPEN
from apps.sla.rules.clocks import Clock
from apps.sla.rules.timeline import Spell, Timeline
from apps.sla.rules.words import KINDS, PAUSED, RESOLVED


class Segment(NamedTuple):
    """A part of a clock's wall time: `holiday` its name, `spell` what paused it and by whom.

    `around_the_clock` where no calendar said what counts.
    """

    begin: int
    end: int
    why: str
    holiday: str = ""
    spell: Spell | None = None
    around_the_clock: bool = False


def explain(line: Timeline, clock: Clock) -> list[Segment]:
    """The segments of a clock of this timeline; their lengths add up to its wall time."""
    return list(_joined(_parts(line, clock)))


def _parts(line: Timeline, clock: Clock) -> Iterator[Segment]:
    epochs, kind = line.epochs[: clock.epoch + 1], KINDS.index(clock.kind)
    end = line.now if clock.stopped_at is None else clock.stopped_at
    for begin, until, why, number, spell in line.stretches(kind, clock.started_at, end, epochs):
        if why == RESOLVED:
            yield Segment(begin, until, RESOLVED, "", spell)
            continue
        hours = epochs[number].hours(kind)
        for part in hours.parts(begin, until):
            if part.why != OPEN:
                yield Segment(part.begin, part.end, part.why, part.name)
            elif why == PAUSED:
                yield Segment(part.begin, part.end, PAUSED, "", spell)
            else:
                yield Segment(part.begin, part.end, why, "", None, hours is ALWAYS)


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
