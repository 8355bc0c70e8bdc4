"""The verdicts: every clock a ticket has, computed from its timeline alone.

`elapsed` is the working seconds of the clock's life that are neither paused nor resolved. `due_at`
is the earliest instant at which it equals the target, `breach_at` the latest, and a clock is
breached if and only if it exceeds the target.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from apps.calendars.rules import Calendar
from apps.sla.rules.timeline import Epoch, Stretch, Timeline
from apps.sla.rules.words import (
    BREACHED_CLOSED,
    BREACHED_OPEN,
    CANCELLED,
    COUNTED,
    DISCARDED,
    FIRST,
    KINDS,
    MET,
    NEXT,
    PAUSED,
    POLICY_ENDED,
    RAN_OUT,
    RESOLVE,
    RESOLVED_WITHOUT_REPLY,
    RUNNING,
    TARGET_CHANGED,
)


class Clock(NamedTuple):
    """One clock as of the timeline's `now`. Instants are epoch seconds, durations seconds."""

    kind: str
    cycle: int
    state: str
    reason: str | None
    started_at: int
    due_at: int | None
    breach_at: int | None
    stopped_at: int | None
    breached_at: int | None
    target: int
    elapsed: int
    paused: int
    warn_at: tuple[int | None, ...]
    """One instant for each warning step of the policy; None where it cannot be told."""
    decided_at: int | None
    """When met or breached became certain; a settled month never changes by itself."""
    breach_cause: str | None
    due_by_hand: bool
    around_the_clock: bool
    """Whether its target does not go by the calendar."""
    epoch: int
    """The position in `Timeline.epochs` of the terms in force at the end."""

    @property
    def remaining(self) -> int:
        """Working seconds left; negative once overrun."""
        return self.target - self.elapsed

    @property
    def breached(self) -> bool:
        return self.breached_at is not None

    def next_event_at(self, now: int) -> int | None:
        """The next instant after `now` at which somebody may have to be told something."""
        if self.stopped_at is not None:
            return None
        moments = [*self.warn_at, self.due_at]
        if self.breached_at is None and self.breach_at is not None:
            moments.append(self.breach_at + 1)
        return min([at for at in moments if at is not None and at > now], default=None)


_made = partial(tuple.__new__, Clock)  # as `Clock(…)`, in half the time


def assess(line: Timeline) -> list[Clock]:
    """Every clock of the ticket: first response, next responses, resolutions, in that order."""
    clocks: list[Clock] = []
    endings = line.endings
    if line.awaits_first:
        stop, reason = line.first_reply, None
        if endings:
            over = endings[-1]
            if over.reopened_at is None and (stop is None or over.at < stop):
                stop = over.at
                reason = over.status if over.status in DISCARDED else RESOLVED_WITHOUT_REPLY
        _add(clocks, line, FIRST, 1, line.began, stop, reason)
    for cycle, (began, stopped, reason) in enumerate(line.turns, 1):
        _add(clocks, line, NEXT, cycle, began, stopped, reason)
    cycle, resumed = 1, line.began
    for over in endings:
        reason = over.status if over.status in DISCARDED else None
        _add(clocks, line, RESOLVE, cycle, resumed, over.at, reason)
        if over.reopened_at is None:
            return clocks
        cycle, resumed = cycle + 1, over.reopened_at
    _add(clocks, line, RESOLVE, cycle, resumed, None, None)
    return clocks


def _add(
    clocks: list[Clock],
    line: Timeline,
    kind: int,
    cycle: int,
    resumed: int,
    stop: int | None,
    reason: str | None,
) -> None:
    """Add the clock, if its policy has a target at any time between `resumed` and its end."""
    epochs: Sequence[Epoch] = line.epochs
    began = resumed if kind == NEXT else line.began
    if len(epochs) > 1:
        held, gone = _held(epochs, kind, began, resumed, line.now if stop is None else stop)
        if not held:
            return
        epochs = held
        if gone is not None:
            stop, reason = gone, POLICY_ENDED
    elif epochs[0].terms[kind].target is None:
        return
    clocks.append(_clock(line, kind, cycle, began, stop, reason, epochs))


def _held(
    epochs: Sequence[Epoch], kind: int, began: int, resumed: int, end: int
) -> tuple[Sequence[Epoch], int | None]:
    """The epochs up to `end` or, if the target was taken away before, up to there; and when.

    Nothing where no epoch of [resumed, end] has a target.
    """
    count = sum(epoch.at <= end for epoch in epochs)
    gone = None
    for number in range(count - 1, -1, -1):
        epoch = epochs[number]
        if epoch.terms[kind].target is not None or _by_hand(epoch, kind, began):
            return epochs[: number + 1], gone
        if epoch.at <= resumed:
            break
        gone = epoch.at
    return (), None


def _by_hand(epoch: Epoch, kind: int, began: int) -> tuple[int, int] | None:
    due = epoch.dues.get(kind)
    return due if due and due[0] >= began else None


def _clock(
    line: Timeline,
    kind: int,
    cycle: int,
    began: int,
    stop: int | None,
    reason: str | None,
    epochs: Sequence[Epoch],
) -> Clock:
    end = line.now if stop is None else stop
    stretches = line.stretches(kind, began, end, epochs)
    last = len(epochs) - 1
    hours, terms = epochs[last].hours(kind), epochs[last].terms[kind]
    stands = stop is None and line.spells[-1].status in terms.pauses
    promised = None
    if len(stretches) == 1 and not stands and stretches[0].why == COUNTED and not epochs[0].dues:
        target = terms.target
        assert target is not None
        elapsed, paused = hours.elapsed(began, end), 0
        due, breach = hours.reach(began, target, end)
        breached = due if elapsed > target else None
        decided, cause = (breach, RAN_OUT) if elapsed > target else (None, None)
        warn = [hours.reach(began, need, end)[0] for need in terms.needs]
    else:
        walk = _Walk(kind, began, epochs, stretches)
        target, elapsed, paused = walk.target, walk.elapsed, walk.paused
        breached, decided, cause = walk.breached, walk.decided, walk.cause
        due, breach = walk.reach(target, stands)
        warn = [walk.reach(step.need(target), stands)[0] for step in terms.warn]
        promised = _by_hand(epochs[-1], kind, began)
        if promised and due is not None and due <= promised[1] <= (breach or promised[1]):
            due = promised[1]
    if breached is not None:
        state = BREACHED_OPEN if stop is None else BREACHED_CLOSED
        reason = None
    elif reason is not None:
        state = CANCELLED
    elif stop is not None:
        state, decided = MET, stop
    else:
        state = PAUSED if stands else RUNNING
    return _made((
        KINDS[kind], cycle, state, reason, began, due, breach, stop, breached, target, elapsed,
        paused, tuple(warn), decided, cause, promised is not None, terms.around_the_clock, last,
    ))  # fmt: skip


class _Walk:
    """Adds up a clock's stretches, epoch by epoch, and finds where its target ran out."""

    __slots__ = (
        "_after",
        "_began",
        "_hours",
        "_stretches",
        "breached",
        "cause",
        "decided",
        "elapsed",
        "paused",
        "target",
    )

    def __init__(
        self, kind: int, began: int, epochs: Sequence[Epoch], stretches: Sequence[Stretch]
    ) -> None:
        self._hours = [epoch.hours(kind) for epoch in epochs]
        self._stretches = stretches
        self._began = began
        self._after: list[int] = []
        """Working seconds counted by the end of each stretch."""
        self.elapsed = self.paused = self.target = 0
        self.breached: int | None = None
        self.decided: int | None = None
        self.cause: str | None = None
        by_hand: dict[tuple[int, int], int] = {}
        entered = -1
        target: int | None = None
        hours = self._hours[stretches[0].epoch]
        for begin, end, why, number, _ in stretches:
            if number != entered:
                before, hours = hours, self._hours[number]
                entered = number
                due = _by_hand(epochs[number], kind, began)
                if due is None:
                    target = epochs[number].terms[kind].target
                else:
                    target = by_hand.get(due)
                    if target is None:
                        target = self._counted_by(due[1], hours, begin)
                    elif before is not hours:
                        target = self._kept(due[1], target, before, hours, begin)
                    by_hand[due] = target
                if target is not None:
                    self.target = target
                    if self.breached is None and self.elapsed > target:
                        self.breached = self.decided = begin
                        self.cause = TARGET_CHANGED
            if why == COUNTED:
                self.elapsed += hours.elapsed(begin, end)
                self._after.append(self.elapsed)
                if self.breached is None and target is not None and self.elapsed > target:
                    self.breached, self.decided = self.reach(target, False)
                    self.cause = RAN_OUT
            else:
                self._after.append(self.elapsed)
                if why == PAUSED:
                    self.paused += hours.elapsed(begin, end)

    def _counted_by(self, instant: int, hours: Calendar, here: int) -> int:
        """Counted seconds at `instant`; where it is after `here`, as if running on from here."""
        if instant >= here:
            return self.elapsed + hours.elapsed(here, instant)
        known = self._stretches[: len(self._after)]
        return sum(
            self._hours[number].elapsed(begin, max(begin, min(end, instant)))
            for begin, end, why, number, _ in known
            if why == COUNTED
        )

    def _kept(self, due: int, target: int, before: Calendar, hours: Calendar, here: int) -> int:
        """A due instant set by hand stays that instant where other hours hold from `here` on: the
        target by these. A pause since it was set has moved it; what is past stays past."""
        if self.elapsed > target:
            return target
        first, last = before.reach(here, target - self.elapsed)
        if first is None or first <= due <= (due if last is None else last):
            first = due
        return self.elapsed + hours.elapsed(here, max(first, here))

    def reach(self, need: int, stands: bool) -> tuple[int | None, int | None]:
        """The earliest and the latest instant at which `need` seconds have counted.

        None for what an open pause (`stands`) or an endless closure leaves unknown.
        """
        earliest: int | None = None if need else self._began
        if self.elapsed >= need:
            before = 0
            for after, (begin, end, why, number, _) in zip(
                self._after, self._stretches, strict=False
            ):
                if why == COUNTED and after >= need and (after > need or earliest is None):
                    first, last = self._hours[number].reach(begin, need - before, end)
                    if earliest is None:
                        earliest = first
                    if after > need:
                        return earliest, last
                before = after
        if stands:
            return earliest, None
        begin, end, why, _, _ = self._stretches[-1]
        hours = self._hours[-1]
        if why == COUNTED:
            before = self._after[-2] if len(self._after) > 1 else 0
            first, last = hours.reach(begin, need - before, end)
        else:
            first, last = hours.reach(end, need - self.elapsed)
        return (first if earliest is None else earliest), last
