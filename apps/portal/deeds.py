"""What the palette does to tickets: verbs with what there is to choose, for one ticket or many.

A `Deed` that is entered in `DEEDS` is in the palette, and under its key in every list.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.text import Truncator

from apps.accounts.models import User
from apps.incidents.models import Incident
from apps.tickets import searching
from apps.tickets.choices import Direction, Priority, Status
from apps.tickets.models import Macro, Message, Queue, Ticket
from apps.tickets.rules.words import number_of
from apps.tickets.writing import snippet_of

from .snoozing import suggestions
from .words import exact

MOST = 200  # tickets one choice may be about


@dataclass(frozen=True, slots=True)
class Subject:
    """Who asks, when, and the tickets it is about."""

    user: User
    now: datetime  # in the person's zone
    numbers: tuple[int, ...]

    @property
    def one(self) -> int | None:
        return self.numbers[0] if len(self.numbers) == 1 else None


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose: a form that is sent with these values."""

    title: str
    url: str
    values: dict[str, Any] = field(default_factory=dict)
    icon: str = "next"
    aside: str = ""


Choices = Callable[[str, Subject], Iterable[Choice]]


@dataclass(frozen=True, slots=True)
class Deed:
    """A verb: the key it has in lists, who may do it, and what there is to choose."""

    name: str
    title: str
    asks: str
    permission: str
    choices: Choices
    key: str = ""
    icon: str = "next"


def verb(subject: Subject, name: str, **values: Any) -> tuple[str, dict[str, Any]]:
    """Where a verb is sent: the one ticket's own address, or the one for many."""
    if subject.one is not None:
        return reverse(f"portal:ticket-{name}", args=[subject.one]), values
    picked = {"pick": [str(number) for number in subject.numbers]}
    return reverse("portal:tickets-bulk"), values | picked


def assign(said: str, subject: Subject) -> Iterable[Choice]:
    """To whom: oneself and nobody first."""
    people = list(User.objects.holding("support", "support_lead", "administrator").by_name())
    people.sort(key=lambda person: person != subject.user)
    for person in people:
        title = f"{person} (you)" if person == subject.user else str(person)
        if matches(said, title):
            yield Choice(title, *verb(subject, "assign", assignee=person.pk), icon="reply")
    if matches(said, "nobody"):
        nobody = "" if subject.one is not None else "nobody"
        yield Choice("Nobody", *verb(subject, "assign", assignee=nobody), icon="cross")


def status(said: str, subject: Subject) -> Iterable[Choice]:
    """The statuses a person chooses."""
    for one in (
        Status.OPEN,
        Status.WAITING_CUSTOMER,
        Status.WAITING_THIRD_PARTY,
        Status.RESOLVED,
    ):
        if matches(said, one.label):
            yield Choice(str(one.label), *verb(subject, "move", status=one.value))


def priority(said: str, subject: Subject) -> Iterable[Choice]:
    for one in Priority:
        if matches(said, one.label):
            yield Choice(
                str(one.label), *verb(subject, "prioritise", priority=one.value), icon=one.value
            )


def queue(said: str, subject: Subject) -> Iterable[Choice]:
    """Where it is answered."""
    for one in Queue.objects.all():
        if matches(said, one.name):
            named = one.pk if subject.one is not None else one.slug
            yield Choice(one.name, *verb(subject, "file", queue=named))


def split(said: str, subject: Subject) -> Iterable[Choice]:
    """Which message of the customer's becomes a ticket of its own, the newest first."""
    heard = Message.objects.filter(ticket=subject.one, direction=Direction.IN, automatic=False)
    heard = heard.exclude(pk=Ticket(pk=subject.one).begins_with()).filter(undone_at=None)
    for one in heard.filter(side=None, body__icontains=said).order_by("-at", "-id")[:MOST]:
        url = reverse("portal:ticket-split", args=[subject.one, one.pk])
        words = Truncator(snippet_of(one.body)).chars(80)
        yield Choice(words, url, {"subject": words}, "split", exact(one.at))


def tag(said: str, subject: Subject) -> Iterable[Choice]:
    """The tags in use that begin so, and the one that is typed."""
    typed = "-".join(said.lower().split())[:60]
    known = searching.tags_like(typed)
    for one in dict.fromkeys([*known, *([typed] if typed else [])]):
        aside = "" if one in known else "new"
        yield Choice(one, *verb(subject, "tag", add=one, tag=one), icon="plus", aside=aside)


def snooze(said: str, subject: Subject) -> Iterable[Choice]:
    """Times in words; what was understood is shown before anything happens."""
    last = searching.slept_last(subject.one) if subject.one and not said else None
    for title, until in suggestions(said, subject.now, last):
        sent = until.isoformat() if subject.one is not None else f"{until:%Y-%m-%d %H:%M}"
        url, values = verb(subject, "snooze", until=sent)
        yield Choice(title, url, values, icon="pause", aside=exact(until))


def duplicate(said: str, subject: Subject) -> Iterable[Choice]:
    """Of which ticket: by number or words."""
    if not said or subject.one is None:
        return
    for hit in searching.search(said, most=8, typing=True).tickets:
        if hit.row.id not in subject.numbers:
            yield Choice(
                f"#{hit.row.id} {hit.row.subject}",
                *verb(subject, "duplicate", of=hit.row.id),
                icon="link",
                aside=hit.row.customer or "",
            )


def macro(said: str, subject: Subject) -> Iterable[Choice]:
    """Macros that fit the ticket, each with what it does."""
    ticket = Ticket.objects.filter(pk=subject.one).first() if subject.one else None
    if ticket is None:
        return
    offered = Macro.objects.offered_to(subject.user).fitting(ticket).with_names().in_order()
    for one in offered.filter(title__icontains=said)[:MOST]:
        url = reverse("portal:ticket-macro-apply", args=[ticket.pk, one.pk])
        yield Choice(str(one), url, icon="note", aside=one.says)


def incident(said: str, subject: Subject) -> Iterable[Choice]:
    """The incidents that go on, the worst first."""
    numbers = [str(number) for number in subject.numbers]
    for one in Incident.objects.visible_to(subject.user).open().worst_first()[:MOST]:
        if matches(said, f"{one.pk} {one.title}"):
            if subject.one is not None:
                url, values = reverse("portal:ticket-incident", args=[subject.one]), {}
            else:
                url, values = reverse("portal:bulk-incident"), {"pick": numbers}
            yield Choice(one.title, url, values | {"incident": one.pk}, "alert", one.severity)


def decline(said: str, subject: Subject) -> Iterable[Choice]:
    """Ways to say no without an answer."""
    ways = [("Resolve without an answer", "move", {"status": Status.RESOLVED.value}, "check")]
    if subject.one is not None:
        ways += [
            ("Spam: nobody waits for an answer", "mark-spam", {}, "cross"),
            ("No reply is needed, keep it open", "need-no-reply", {}, "pause"),
        ]
    for title, name, values, icon in ways:
        if matches(said, title):
            yield Choice(title, *verb(subject, name, **values), icon=icon)


def matches(said: str, title: str) -> bool:
    """Every typed word begins a word of the title."""
    words = title.lower().replace("(", " ").split()
    return all(any(word.startswith(one) for word in words) for one in said.lower().split())


CHANGE = "tickets.change"
DEEDS: list[Deed] = [
    Deed("assign", "Assign to…", "Assign to whom?", "tickets.assign", assign, "a", "reply"),
    Deed("status", "Status…", "Which status?", CHANGE, status, "s", "half"),
    Deed("priority", "Priority…", "Which priority?", CHANGE, priority, "p", "high"),
    Deed("queue", "Move to queue…", "To which queue?", CHANGE, queue, "q", "next"),
    Deed("tag", "Add a tag…", "Which tag?", CHANGE, tag, "t", "plus"),
    Deed("snooze", "Snooze…", "Until when?", CHANGE, snooze, "h", "pause"),
    Deed("macro", "Macro…", "Which macro?", "tickets.note", macro, "M", "note"),
    Deed("incident", "Incident…", "Which incident?", "incidents.link", incident, "", "alert"),
    Deed("duplicate", "Duplicate of…", "Of which ticket?", CHANGE, duplicate, "2", "link"),
    Deed("split", "Split off…", "Which message?", "tickets.merge", split, "S", "split"),
    Deed("decline", "Decline…", "How?", CHANGE, decline, "3", "cross"),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Press:
    """A verb of one ticket that asks nothing further, or the page that asks."""

    title: str
    name: str
    permission: str
    key: str = ""
    icon: str = "next"
    page: bool = False


PRESSES: list[Press] = [
    Press("Assign to me", "take", "tickets.assign", "i", "reply"),
    Press("Resolve", "resolve", CHANGE, "e", "check"),
    Press("Reopen", "reopen", CHANGE, "", "undo"),
    Press("Close for good", "close", CHANGE, "", "check"),
    Press("Wake now", "wake", CHANGE, "", "pause"),
    Press("Mark as spam", "mark-spam", CHANGE, "", "cross"),
    Press("No reply needed", "need-no-reply", CHANGE, "N", "pause"),
    Press("Follow", "follow", "tickets.read", "w", "next"),
    Press("Unfollow", "unfollow", "tickets.read", "", "cross"),
    Press("Forward: ask somebody else", "ask", "tickets.reply", "f", "next", page=True),
    Press("Log a call or chat", "call", "tickets.reply", "L", "note", page=True),
    Press("Link", "link", CHANGE, "l", "link", page=True),
    Press("Merge", "merge", "tickets.merge", "m m", "link", page=True),
    Press("Subject and requester: rename", "change", CHANGE, "R", "note", page=True),
    Press("Why has somebody got it?", "why", "tickets.read", "", "question", page=True),
]


def deed_of(name: str, user: User) -> Deed | None:
    """The deed by its name, if this person may do it."""
    return next((one for one in allowed(user) if one.name == name), None)


def allowed(user: User) -> list[Deed]:
    return [one for one in DEEDS if user.may(one.permission)]


def typed(said: str, user: User) -> tuple[Deed, str] | None:
    """ "assign ada", "snooze fri 9": a deed and what is typed after it."""
    first, _, rest = said.partition(" ")
    if not rest.strip():
        return None
    for deed in allowed(user):
        if first.lower() == deed.name:
            return deed, rest.strip()
    return None


def about(text: str) -> tuple[int, ...]:
    """The numbers of tickets in a field, `12,13`; what is none is left out."""
    found = (number_of(part) for part in text.split(","))
    return tuple(dict.fromkeys(number for number in found if number))[:MOST]
