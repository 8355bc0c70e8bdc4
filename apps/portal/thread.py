"""A ticket's thread: messages in order, with what happened between them folded."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from apps.accounts.models import User
from apps.outbox.models import Delivery
from apps.statements.records import Records
from apps.statements.statement import Given
from apps.tickets.choices import Status
from apps.tickets.letters import UNDO
from apps.tickets.models import Message, Queue, Ticket
from apps.timeline.models import Activity

from .history import Change, changed, said

SAID = {"reported", "replied", "heard", "heard_from_program", "noted", "auto_replied"} | {
    "wrote_aside",
    "heard_aside",
}
PAGE = 50  # messages on a page; the ones before are a press away
FEW = 20  # replies whose deliveries are all that were made for their ticket
BEFORE = 10  # messages shown above one that was linked to
QUIET = frozenset(
    ("waiting_since", "first_replied_at", "resolved_at", "closed_at", "snippet", "message")
) | {"mentioned", "side", "passed", "rules"}
VERBS = {
    "moved": "moved it",
    "import_undone": "was put back as before an import",
    "marked_spam": "marked it as spam",
    "marked_duplicate": "marked it as a duplicate",
    "handed_over": "handed it over",
    "needed_no_reply": "said no reply is needed",
    "undone": "took a reply back",
    "expected_answer": "said by when somebody else is expected to answer",
    "expected_as_before": "took back by when somebody else is expected to answer",
    "missed_answer": "has not answered in time",
    "undone_aside": "took a mail to somebody else back",
    "renewed_link": "made a new link for the customer",
    "merged": "merged it into another ticket",
    "unmerged": "took the merge back",
    "joined": "merged another ticket into it",
    "parted": "took a merge back",
    "split": "split a ticket off",
    "unsplit": "put a ticket back that was split off",
    "linked": "linked it",
    "unlinked": "took a link away",
    "incident_linked": "linked it to an incident",
    "incident_moved": "moved it with its incident, which was merged",
    "incident_unlinked": "took its link to an incident away",
    "restored": "took the last move back",
    "shared_out": "gave it",
    "sent_again": "sent it again",
    "bounced": "got a reply back undelivered",
    "prioritised": "changed the priority",
    "filed": "moved it to another queue",
    "filled": "filled in fields",
    "belonged_to": "changed the contact",
    "concerned": "said what it is about",
    "followed": "follows it",
    "unfollowed": "follows it no more",
    "macro_applied": "used a macro",
    "macro_undone": "took a macro back",
    "owed_answer": "wants the customer told",
    "withdrew_answer": "wants the customer told no more",
    "waived_answer": "said that no word is needed",
    "owed_anew": "wants the customer told after all",
    "asked_for": "linked it to a feature request",
    "asked_no_more": "took the link to a feature request away",
    "followed_up": "went on in a new ticket",
    "woken": "woke it",
    "came_back": "got a message back undelivered",
}
LISTED = {  # verbs of the checklist, each about something by name
    "checklist_used": "put “{}” on it",
    "item_added": "added “{}” to the checklist",
    "ticked": "ticked “{}”",
    "unticked": "took the tick off “{}”",
    "item_removed": "took “{}” off the checklist",
    "item_restored": "put “{}” back on the checklist",
}


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
    is_new: bool = False
    first_new: bool = False
    begins: bool = False  # the ticket: there is nothing to split off
    events: list[Event] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Names:
    """Who and what the numbers in an Activity stand for."""

    people: Mapping[int, str]
    queues: Mapping[int, str]
    teams: Mapping[int, str] = field(default_factory=dict)

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
        if name == "team":
            return self.teams.get(value, "a team")
        if name == "status":
            return Status(value).label.lower()
        if isinstance(value, list):
            return ", ".join(map(str, value))
        return said(value)


@dataclass(slots=True)
class Part:
    """Some of a thread: at most a page of messages and what happened between them."""

    messages: list[Message]
    entries: list[Entry]
    earlier: str = ""  # the place before which more was said
    later: bool = False  # whether more was said after it
    told: Sequence[Activity] = ()

    @property
    def newest(self) -> int:
        """The newest message on the page; numbers are given out in the order of arrival."""
        return max((message.pk for message in self.messages), default=0)

    def mark_new(self, beyond: int | None, person: User) -> None:
        """What came after that message and is not one's own; a divider stands above the first.

        Also a call that one has written down oneself is one's own.
        """
        if beyond is None:
            return
        own = {one.data.get("message") for one in self.told if one.actor_id == person.pk}
        first = True
        for entry in self.entries:
            said = entry.message
            if not said or said.pk <= beyond or said.pk in own:
                continue
            if said.author_id != person.pk:
                entry.is_new, entry.first_new, first = True, first, False


def part_of(ticket: Ticket, names: Names, *, before: str = "", around: int | None = None) -> Part:
    """The last page of a thread, the page before a place, or the one around a message."""
    linked = ticket.talk().filter(pk=around).first() if around else None
    place = _read_place(before)
    if not (linked or place or ticket.absorbed or ticket.has_attachment):
        found = _LAST_SAID.all(ticket=ticket.pk)[::-1]
        if len(found) <= PAGE:
            told = _STORY.all(ticket=ticket.pk)
            return Part(found, _from_the_first(ticket, weave(found, told, names)), told=told)
    said = ticket.talk().select_related("author", "contact", "side")
    if ticket.has_attachment:
        said = said.prefetch_related("attachments")
    later = False
    if linked:
        above = list(_until(said, (linked.at, linked.pk))[: BEFORE + 1])
        below = list(_from(said, (linked.at, linked.pk))[: PAGE - BEFORE + 1])
        later = len(below) > PAGE - BEFORE
        below = below[: PAGE - BEFORE]
        found, more = above[:BEFORE][::-1] + below, len(above) > BEFORE
    else:
        newest = list((_until(said, place) if place else said.order_by("-at", "-id"))[: PAGE + 1])
        found, more = newest[:PAGE][::-1], len(newest) > PAGE
    told = ticket.timeline()
    if more and found:
        told = told.filter(at__gte=found[0].at)
    if place:
        told = told.filter(at__lt=place[0])
    elif later:
        told = told.filter(at__lte=found[-1].at)
    earlier = f"{found[0].at.isoformat()}.{found[0].pk}" if more else ""
    entries = weave(found, list(told), names)
    return Part(found, entries if more else _from_the_first(ticket, entries), earlier, later)


def _from_the_first(ticket: Ticket, entries: list[Entry]) -> list[Entry]:
    """A talk from its beginning: the first of the ticket's own words is where it began."""
    own = (one for one in entries if one.message and one.message.ticket_id == ticket.pk)
    if first := next((one for one in own if one.message.side_id is None), None):
        first.begins = True
    return entries


_LAST_SAID = Records(
    lambda: (
        Message.objects.filter(ticket=Given("ticket"))
        .select_related("author", "contact", "side")
        .order_by("-at", "-id")[: PAGE + 1]
    )
)
_STORY = Records(lambda: Ticket(pk=Given("ticket")).timeline())


def _until(said: QuerySet[Message], place: tuple[datetime, int]) -> QuerySet[Message]:
    """Before a place, the nearest first."""
    at, pk = place
    return said.filter(Q(at__lt=at) | Q(at=at, pk__lt=pk), at__lte=at).order_by("-at", "-id")


def _from(said: QuerySet[Message], place: tuple[datetime, int]) -> QuerySet[Message]:
    """From a place on."""
    at, pk = place
    return said.filter(Q(at__gt=at) | Q(at=at, pk__gte=pk), at__gte=at).order_by("at", "id")


def _read_place(typed: str) -> tuple[datetime, int] | None:
    """A place as an address carries it; nothing where it is unreadable."""
    instant, _, number = typed.rpartition(".")
    try:
        at, pk = datetime.fromisoformat(instant), int(number)
    except ValueError:
        return None
    return (at, pk) if at.tzinfo and 0 < pk < 2**63 else None


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of the mail of a message, and until when it can be taken back."""

    delivery: Delivery
    until: datetime | None


def deliveries_of(messages: Iterable[Message], at: datetime) -> dict[int, Sent]:
    """Of each message that was sent, in one query."""
    causes = {message.cause: message for message in messages if message.left}
    tickets = {message.ticket_id for message in causes.values()}
    if len(tickets) == 1 and len(causes) < FEW:
        found = _SENT.all(ticket=tickets.pop())
    else:
        found = Delivery.objects.filter(cause__in=causes).defer("payload") if causes else ()
    sent = {}
    for delivery in found:
        message = causes.get(delivery.cause)
        if message is None:
            continue  # a word to one of us about the ticket
        until = message.at + UNDO
        if message.pk in sent and delivery.state not in ("dead", "held"):
            continue  # of several copies the one in trouble is told of
        sent[message.pk] = Sent(delivery, until if at < until and message.author_id else None)
    return sent


_SENT = Records(
    lambda: Delivery.objects.filter(
        subject_kind=Ticket.kind, subject_id=Given("ticket"), channel="mail"
    ).defer("payload")
)


def last_message(ticket: Ticket) -> Message | None:
    """The newest that was not taken back."""
    said = ticket.talk().filter(undone_at=None).select_related("author", "contact")
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
        event = Event(record, _verb(record), _changes(record, names))
        if entries and entries[-1].message is None:
            entries[-1].events.append(event)
        else:
            entries.append(Entry(events=[event]))
    return entries


def _verb(activity: Activity) -> str:
    """What was done, and to what of the checklist; why, where rules found nobody."""
    if activity.verb == "undone" and "logged" in activity.data:
        return "took back what was written down"
    if said := LISTED.get(activity.verb):
        return said.format(activity.data.get("item") or activity.data.get("checklist"))
    if activity.verb == "shared_out" and "assignee" not in activity.data:
        why = activity.data.get("why")
        return f"found nobody for it: {why}" if why else "sorted it"
    return VERBS.get(activity.verb, activity.verb.replace("_", " ") + " it")


def _changes(activity: Activity, names: Names) -> tuple[Change, ...]:
    if activity.verb == "reported":
        return ()
    return tuple(
        Change(name.replace("_", " "), names.say(name, pair[0]), names.say(name, pair[1]))
        for name, pair in changed(activity)
        if name not in QUIET
    )
