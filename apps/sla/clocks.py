"""Keeps the stored clocks true to the tickets' Activity, in the transaction of every change.

A clock is assessed as of the newest thing known of its ticket; what time alone brings about later
(a warning, a breach) is left to the sweep, which comes at `next_event_at`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial

from apps.sla.rules import Clock, Timeline, assess
from apps.sla.rules.words import BREACHED_CLOSED, BREACHED_OPEN, MET, PAUSED, RESOLUTION

from .keeping import NO_CLOCKS, Due, Found, Held, Writing, find
from .story import AS_PUBLISHED, Lens, Story, story_of

BATCH = 500


def reassess(ticket_ids: Sequence[int], *, at: datetime | None = None) -> None:
    """Bring the clocks of these tickets up to date; the caller holds their rows."""
    ids = list(ticket_ids)
    for start in range(0, len(ids), BATCH):
        found = find(ids[start : start + BATCH])
        settle(found, at=None if at is None else int(at.timestamp() // 1))


def settle(found: Iterable[Found], *, at: int | None = None, noticing: bool = False) -> None:
    """Assess, compare, write what differs.

    `noticing` is the sweep's: what was due by now has been seen to.
    """
    writing = Writing()
    for one in found:
        story = story_of(one.sheet, one.packed, one.offers)
        writing.note_terms(story)
        now = max(story.last_at, at or 0, *(clock.assessed_at for clock in one.held.values()), 0)
        fresh = clocks_of(story, now, held=one.held, noticing=noticing)
        for clock in fresh:
            if differs(clock, one.held.get(clock.identity)):
                writing.clocks.append(clock)
        names = {clock.identity for clock in fresh}
        writing.gone += [
            (one.sheet.ticket, kind, cycle)
            for kind, cycle in one.held
            if (kind, cycle) not in names
        ]
        due = due_of(fresh)
        if due != one.due:
            writing.dues.append((one.sheet.ticket, due))
    writing.write()


def clocks_of(
    story: Story,
    now: int,
    *,
    held: dict[tuple[str, int], Held] | None = None,
    noticing: bool = False,
    noticed_from: int | None = None,
    lens: Lens = AS_PUBLISHED,
) -> list[Held]:
    """The clocks of one story as they are kept; none where nobody knows what happened."""
    if not story.known:
        return []
    line = story.timeline(now, lens)
    kept = []
    breached_before = repeats = False
    for clock in assess(line):
        if clock.kind == RESOLUTION:
            repeats = breached_before
            breached_before = clock.breached_at is not None
        was = held.get((clock.kind, clock.cycle)) if held else None
        if noticing:
            noticed = now
        elif was is not None:
            noticed = was.noticed_at
        else:
            noticed = clock.started_at - 1 if noticed_from is None else noticed_from
        kept.append(keep(story, line, clock, now, noticed, repeats))
    return kept


def keep(story: Story, line: Timeline, clock: Clock, now: int, noticed: int, repeats: bool) -> Held:
    """One clock of the rules as it is stored."""
    term = story.terms[0]
    if len(story.terms) > 1:
        term = story.in_force(line.epochs[clock.epoch].at)
    (
        kind, cycle, state, reason, started, due, breach, stopped, breached, target, elapsed,
        paused, _, decided, cause, by_hand, around, _,
    ) = clock  # fmt: skip
    priority = story.priority
    if story.priorities:
        priority = story.priority_at(now if stopped is None else stopped)
    return _held((
        story.sheet.ticket, kind, cycle, state, reason or "", priority,
        started, due, breach, stopped, breached, cause or "", decided, repeats, by_hand,
        target, elapsed, paused, term.policy, None if around else term.calendar, now, noticed,
        None if stopped is not None else clock.next_event_at(noticed),
    ))  # fmt: skip


_held = partial(tuple.__new__, Held)  # as `Held(…)`, in half the time


def differs(fresh: Held, was: Held | None) -> bool:
    """Whether it has to be written; that time went on while it runs is no reason."""
    if was is None:
        return True
    same = {"assessed_at": was.assessed_at}
    if fresh.stopped_at is None:
        same |= {"elapsed": was.elapsed, "paused": was.paused}
    return fresh._replace(**same) != was


def due_of(clocks: Sequence[Held]) -> Due:
    """What a list shows: the open clock that is due first, else how all ended."""
    due = waiting = overdue = None
    breached = met = False
    for clock in clocks:
        if clock.breached_at is not None:
            breached = True
        state = clock.state
        if state == MET:
            met = True
        elif clock.stopped_at is not None:
            continue
        elif clock.due_at is not None:
            if due is None or clock.due_at < due.due_at:
                due = clock
        elif state == PAUSED:
            if waiting is None or clock.target - clock.elapsed < waiting.target - waiting.elapsed:
                waiting = clock
        elif state == BREACHED_OPEN and overdue is None:
            overdue = clock
    if due is not None:
        return Due(due.due_at, due.kind, due.state, None, breached)
    if waiting is not None:
        return Due(None, waiting.kind, PAUSED, waiting.target - waiting.elapsed, breached)
    if overdue is not None:
        return Due(None, overdue.kind, BREACHED_OPEN, None, True)
    if breached:
        return NO_CLOCKS._replace(sla_state=BREACHED_CLOSED, breached=True)
    return NO_CLOCKS._replace(sla_state=MET) if met else NO_CLOCKS
