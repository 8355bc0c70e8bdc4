"""The verdicts: every clock a ticket has, computed from its timeline alone.

`elapsed` is the working seconds of the clock's life that are neither paused nor resolved. `due_at`
is the earliest instant at which it equals the target, `breach_at` the latest, and a clock is
breached if and only if it exceeds the target.
"""

from __future__ import annotations

from collections.abc import Sequence
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
        return min((at for at in moments if at is not None and at > now), default=None)


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
    calendar, terms, last = epochs[-1].calendar, epochs[-1].terms[kind], len(epochs) - 1
    stands = stop is None and line.spells[-1].status in terms.pauses
    promised = None
    if len(stretches) == 1 and not stands and stretches[0].why == COUNTED and not epochs[0].dues:
        target = terms.target
        assert target is not None
        elapsed, paused = calendar.elapsed(began, end), 0
        due, breach = calendar.reach(began, target, end)
        breached = due if elapsed > target else None
        decided, cause = (breach, RAN_OUT) if elapsed > target else (None, None)
        warn = (
            tuple(calendar.reach(began, step.need(target), end)[0] for step in terms.warn)
            if terms.warn
            else ()
        )
    else:
        walk = _Walk(kind, began, epochs, stretches)
        target, elapsed, paused = walk.target, walk.elapsed, walk.paused
        breached, decided, cause = walk.breached, walk.decided, walk.cause
        due = walk.earliest(target, stands)
        breach = walk.latest(target, stands)
        warn = tuple(walk.earliest(step.need(target), stands) for step in terms.warn)
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
    return Clock(
        KINDS[kind],
        cycle,
        state,
        reason,
        began,
        due,
        breach,
        stop,
        breached,
        target,
        elapsed,
        paused,
        warn,
        decided,
        cause,
        promised is not None,
        last,
    )


class _Walk:
    """Adds up a clock's stretches, epoch by epoch, and finds where its target ran out."""

    def __init__(
        self, kind: int, began: int, epochs: Sequence[Epoch], stretches: Sequence[Stretch]
    ) -> None:
        self._epochs = epochs
        self._stretches = stretches
        self._began = began
        self._worked: list[int] = []
        """Working seconds counted before each stretch."""
        self.elapsed = self.paused = 0
        self.target = 0
        self.breached: int | None = None
        self.decided: int | None = None
        self.cause: str | None = None
        by_hand: dict[tuple[int, int], int] = {}
        epoch_seen = -1
        target: int | None = None
        for stretch in stretches:
            begin, end, why, number, _ = stretch
            epoch = epochs[number]
            if number != epoch_seen:
                epoch_seen = number
                due = _by_hand(epoch, kind, began)
                if due is None:
                    target = epoch.terms[kind].target
                else:
                    if due not in by_hand:
                        by_hand[due] = self._worked_by(due[1], epoch.calendar, begin)
                    target = by_hand[due]
                if target is not None:
                    self.target = target
                    if self.breached is None and self.elapsed > target:
                        self.breached = self.decided = begin
                        self.cause = TARGET_CHANGED
            before = self.elapsed
            self._worked.append(before)
            if why == COUNTED:
                self.elapsed += epoch.calendar.elapsed(begin, end)
                if self.breached is None and target is not None and self.elapsed > target:
                    self.breached = self.earliest(target, stands=False)
                    self.decided = epoch.calendar.reach(begin, target - before, end)[1]
                    self.cause = RAN_OUT
            elif why == PAUSED:
                self.paused += epoch.calendar.elapsed(begin, end)

    def _worked_by(self, instant: int, calendar: Calendar, here: int) -> int:
        """Working seconds of the clock at `instant`, running on from `here` where it is later."""
        if instant >= here:
            return self.elapsed + calendar.elapsed(here, instant)
        return sum(
            self._epochs[number].calendar.elapsed(begin, max(begin, min(end, instant)))
            for begin, end, why, number, _ in self._stretches[: len(self._worked)]
            if why == COUNTED
        )

    def earliest(self, need: int, stands: bool) -> int | None:
        """The first instant at which `need` seconds have elapsed; None while a pause hides it."""
        if need <= 0:
            return self._began
        for before, (begin, end, why, number, _) in zip(
            self._worked, self._stretches, strict=False
        ):
            if why == COUNTED:
                calendar = self._epochs[number].calendar
                if before + calendar.elapsed(begin, end) >= need:
                    return calendar.reach(begin, need - before, end)[0]
        return None if stands else self._projected(need)[0]

    def latest(self, need: int, stands: bool) -> int | None:
        """The last instant at which no more than `need` seconds have elapsed."""
        for before, (begin, end, why, number, _) in zip(self._worked, self._stretches, strict=True):
            if why == COUNTED:
                calendar = self._epochs[number].calendar
                if before + calendar.elapsed(begin, end) > need:
                    return calendar.reach(begin, need - before, end)[1]
        return None if stands else self._projected(need)[1]

    def _projected(self, need: int) -> tuple[int | None, int | None]:
        """When `need` is reached if nothing more happens: from the last stretch, if it counts."""
        last = self._stretches[-1]
        calendar = self._epochs[-1].calendar
        if last.why == COUNTED:
            return calendar.reach(last.begin, need - self._worked[-1], last.end)
        return calendar.reach(last.end, need - self.elapsed)
