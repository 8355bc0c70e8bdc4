"""A ticket's thread: messages in order, with what happened between them folded."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.accounts.models import User
from apps.tickets.choices import Status
from apps.tickets.models import Message, Queue, Ticket
from apps.timeline.models import Activity

SAID = {"reported", "replied", "heard", "heard_from_program", "noted", "auto_replied"}
QUIET = {"waiting_since", "first_replied_at", "resolved_at", "closed_at", "snippet", "message"}
VERBS = {
    "moved": "moved it",
    "marked_spam": "marked it as spam",
    "marked_duplicate": "marked it as a duplicate",
    "handed_over": "handed it over",
    "needed_no_reply": "said no reply is needed",
    "undone": "took a reply back",
    "bounced": "got a reply back undelivered",
    "prioritised": "changed the priority",
    "filed": "moved it to another queue",
    "filled": "filled in fields",
    "belonged_to": "changed the contact",
    "concerned": "said what it is about",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One field before and after, in words."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened beside the talk."""

    activity: Activity
    verb: str
    changes: tuple[Change, ...]


@dataclass(slots=True)
class Entry:
    """One message, or the events between two messages."""

    message: Any = None
    became: tuple[Change, ...] = ()
    events: list[Event] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Names:
    """Who and what the numbers in an Activity stand for."""

    people: Mapping[int, str]
    queues: Mapping[int, str]

    @classmethod
    def of(cls, people: Iterable[User], queues: Iterable[Queue]) -> "Names":
        return cls(
            {person.pk: str(person) for person in people},
            {queue.pk: str(queue) for queue in queues},
        )

    def say(self, name: str, value: Any) -> str:
        """A stored value as a person reads it."""
        if value in (None, "", [], {}):
            return "nobody" if name == "assignee" else "none"
        if name == "assignee":
            return self.people.get(value, "somebody who has left")
        if name == "queue":
            return self.queues.get(value, f"queue {value}")
        if name == "status":
            return Status(value).label.lower()
        if isinstance(value, list):
            return ", ".join(map(str, value))
        return str(value).replace("_", " ")


def messages_of(ticket: Ticket) -> list[Message]:
    """Everything said, oldest first, with its people; the files only where there are any."""
    said = ticket.messages.select_related("author", "contact").order_by("at", "id")
    return list(said.prefetch_related("attachments") if ticket.has_attachment else said)


def last_message(ticket: Ticket) -> Message | None:
    """The newest that was not taken back."""
    said = ticket.messages.filter(undone_at=None).select_related("author", "contact")
    return said.order_by("-at", "-id").first()


def weave(messages: Iterable[Any], activities: Iterable[Activity], names: Names) -> list[Entry]:
    """Messages and events as one list, oldest first; neighbouring events share an entry."""
    told = {
        activity.data["message"]: activity
        for activity in activities
        if activity.verb in SAID and "message" in activity.data
    }
    moments: list[tuple[Any, int, Any]] = [(m.at, 0, m) for m in messages]
    moments += [(a.at, 1, a) for a in activities if a.verb not in SAID]
    entries: list[Entry] = []
    for _, kind, record in sorted(moments, key=lambda moment: (moment[0], moment[1])):
        if kind == 0:
            activity = told.get(record.pk)
            entries.append(Entry(record, _changes(activity, names) if activity else ()))
            continue
        event = Event(
            record,
            VERBS.get(record.verb, record.verb.replace("_", " ") + " it"),
            _changes(record, names),
        )
        if entries and entries[-1].message is None:
            entries[-1].events.append(event)
        else:
            entries.append(Entry(events=[event]))
    return entries


def _changes(activity: Activity, names: Names) -> tuple[Change, ...]:
    if activity.verb == "reported":
        return ()
    return tuple(
        Change(name.replace("_", " "), names.say(name, pair[0]), names.say(name, pair[1]))
        for name, pair in activity.data.items()
        if name not in QUIET and isinstance(pair, list) and len(pair) == 2
    )
