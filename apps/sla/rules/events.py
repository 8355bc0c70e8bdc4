"""What happened to a ticket, and the order in which it takes effect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from apps.calendars.rules import ALWAYS, Calendar
from apps.sla.rules.policy import Policy
from apps.sla.rules.words import BY_CUSTOMER, DISCARDED, NEW, OVER, WAITING

AGENT_MESSAGE, CUSTOMER_MESSAGE = "agent_message", "customer_message"
NOTE, AUTOMATIC_MESSAGE = "note", "automatic_message"
STATUS, PRIORITY, POLICY, CALENDAR = "status", "priority", "policy", "calendar"
NO_REPLY_NEEDED, BOUNCE, UNDO, MERGE, SPAMMED = (
    "no_reply_needed",
    "bounce",
    "undo",
    "merge",
    "spam",
)
DUE, JOINED, INCIDENT_UPDATE = "due", "joined", "incident_update"
"""`due`: a due instant set by hand, `to` = (kind, instant or None to lift it). `joined`: another
ticket was merged into this one, `of` = its earliest unanswered customer message or None.
`incident_update`: what an incident's customers were told; an answer where the policy in force then
says so."""

TYPES = (
    AGENT_MESSAGE,
    CUSTOMER_MESSAGE,
    NOTE,
    AUTOMATIC_MESSAGE,
    STATUS,
    PRIORITY,
    POLICY,
    CALENDAR,
    NO_REPLY_NEEDED,
    BOUNCE,
    UNDO,
    MERGE,
    SPAMMED,
)
"""The types a scenario or an import may name."""

MESSAGES = frozenset({AGENT_MESSAGE, CUSTOMER_MESSAGE, AUTOMATIC_MESSAGE})
ANSWERS = frozenset({AGENT_MESSAGE, INCIDENT_UPDATE})

FOR_EVER = 1 << 62

_TAKING_BACK = frozenset({UNDO, BOUNCE})
_TERMS_CHANGE, _RESUME, _PAUSE, _ANSWER, _END, _DISCARD = range(6)
_RANKS = {
    PRIORITY: _TERMS_CHANGE,
    POLICY: _TERMS_CHANGE,
    CALENDAR: _TERMS_CHANGE,
    DUE: _TERMS_CHANGE,
    CUSTOMER_MESSAGE: _RESUME,
    JOINED: _RESUME,
    MERGE: _DISCARD,
    SPAMMED: _DISCARD,
}
_STATUS_RANKS = {
    **dict.fromkeys(OVER, _END),
    **dict.fromkeys(DISCARDED, _DISCARD),
    **dict.fromkeys(WAITING, _PAUSE),
}


class Event(NamedTuple):
    """One thing that happened: `at` in epoch seconds, `to` what its type calls for.

    `to` is a status, a priority, a `Policy` or a `Calendar`; `of` the instant a bounce or an undo
    speaks of; `by` whoever explains should name, and nothing else.
    """

    at: int
    type: str
    to: Any = None
    of: int | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """What is known of a ticket as it comes in."""

    reported_at: int
    policy: Policy
    calendar: Calendar = ALWAYS
    priority: str = "normal"
    origin: str = BY_CUSTOMER
    status: str = NEW
    answered_in_contact: bool = False


def standing(events: Sequence[Event], now: int, told_until: int = FOR_EVER) -> Sequence[Event]:
    """The events up to `now` that were not taken back, in the order they take effect.

    Who only tells seconds does not tell which of two things of one second came first: up to
    `told_until` their ranks decide. After it events stand in the order they happened, and so they
    stay, behind what changes the terms: resolved and reopened in one second, a ticket is open.
    Costs one pass where they stand in that order and nothing is taken back.
    """
    before, last = None, -1
    for event in events:
        at = event[0]
        if at <= last and (at < last or not _follows(before, event, told_until)):
            return _settled(events, now, told_until)
        if at > now or event[1] in _TAKING_BACK:
            return _settled(events, now, told_until)
        before, last = event, at
    return events


def _follows(before: Event | None, event: Event, told_until: int) -> bool:
    """Whether two events of one second stand as they take effect, and neither undoes the other."""
    assert before is not None
    earlier, later = _rank(before), _rank(event)
    if event[0] > told_until:
        return later != _TERMS_CHANGE or earlier == _TERMS_CHANGE
    return earlier <= later and (later != _PAUSE or earlier == _PAUSE)


def _settled(events: Sequence[Event], now: int, told_until: int) -> list[Event]:
    known = [event for event in events if event.at <= now]
    undone = {event.of for event in known if event.type == UNDO}
    known = [event for event in known if event.at not in undone and event.type != UNDO]
    bounced = {event.of for event in known if event.type == BOUNCE}
    written = {
        event.at for event in known if event.type == CUSTOMER_MESSAGE and event.at <= told_until
    }
    settled = []
    for event in known:
        if event.type in ANSWERS and event.at in bounced:
            event = event._replace(type=NOTE)
        elif event.type == STATUS and event.at in written and event.to in WAITING:
            continue  # a customer who writes in the second of a pause is not waited for
        settled.append(event)
    settled.sort(key=partial(_place, told_until))
    return settled


def _place(told_until: int, event: Event) -> tuple[int, int]:
    rank = _rank(event)
    return event[0], rank if event[0] <= told_until else min(rank, _RESUME)


def _rank(event: Event) -> int:
    """Same second: terms change → resume → pause → answer → end → discard."""
    if event[1] == STATUS:
        return _STATUS_RANKS.get(event[2], _RESUME)
    return _RANKS.get(event[1], _ANSWER)
