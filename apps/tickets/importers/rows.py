"""One row of a file as a ticket and its events, or why it is none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any

from apps.customers.importers import checking
from apps.customers.importers.reading import Malformed

from ..rules import moves
from ..rules import tags as tag_rules

STATUSES = frozenset(moves.MOVES)
PRIORITIES = frozenset({"urgent", "high", "normal", "low"})
CHANNELS = frozenset({"mail", "web", "phone", "chat", "api", "import"})
ORIGINS = frozenset({"customer", "agent", "logged"})

MESSAGES = frozenset({"agent_message", "customer_message", "note", "automatic_message"})
_BACK = frozenset({"bounce", "undo"})  # point back at an instant by `of`
_TO = {"status": STATUSES, "priority": PRIORITIES}
EVENTS = MESSAGES | _BACK | {"status", "priority", "no_reply_needed", "merge", "spam"}
EVENTS |= {"assign", "tag"}
_NOT_HERE = frozenset({"policy", "calendar"})

NAMES = frozenset(
    {"external_id", "subject", "body", "reported_at", "priority", "status", "channel", "contact"}
    | {"customer", "assignee", "tags", "fields", "events", "queue", "origin"}
    | {"answered_in_contact"}
)
REQUIRED = ("external_id", "subject", "reported_at")
SUBJECT = 998
BODY = 1_000_000
MOST_EVENTS = 10_000
_EVENT_NAMES = frozenset({"at", "type", "to", "of", "remove", "author", "body", "incident_update"})


@dataclass(slots=True)
class Event:
    """Something that happened to a ticket, as the file tells it."""

    at: datetime
    type: str
    to: Any = None
    of: datetime | None = None
    remove: str = ""
    author: str = ""
    body: str = ""
    place: int = 0
    incident_update: bool = False  # a reply that was said on every ticket of an incident


@dataclass(slots=True)
class Told:
    """A ticket as the file tells it; what the file does not say is `None` or empty."""

    line: int
    external_id: str
    subject: str
    body: str
    reported_at: datetime
    priority: str
    status: str
    channel: str
    origin: str
    answered_in_contact: bool
    contact_email: str
    contact_name: str
    customer_id: str
    customer_name: str
    assignee: str
    queue: str
    tags: list[str] | None
    fields: dict[str, Any]
    events: list[Event] = field(default_factory=list)


def read(line: int, values: Mapping[str, Any], *, now: datetime) -> Told:
    """A row as a ticket. Raises `Malformed`, naming the column."""
    checking.only(values, NAMES)
    contact = checking.mapping(values.get("contact"), "contact")
    checking.only(contact, frozenset({"email", "name"}), "contact")
    customer = checking.mapping(values.get("customer"), "customer")
    checking.only(customer, frozenset({"external_id", "name"}), "customer")
    reported_at = checking.instant(values.get("reported_at"), "reported_at")
    if reported_at > now:
        raise Malformed("reported_at", "It is later than now.")
    origin = checking.one_of(values.get("origin"), "origin", ORIGINS, "customer")
    answered = values.get("answered_in_contact") or False
    if not isinstance(answered, bool):
        raise Malformed("answered_in_contact", "true or false is wanted here.")
    if answered and origin != "logged":
        raise Malformed("answered_in_contact", "Only a logged contact is answered in it.")
    return Told(
        line=line,
        external_id=checking.line(values.get("external_id"), "external_id", required=True),
        subject=_subject(values.get("subject")),
        body=checking.text(values.get("body"), "body", limit=BODY),
        reported_at=reported_at,
        priority=checking.one_of(values.get("priority"), "priority", PRIORITIES),
        status=checking.one_of(values.get("status"), "status", STATUSES),
        channel=checking.one_of(values.get("channel"), "channel", CHANNELS, "import"),
        origin=origin,
        answered_in_contact=answered,
        contact_email=checking.email(contact.get("email"), "contact.email"),
        contact_name=checking.line(contact.get("name"), "contact.name"),
        customer_id=checking.line(customer.get("external_id"), "customer.external_id"),
        customer_name=checking.line(customer.get("name"), "customer.name"),
        assignee=checking.email(values.get("assignee"), "assignee"),
        queue=checking.line(values.get("queue"), "queue"),
        tags=_tags(values.get("tags"), "tags"),
        fields=_fields(values.get("fields")),
        events=_events(values.get("events"), reported_at, now),
    )


def _subject(value: Any) -> str:
    subject = checking.line(value, "subject", limit=SUBJECT)
    if not subject:
        raise Malformed("subject", "It is missing.")
    return subject


def _tags(value: Any, column: str) -> list[str] | None:
    if value is None:
        return None
    said = [
        checking.line(tag, f"{column}[{place}]")
        for place, tag in enumerate(checking.listing(value, column, most=tag_rules.MOST))
    ]
    tags = tag_rules.tidy(said)
    if refusal := tag_rules.refusal(tags):
        raise Malformed(column, refusal)
    return tags


def _fields(value: Any) -> dict[str, Any]:
    fields = checking.mapping(value, "fields")
    if len(fields) > 100:
        raise Malformed("fields", "100 fields fit here.")
    read: dict[str, Any] = {}
    for key, one in fields.items():
        column = f"fields.{key}"[:120]
        checking.line(key, column, limit=40, required=True)
        if isinstance(one, str):
            read[key] = checking.text(one, column, limit=2000)
        elif one is None or isinstance(one, bool | int | float):
            read[key] = one
        else:
            raise Malformed(column, "One value fits here, not several.")
    return {key: one for key, one in read.items() if one is not None}


def _events(value: Any, reported_at: datetime, now: datetime) -> list[Event]:
    said = checking.listing(value, "events", most=MOST_EVENTS)
    events: list[Event] = []
    for place, one in enumerate(said):
        try:
            events.append(_event(one, place, reported_at, now))
        except Malformed as fault:
            column = f"events[{place}].{fault.column}".rstrip(".")
            raise Malformed(column, fault.reason) from None
    events.sort(key=attrgetter("at"))  # those of one second stay as written
    if any(event.of for event in events):
        _point_back(events)
    return events


def _event(value: Any, place: int, reported_at: datetime, now: datetime) -> Event:
    if not isinstance(value, dict):
        raise Malformed("", "An object is wanted here.")
    kind = value.get("type")
    if not isinstance(kind, str) or kind not in EVENTS:
        raise Malformed("type", _unknown_type(kind))
    checking.only(value, _EVENT_NAMES)
    at = checking.instant(value.get("at"), "at")
    if at < reported_at:
        raise Malformed("at", "It is before reported_at.")
    if at > now:
        raise Malformed("at", "It is later than now.")
    event = Event(at, kind, None, None, "", "", "", place)
    if "author" in value:
        event.author = checking.line(value["author"], "author")
    if "body" in value:
        event.body = checking.text(value["body"], "body", limit=BODY)
    if "incident_update" in value:
        event.incident_update = _of_incident(value["incident_update"], kind)
    if kind in MESSAGES:
        return event
    if kind in _BACK:
        event.of = checking.instant(value.get("of"), "of")
    elif kind in _TO:
        event.to = checking.one_of(value.get("to"), "to", _TO[kind])
        if not event.to:
            raise Malformed("to", "It is missing.")
    elif kind == "assign":
        if "to" not in value:
            raise Malformed("to", "It is missing: an e-mail address or null.")
        event.to = checking.email(value["to"], "to") or None
    elif kind == "tag":
        _tag(event, value)
    return event


def _of_incident(value: Any, kind: str) -> bool:
    if not isinstance(value, bool):
        raise Malformed("incident_update", "true or false is wanted here.")
    if value and kind != "agent_message":
        raise Malformed("incident_update", "Only an agent_message is one.")
    return value


def _unknown_type(kind: Any) -> str:
    if kind is None:
        return "It is missing."
    if isinstance(kind, str) and kind in _NOT_HERE:
        return f"A {kind} is changed in the portal; a file of tickets cannot carry it."
    return f"“{str(kind)[:40]}” is not a type of event."


def _tag(event: Event, value: Mapping[str, Any]) -> None:
    """`to` names a tag that was put on, `remove` one that was taken off."""
    tags = [checking.line(value.get(name), name) for name in ("to", "remove")]
    added, removed = ("".join(tag_rules.tidy([tag])) for tag in tags)
    if bool(added) == bool(removed):
        raise Malformed("to", "A tag is either put on (to) or taken off (remove).")
    if refusal := tag_rules.refusal([added or removed]):
        raise Malformed("to" if added else "remove", refusal)
    event.to, event.remove = added or None, removed


def _point_back(events: list[Event]) -> None:
    """What a bounce or an undo points at must be there."""
    for event in events:
        if event.of is None:
            continue
        wanted = {"agent_message"} if event.type == "bounce" else EVENTS - {"undo"}
        if event.of > event.at or not any(
            other.at == event.of and other.type in wanted and other is not event for other in events
        ):
            what = "message of ours" if event.type == "bounce" else "event"
            raise Malformed(f"events[{event.place}].of", f"No {what} stands at this instant.")
