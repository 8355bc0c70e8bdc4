"""Reads a ticket's events once: who answered whom, which status held when, under which terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from apps.calendars.rules import ALWAYS, Calendar
from apps.sla.rules.events import (
    AGENT_MESSAGE,
    CALENDAR,
    CUSTOMER_MESSAGE,
    DUE,
    FOR_EVER,
    INCIDENT_UPDATE,
    JOINED,
    MERGE,
    NO_REPLY_NEEDED,
    NOTE,
    POLICY,
    PRIORITY,
    SPAMMED,
    STATUS,
    Event,
    Ticket,
    standing,
)
from apps.sla.rules.policy import Terms
from apps.sla.rules.words import (
    BY_AGENT,
    COUNTED,
    DISCARDED,
    KINDS,
    LOGGED,
    MERGED,
    NEW,
    OPEN,
    OVER,
    PAUSED,
    RESOLVE,
    RESOLVED,
    SPAM,
    WAITING,
)


class Epoch(NamedTuple):
    """From `at` on this calendar and these terms hold, until the next epoch.

    `dues` has the due instants set by hand: kind → (when it was set, the instant promised).
    """

    at: int
    calendar: Calendar
    terms: Terms
    dues: Mapping[int, tuple[int, int]]

    def hours(self, kind: int) -> Calendar:
        """What a clock of this kind counts by: the calendar, unless its target says otherwise."""
        return ALWAYS if self.terms[kind].around_the_clock else self.calendar


class Spell(NamedTuple):
    """From `at` on the ticket has this status, until the next spell."""

    at: int
    status: str
    by: str | None


class Ending(NamedTuple):
    """The ticket was over from `at` until it was reopened; `status` is the one it ended with."""

    at: int
    reopened_at: int | None
    status: str


class Turn(NamedTuple):
    """A customer waits for the next answer; `reason` if the wait was cancelled, not answered."""

    began: int
    stopped: int | None
    reason: str | None


class Stretch(NamedTuple):
    """A part of a clock's life in which one reading holds, before the calendar is asked.

    `why` is counted, paused or resolved; `epoch` the position of the terms in force.
    """

    begin: int
    end: int
    why: str
    epoch: int
    spell: Spell | None


# As `Spell(…)` and `Stretch(…)`, in half the time: a rebuild makes millions.
_spell, _stretch = partial(tuple.__new__, Spell), partial(tuple.__new__, Stretch)


class Timeline(NamedTuple):
    """What the clocks of a ticket follow from."""

    began: int
    now: int
    awaits_first: bool
    first_reply: int | None
    epochs: list[Epoch]
    spells: list[Spell]
    seen: set[str]
    endings: list[Ending]
    turns: list[Turn]

    def stretches(
        self, kind: int, begin: int, end: int, epochs: Sequence[Epoch]
    ) -> Sequence[Stretch]:
        """[begin, end) of a clock, cut where its reading or its terms change.

        Verdicts and explanations both add these up, so they cannot disagree. An epoch that begins
        at `end` gets an empty stretch: its target is judged there.
        """
        found: list[Stretch] = []
        if len(epochs) == 1:
            pauses = epochs[0].terms[kind].pauses
            over = kind == RESOLVE and self.endings and self.endings[0].at < end
            if over or not pauses.isdisjoint(self.seen):
                self._cut(found, kind, begin, end, 0, pauses)
            return found or (Stretch(begin, end, COUNTED, 0, None),)
        for number, epoch in enumerate(epochs):
            until = epochs[number + 1].at if number + 1 < len(epochs) else end
            if epoch.at > end or (until <= begin and until != end):
                continue
            low, high = max(epoch.at, begin) if number else begin, min(until, end)
            count = len(found)
            self._cut(found, kind, low, high, number, epoch.terms[kind].pauses)
            if len(found) == count:
                found.append(Stretch(low, high, COUNTED, number, None))
        return found

    def _cut(
        self,
        found: list[Stretch],
        kind: int,
        low: int,
        high: int,
        number: int,
        pauses: frozenset[str],
    ) -> None:
        begin, spells = low, self.spells
        last = len(spells) - 1
        for place, spell in enumerate(spells):
            until = spells[place + 1][0] if place < last else high
            if until <= begin:
                continue
            if until > high:
                until = high
                if begin >= until:
                    return
            status = spell[1]
            if kind == RESOLVE and status in OVER:
                why = RESOLVED
            else:
                why = PAUSED if status in pauses else COUNTED
            before = found[-1] if found else None
            if why == COUNTED and before and before[2] == COUNTED and before[3] == number:
                found[-1] = _stretch((before[0], until, COUNTED, number, before[4]))
            else:
                found.append(_stretch((begin, until, why, number, spell)))
            begin = until


def read(ticket: Ticket, events: Sequence[Event], now: int, told_until: int = FOR_EVER) -> Timeline:
    """Follow the events up to `now`, whatever order they are given in.

    After `told_until` those of one second count in the order they are given.
    """
    began = ticket.reported_at
    status, priority, policy, calendar = (
        ticket.status,
        ticket.priority,
        ticket.policy,
        ticket.calendar,
    )
    epochs = [Epoch(began, calendar, policy.terms(priority), {})]
    spells = [Spell(began, status, None)]
    endings = [Ending(began, None, status)] if status in OVER else []
    turns: list[Turn] = []
    waiting: int | None = None
    first_reply = began if ticket.origin == LOGGED and ticket.answered_in_contact else None
    settled = first_reply is not None or ticket.origin == BY_AGENT

    for event in standing(events, now, told_until):
        at, kind = event[0], event[1]
        to: str | None = None
        if kind == AGENT_MESSAGE or (kind == INCIDENT_UPDATE and policy.counts_updates):
            if first_reply is None:
                first_reply = at
            settled = True
            if waiting is not None:
                turns.append(Turn(waiting, at, None))
                waiting = None
            if status == NEW:
                to = OPEN
        elif kind == CUSTOMER_MESSAGE:
            if status in WAITING or status == RESOLVED:
                to = OPEN
            if settled and waiting is None and (to or status not in OVER):
                waiting = at
        elif kind == STATUS:
            to = event[2]
        elif kind == NOTE:
            if status == NEW:
                to = OPEN
        elif kind == NO_REPLY_NEEDED:
            if waiting is not None:
                turns.append(Turn(waiting, at, None))
                waiting = None
            if status == NEW:
                to = OPEN
        elif kind == MERGE:
            to = MERGED
        elif kind == SPAMMED:
            to = SPAM
        elif kind == JOINED:
            if event.of is not None and settled and status not in OVER:
                waiting = event.of if waiting is None else min(waiting, event.of)
        elif kind in (PRIORITY, POLICY, CALENDAR, DUE):
            dues = epochs[-1].dues
            if kind == PRIORITY:
                priority = event.to
            elif kind == POLICY:
                policy = event.to
            elif kind == CALENDAR:
                calendar = event.to
            else:
                dues = _dues(dues, event)
            epoch = Epoch(at, calendar, policy.terms(priority), dues)
            if epochs[-1].at == at:
                epochs[-1] = epoch
            else:
                epochs.append(epoch)

        if to is None or to == status:
            continue
        if to in OVER:
            if status not in OVER:
                endings.append(Ending(at, None, to))
                if waiting is not None:
                    turns.append(Turn(waiting, at, to if to in DISCARDED else None))
                    waiting = None
        elif status in OVER:
            endings[-1] = endings[-1]._replace(reopened_at=at)
        status = to
        spells.append(_spell((at, status, event[4])))

    if waiting is not None:
        turns.append(Turn(waiting, None, None))
    return Timeline(
        began,
        now,
        ticket.origin != BY_AGENT,
        first_reply,
        epochs,
        spells,
        {spell[1] for spell in spells},
        endings,
        turns,
    )


def _dues(dues: Mapping[int, tuple[int, int]], event: Event) -> Mapping[int, tuple[int, int]]:
    kind, instant = event.to
    kept = {number: due for number, due in dues.items() if KINDS[number] != kind}
    if instant is not None:
        kept[KINDS.index(kind)] = (event.at, instant)
    return kept
