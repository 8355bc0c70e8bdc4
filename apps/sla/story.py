"""From a ticket's Activity rows to the events its clocks follow; one packed text a ticket.

PostgreSQL packs the rows that matter (`PACKED`), so that a ticket is one row to read, whether one
is reassessed in a verb or a million are rebuilt.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

from apps.calendars.rules import Calendar
from apps.sla.rules import Event, Policy, Ticket, Timeline, read
from apps.sla.rules.events import (
    AGENT_MESSAGE,
    ANSWERS,
    BOUNCE,
    CALENDAR,
    CUSTOMER_MESSAGE,
    DUE,
    INCIDENT_UPDATE,
    JOINED,
    MERGE,
    NO_REPLY_NEEDED,
    NOTE,
    POLICY,
    PRIORITY,
    SPAMMED,
    STATUS,
    UNDO,
)
from apps.sla.rules.words import WAITING

from .versions import Facts, Offer, calendar_of, fitting, promise_of

SPEAKING = {
    "replied": AGENT_MESSAGE,
    "heard": CUSTOMER_MESSAGE,
    "noted": NOTE,
    "needed_no_reply": NO_REPLY_NEEDED,
    "merged": MERGE,
    "marked_spam": SPAMMED,
}
TELLING = frozenset(
    {"reported", "policy_changed", "calendar_changed", "undone", "bounced", "due_set"}
    | {"joined", "parted", "unmerged", "split", "unsplit", "restored"}
)
CARRYING = frozenset({"tags", "queue", "priority", "without_history", "put_back"})
"""Where one of these changed, the whole data is read."""
_ENDS_BY_ITSELF = frozenset({"merged", "marked_spam"})

_MATCHED = frozenset({"priority", "tags", "queue"})

_quoted = ", ".join(f"'{verb}'" for verb in (*SPEAKING, *sorted(TELLING)))
_told = ", ".join(f"'{verb}'" for verb in sorted(TELLING))
_carrying = ", ".join(f"'{name}'" for name in sorted(CARRYING))
RELEVANT = f"""
(verb IN ({_quoted}) OR data ?| ARRAY['status', 'priority', 'tags', 'queue'])
AND (i.told_by_id IS NULL OR NOT data ? 'run' OR (data->>'run')::bigint = i.told_by_id)
"""
PACKED = f"""
string_agg(
  floor(extract(epoch FROM at))::bigint || E'\\x1f' || id || E'\\x1f' || verb || E'\\x1f'
  || coalesce(data->'status'->>1, '') || E'\\x1f' || coalesce(data->'priority'->>1, '') || E'\\x1f'
  || CASE
       WHEN verb IN ({_told})
         OR data ?| ARRAY[{_carrying}] THEN data::text
       WHEN verb = 'replied' AND data ? 'incident'
         THEN concat_ws(':', data->>'message', data->>'incident', data->>'update')
       WHEN verb IN ('replied', 'heard', 'noted')
         THEN coalesce(data->>'message', data->>'call', '')
       ELSE '' END
  || CASE WHEN data ? 'run' THEN E'\\x1ffile' ELSE E'\\x1f' END,
  E'\\x1e' ORDER BY at, id)
"""
"""Rows by record separator, fields by unit separator: second, id, verb, status, priority, and the
data or the number of the message, with an incident and its update where it was said on account of
one, and whether a file told it. Nobody can write these separators: they are refused as text."""


Token = Sequence[Any]
"""One such row; an import has numbers and data as they are, not as text."""


class Lens(NamedTuple):
    """How versions are read: as they were published or, in a dry run, as they would be."""

    policy: Callable[[int], Policy]
    calendar: Callable[[int | None], Calendar]


AS_PUBLISHED = Lens(lambda version: promise_of(version).draft.rules, calendar_of)


_event = partial(tuple.__new__, Event)  # `Event(…)` without a call of its own: half the time


class Change(NamedTuple):
    """A match condition that changed: which Activity, when, and field → (before, after)."""

    activity: int
    at: int
    data: dict[str, Any]


class InForce(NamedTuple):
    """Which versions hold from `at` on."""

    at: int
    policy: int
    calendar: int | None


class Moved(NamedTuple):
    """From `at` on another policy fits, because of an Activity, which an import may have told."""

    at: int
    before: InForce
    after: InForce
    because: int
    run: int | None


@dataclass(slots=True)
class Sheet:
    """What is known of a ticket besides its events."""

    ticket: int
    reported_at: int
    origin: str
    priority: str
    queue: int | None
    tags: Iterable[str]
    tier: str | None
    policy: int | None
    calendar: int | None
    seen: int


@dataclass(slots=True)
class Story:
    """The events of one ticket, ready for the rules, and what must be remembered about them."""

    sheet: Sheet
    origin: str
    priority: str
    answered: bool
    known: bool
    last_at: int
    events: list[Event] = field(default_factory=list)
    priorities: list[tuple[int, str]] = field(default_factory=list)
    terms: list[InForce] = field(default_factory=list)
    told_until: int = -1
    """Up to which second a file told of it, which does not say what came first within one."""
    seen: int = 0
    moved: list[Moved] = field(default_factory=list)
    """Policy changes that matching found now; they become Activity rows."""
    updates: dict[int, tuple[int, int]] = field(default_factory=dict)
    """When updates of incidents reached it: at → the incident and which of its updates."""

    def timeline(self, now: int, lens: Lens = AS_PUBLISHED) -> Timeline:
        """Follow them up to `now`."""
        first = self.terms[0]
        events = self.events
        if len(self.terms) > 1:
            events = [*events, *self._changes_of_terms(lens)]
        return read(
            Ticket(
                self.sheet.reported_at,
                lens.policy(first.policy),
                lens.calendar(first.calendar),
                self.priority,
                self.origin,
                "new",
                self.answered,
            ),
            events,
            now,
            self.told_until,
        )

    def _changes_of_terms(self, lens: Lens) -> Iterator[Event]:
        for before, after in pairwise(self.terms):
            if after.policy != before.policy:
                yield Event(after.at, POLICY, lens.policy(after.policy))
            if after.calendar != before.calendar:
                yield Event(after.at, CALENDAR, lens.calendar(after.calendar))

    def priority_at(self, at: int) -> str:
        """The priority that held then."""
        held = self.priority
        for since, priority in self.priorities:
            if since > at:
                break
            held = priority
        return held

    def in_force(self, at: int) -> InForce:
        """The versions that held then."""
        held = self.terms[0]
        for term in self.terms:
            if term.at > at:
                break
            held = term
        return held


def story_of(sheet: Sheet, packed: str | None, offers: Callable[[], list[Offer]]) -> Story:
    """Read the packed rows; `offers` is asked only when a policy has to be chosen."""
    rows = packed.split("\x1e") if packed else ()
    return story_from(sheet, (row.split("\x1f") for row in rows), offers)


def story_from(sheet: Sheet, tokens: Iterable[Token], offers: Callable[[], list[Offer]]) -> Story:
    """Read what happened, in the order it did."""
    story = Story(sheet, sheet.origin, sheet.priority, False, True, sheet.reported_at)
    events, event, speaking = story.events, _event, SPEAKING
    changes: list[Change] = []
    changed: list[tuple[int, dict[str, Any]]] = []
    said: dict[str, range] = {}  # by the number of a message, what it did
    moves: dict[str, dict[str, range]] = {}  # by the number of an Activity, field → what it did
    taken_back: set[int] = set()  # the Activities whose conditions are as if never changed
    joins: dict[int, range] = {}  # by the number of a ticket that was merged into this one
    merged, put_back = range(0), False
    gone: set[int] = set()
    first_priority = True
    at = story.last_at
    for second, number, verb, status, priority, rest, file in tokens:
        at = int(second)
        if file:
            story.told_until = at
        told: dict[str, Any] | None = None
        if rest:
            told = rest if isinstance(rest, dict) else json.loads(rest) if rest[0] == "{" else None
        if verb == "reported":
            assert told is not None
            story.origin = told.get("origin", story.origin)
            story.answered = bool(told.get("answered_in_contact"))
            if priority:
                story.priority, first_priority = priority, False
            continue
        place = len(events)
        kind = speaking.get(verb)
        if kind == AGENT_MESSAGE and rest and told is None and ":" in rest:
            kind = INCIDENT_UPDATE
            rest, incident, update = rest.split(":")
            story.updates[at] = (int(incident), int(update))
        if status:
            moving = verb not in _ENDS_BY_ITSELF and (verb != "heard" or status != "open")
            if moving and status in WAITING:  # in the order they take effect
                events.append(event((at, STATUS, status, None, number)))
            if kind:
                events.append(event((at, kind, None, None, number)))
            if moving and status not in WAITING:
                events.append(event((at, STATUS, status, None, number)))
            moves[number] = {"status": range(place, len(events))}
            if verb == "merged":
                merged = range(place, len(events))
        elif kind:
            events.append(event((at, kind, None, None, number)))
            if kind == NO_REPLY_NEEDED:
                moves[number] = {kind: range(place, place + 1)}
        if told is None:
            if rest:
                began = said[rest].start if rest in said else place  # a call, and what answered it
                said[rest] = range(began, len(events))
            continue
        if priority:
            if first_priority:
                story.priority, first_priority = told["priority"][0] or priority, False
            story.priorities.append((at, priority))
            moves.setdefault(number, {})["priority"] = range(len(events), len(events) + 1)
            events.append(Event(at, PRIORITY, priority))
        if not _MATCHED.isdisjoint(told):
            if verb == "restored" and changes and _takes_back(told, changes[-1]):
                taken_back.add(changes.pop().activity)
            else:
                changes.append(Change(int(number), at, told))
        if verb in ("policy_changed", "calendar_changed"):
            changed.append((at, told))
        elif verb in ("undone", "bounced"):
            if did := said.get(str(told.get("message"))):
                gone.update(
                    did if verb == "undone" else (one for one in did if events[one].type in ANSWERS)
                )
                if "logged" in told and status:  # a call: the status was never another
                    gone.update(moves[number]["status"])
            else:  # an import names an instant only
                kind = UNDO if verb == "undone" else BOUNCE
                events.append(Event(at, kind, None, _epoch(told["of"])))
        elif verb == "due_set":
            due = told["due"][1]
            events.append(Event(at, DUE, (told["kind"], _epoch(due) if due else None)))
        elif verb == "joined":
            events.append(Event(at, JOINED, None, _epoch(told["of"]) if told["of"] else None))
            joins[told["ticket"]] = range(place, len(events))
        elif verb == "parted":
            gone.update(joins.pop(told["ticket"], ()), *_of(said, told["messages"]))
        elif verb == "unmerged":
            gone.update(merged)
        elif "put_back" in told:
            put_back = True
        elif verb == "split":
            gone.update(*_of(said, told["messages"]))
        elif verb == "unsplit":
            gone.difference_update(*_of(said, told["messages"]))
        elif verb == "restored":
            for name, did in moves.get(str(told["activity"]), {}).items():
                if name == NO_REPLY_NEEDED:
                    gone.update(did)
                elif name in told:
                    gone.update(did, moves[number][name])
        elif "without_history" in told:
            story.known = False
    story.last_at = at
    if gone:
        story.events = [event for place, event in enumerate(events) if place not in gone]
        story.priorities = [(one.at, one.to) for one in story.events if one.type == PRIORITY]
    if put_back:  # what it was split off for counts where it stands again
        story.events = [Event(sheet.reported_at, MERGE)]
    if taken_back:
        changed = [(at, told) for at, told in changed if told.get("because") not in taken_back]
    _agree(story, changes, changed, offers)
    return story


def _takes_back(told: dict[str, Any], change: Change) -> bool:
    """Whether this undoes all of a change of conditions that no other has followed."""
    return told["activity"] == change.activity and all(
        told.get(name) == change.data[name][::-1] for name in _MATCHED & change.data.keys()
    )


def _agree(
    story: Story,
    changes: list[Change],
    changed: list[tuple[int, dict[str, Any]]],
    offers: Callable[[], list[Offer]],
) -> None:
    """Which policy held when; asks for another one wherever a condition changed unseen."""
    sheet = story.sheet
    terms = [InForce(sheet.reported_at, sheet.policy or 0, sheet.calendar)]
    if sheet.policy is None:
        chosen = fitting(offers(), _facts_at_first(story, changes))
        terms[0] = InForce(sheet.reported_at, chosen.version, chosen.calendar_version)
    for at, told in changed:
        held = terms[-1]
        policy = told.get("policy_version", (0, held.policy))[1]
        calendar = told.get("calendar_version", (0, held.calendar))[1]
        terms.append(InForce(at, policy, calendar))
    story.terms = terms
    story.seen = sheet.seen
    unseen = [change for change in changes if change.activity > sheet.seen]
    if not unseen:
        return
    story.seen = unseen[-1].activity
    offered = offers()
    facts = _facts_before(story, changes, unseen[0])
    for change in unseen:
        facts = _after(facts, change.data)
        held = story.in_force(change.at)
        chosen = fitting(offered, facts)
        if chosen.policy == promise_of(held.policy).policy:
            continue
        fresh = InForce(change.at, chosen.version, chosen.calendar_version)
        run = change.data.get("run")
        story.moved.append(Moved(change.at, held, fresh, change.activity, run))
        terms.append(fresh)
        terms.sort(key=lambda term: term.at)


def _facts_at_first(story: Story, changes: list[Change]) -> Facts:
    sheet = story.sheet
    tags, queue = frozenset(sheet.tags or ()), sheet.queue
    for change in reversed(changes):
        if "tags" in change.data:
            tags = frozenset(change.data["tags"][0] or ())
        if "queue" in change.data:
            queue = change.data["queue"][0]
    return Facts(story.priority, sheet.tier, queue, tags)


def _facts_before(story: Story, changes: list[Change], until: Change) -> Facts:
    facts = _facts_at_first(story, changes)
    for change in changes:
        if change is until:
            break
        facts = _after(facts, change.data)
    return facts


def _after(facts: Facts, data: dict[str, Any]) -> Facts:
    if "priority" in data:
        facts = facts._replace(priority=data["priority"][1])
    if "tags" in data:
        facts = facts._replace(tags=frozenset(data["tags"][1] or ()))
    if "queue" in data:
        facts = facts._replace(queue=data["queue"][1])
    return facts


def _of(said: dict[str, range], messages: Iterable[int]) -> Iterator[range]:
    """What these messages did."""
    return (said.get(str(message), range(0)) for message in messages)


def _epoch(instant: str) -> int:
    return int(datetime.fromisoformat(instant).timestamp() // 1)
