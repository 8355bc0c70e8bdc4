"""From events as a file tells them to the story of a ticket: what happened, and where it stands."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.customers.importers.reading import Malformed

from ..rules import moves
from .rows import MESSAGES, Event, Told

_VERBS = {
    "agent_message": "replied",
    "customer_message": "heard",
    "note": "noted",
    "automatic_message": "auto_replied",
    "priority": "prioritised",
    "no_reply_needed": "needed_no_reply",
    "bounce": "bounced",
    "undo": "undone",
    "merge": "merged",
    "spam": "marked_spam",
    "assign": "assigned",
    "tag": "tagged",
}
ELSEWHERE = {"incident": 0, "update": 0}  # of an incident that is not kept here
_STATUS_VERBS = {
    "resolved": "resolved",
    "closed": "closed",
    "spam": "marked_spam",
    "merged": "merged",
    "duplicate": "marked_duplicate",
}


@dataclass(slots=True)
class Happened:
    """One change to tell in the timeline, with the message it brought."""

    at: datetime
    verb: str
    event: Event | None
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Story:
    """Everything that happened, and the ticket after it; people are still e-mail addresses."""

    happened: list[Happened]
    status: str = "new"
    priority: str = "normal"
    assignee: str = ""
    assigned: bool = False  # at any time, to anybody
    tags: list[str] = field(default_factory=list)
    updated_at: datetime | None = None
    waiting_since: datetime | None = None
    first_replied_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    last_words: str = ""


def story_of(told: Told) -> Story:
    """Live a ticket through its events. Raises `Malformed` where they contradict the row."""
    back = [event for event in told.events if event.of]
    taken_back = {event.of for event in back if event.type == "undo"}
    bounced = {event.of for event in back if event.type == "bounce"}
    story = _beginning(told)
    for event in told.events:
        gone = event.type != "undo" and event.at in taken_back
        _live(story, event, gone=gone, unheard=event.at in bounced)
    _end(story, told)
    return story


def _beginning(told: Told) -> Story:
    kinds = {event.type for event in told.events}
    priority = "normal" if "priority" in kinds else told.priority or "normal"
    assignee = "" if "assign" in kinds else told.assignee
    tags = [] if "tag" in kinds or told.tags is None else list(told.tags)
    data: dict[str, Any] = {
        "origin": told.origin,
        "status": [None, "new"],
        "priority": [None, priority],
    }
    if told.answered_in_contact:
        data["answered_in_contact"] = True
    if assignee:
        data["assignee"] = [None, assignee]
    from_them = told.origin != "agent"
    return Story(
        [Happened(told.reported_at, "reported", None, data)],
        priority=priority,
        assignee=assignee,
        assigned=bool(assignee),
        tags=tags,
        updated_at=told.reported_at,
        waiting_since=told.reported_at if from_them and not told.answered_in_contact else None,
        first_replied_at=told.reported_at if told.answered_in_contact else None,
        last_words=told.body,
    )


def _live(story: Story, event: Event, *, gone: bool, unheard: bool) -> None:
    """One event; one that is taken back later is told, but changes nothing that lasts."""
    story.updated_at = max(story.updated_at, event.at)
    data = _change(story, event, gone=gone)
    if data is None:
        return
    verb = _VERBS.get(event.type) or _STATUS_VERBS.get(event.to, "moved")
    if event.type == "status" and data["status"][0] in moves.DONE and event.to == "open":
        verb = "reopened"
    story.happened.append(Happened(event.at, verb, event, data))
    if gone:
        return
    if event.type in MESSAGES:
        story.last_words = event.body or story.last_words
    if event.type == "agent_message" and not unheard:
        story.waiting_since = None
        story.first_replied_at = story.first_replied_at or event.at
    elif event.type == "customer_message":
        story.waiting_since = story.waiting_since or event.at
    elif event.type == "no_reply_needed":
        story.waiting_since = None


def _change(story: Story, event: Event, *, gone: bool) -> dict[str, Any] | None:
    """What the event changes, as the timeline tells it; `None` when it changes nothing."""
    match event.type:
        case "status":
            return _status(story, event.to, event.at, gone)
        case "spam":
            return _status(story, "spam", event.at, gone) or {}
        case "merge":
            return _status(story, "merged", event.at, gone) or {}
        case "customer_message":
            return _status(story, moves.after_customer_wrote(story.status), event.at, gone) or {}
        case "priority":
            return _field(story, "priority", event.to, gone)
        case "assign":
            return _field(story, "assignee", event.to or "", gone)
        case "tag":
            tags = [tag for tag in story.tags if tag not in (event.remove, event.to)]
            return _field(story, "tags", tags + ([event.to] if event.to else []), gone)
        case "bounce" | "undo":
            return {"of": event.of.isoformat()}
        case "agent_message" if event.incident_update:
            return dict(ELSEWHERE)
    return {}


def _status(story: Story, to: str, at: datetime, gone: bool) -> dict[str, Any] | None:
    before = story.status
    if to == before:
        return None
    if not gone:
        story.status = to
        if to == "resolved":
            story.resolved_at, story.waiting_since = at, None
        elif to in moves.UNRESOLVED:
            story.resolved_at = None
        if to == "closed":
            story.closed_at = at
            story.resolved_at = story.resolved_at or at
    return {"status": [before, to]}


def _field(story: Story, name: str, to: Any, gone: bool) -> dict[str, Any] | None:
    before = getattr(story, name)
    if before == to:
        return None
    if name == "assignee":
        story.assigned = True
    if not gone:
        setattr(story, name, to)
    return {name: [before or None, to or None] if name == "assignee" else [before, to]}


def _end(story: Story, told: Told) -> None:
    """The row's own word about status and priority holds after the last event."""
    kinds = {event.type for event in told.events}
    if told.status and told.status != story.status:
        if kinds & {"status", "merge", "spam"}:
            raise Malformed(
                "status", f"It says {told.status}, but after the last event it is {story.status}."
            )
        at = told.events[-1].at if told.events else told.reported_at
        event = Event(at, "status", to=told.status)
        _live(story, event, gone=False, unheard=False)
        if not told.events and told.status in moves.DONE:
            story.happened[-1].data["without_history"] = True
    if told.priority and told.priority != story.priority:
        raise Malformed(
            "priority", f"It says {told.priority}, but after the last event it is {story.priority}."
        )
    if told.assignee and told.assignee != story.assignee:
        raise Malformed(
            "assignee", f"It says {told.assignee}, but after the last event another has it."
        )
    if told.tags is not None and sorted(told.tags) != sorted(story.tags):
        story.tags = list(told.tags)
