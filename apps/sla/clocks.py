"""Keeps the stored clocks true to the tickets' Activity, in the transaction of every change.

A clock is assessed as of the newest thing known of its ticket; what time alone brings about later
(a warning, a breach) is left to the sweep, which comes at `next_event_at`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from apps.sla.rules import Clock, Timeline, assess
from apps.sla.rules.words import BREACHED_CLOSED, BREACHED_OPEN, MET, PAUSED, RESOLUTION

from .keeping import NO_CLOCKS, Due, Found, Held, Writing, find
from .story import AS_PUBLISHED, Lens, Story, story_of
from .versions import Offer, offers

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
    writing, known = Writing(), _Once()
    for one in found:
        story = story_of(one.sheet, one.packed, known)
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


class _Once:
    """The policies in force, asked for at most once a batch."""

    def __init__(self) -> None:
        self._offers: list[Offer] | None = None

    def __call__(self) -> list[Offer]:
        if self._offers is None:
            self._offers = offers()
        return self._offers


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
    breached_before = False
    for clock in assess(line):
        repeats = clock.kind == RESOLUTION and clock.cycle > 1 and breached_before
        if clock.kind == RESOLUTION:
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
    end = clock.stopped_at if clock.stopped_at is not None else now
    return Held(
        story.sheet.ticket,
        clock.kind,
        clock.cycle,
        clock.state,
        clock.reason or "",
        story.priority_at(end) if story.priorities else story.priority,
        clock.started_at,
        clock.due_at,
        clock.breach_at,
        clock.stopped_at,
        clock.breached_at,
        clock.breach_cause or "",
        clock.decided_at,
        repeats,
        clock.due_by_hand,
        clock.target,
        clock.elapsed,
        clock.paused,
        term.policy,
        term.calendar,
        now,
        noticed,
        clock.next_event_at(noticed),
    )


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
    breached = any(clock.breached_at is not None for clock in clocks)
    running = [clock for clock in clocks if clock.stopped_at is None and clock.due_at is not None]
    if running:
        first = min(running, key=lambda clock: clock.due_at or 0)
        return Due(first.due_at, first.kind, first.state, None, breached)
    paused = [clock for clock in clocks if clock.state == PAUSED]
    if paused:
        first = min(paused, key=lambda clock: clock.target - clock.elapsed)
        return Due(None, first.kind, PAUSED, first.target - first.elapsed, breached)
    if any(clock.state == BREACHED_OPEN for clock in clocks):
        kind = next(clock.kind for clock in clocks if clock.state == BREACHED_OPEN)
        return Due(None, kind, BREACHED_OPEN, None, True)
    if breached:
        return NO_CLOCKS._replace(sla_state=BREACHED_CLOSED, breached=True)
    if any(clock.state == MET for clock in clocks):
        return NO_CLOCKS._replace(sla_state=MET)
    return NO_CLOCKS
