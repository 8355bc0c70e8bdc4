"""Search over tickets, customers and contacts: typing forgiven, the words shown where they are."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

from django.db.models.functions import Left

from apps.accounts.models import User
from apps.customers.choices import Tier
from apps.customers.models import Contact, Customer
from apps.statements.statement import Among, Given, Statement
from apps.timeline.models import Activity

from .choices import Sort
from .listing import CAP, COLUMNS, ListRow
from .models import Message, Ticket
from .rules import finding
from .rules.words import Question, ask, number_of
from .wordbook import MOST, seek

SHOWN = 20
_LATELY = 200  # rows that are looked back over
_READ = 4000  # characters of a message that an excerpt is cut from


@dataclass(frozen=True, slots=True)
class Hit:
    """A ticket that holds the words, and where; marks are places in the excerpt."""

    row: ListRow
    excerpt: str
    marks: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Found:
    """The tickets that were found, and what mistyped words were taken to mean."""

    tickets: list[Hit]
    meant: dict[str, list[str]]
    problems: tuple[str, ...] = ()


def search(
    text: str, *, most: int = SHOWN, typing: bool = False, viewer: User | None = None
) -> Found:
    """What holds these words and is what their conditions ask; `typing`: the last may go on.

    Conditions (`status:open from:acme`) are understood where somebody asks: `viewer`.
    """
    text = text.replace("\x00", " ")
    question = ask(text) if viewer else Question(text=text)
    # Conditions leave out many of those that hold the words: more of them are looked at.
    sought = seek(question.text, typing=typing, most=CAP if question.terms else MOST)
    ids = sought.tickets
    if number := number_of(text):
        ids = [number, *(one for one in ids if one != number)]
    if viewer and question.terms:
        ids = _meeting(question, ids, viewer, most)
    shown = _rows(ids[:most])
    words = sought.words + [other for ways in sought.meant.values() for other in ways]
    return Found(_hits(shown, words), sought.meant, question.problems)


def _meeting(question: Question, ids: list[int], viewer: User, most: int) -> list[int]:
    """Those of the tickets that meet the conditions, in their order; the latest without words."""
    tickets = Ticket.objects.matching(question, viewer)
    if not question.text:
        return list(tickets.in_order(Sort.UPDATED).values_list("pk", flat=True)[:most])
    met = set(tickets.filter(pk__in=ids).values_list("pk", flat=True))
    return [one for one in ids if one in met]


def touched_by(person: User, most: int = 5) -> list[ListRow]:
    """The tickets somebody did something to last, the latest first."""
    lately = Activity.objects.filter(actor=person).order_by("-at").values_list("kind", "subject_id")
    ids = list(dict.fromkeys(pk for kind, pk in lately[:_LATELY] if kind == "ticket"))[:most]
    return _rows(ids)


def _rows(ids: Sequence[int]) -> list[ListRow]:
    """These tickets, in this order; those that are there."""
    rows = {row[0]: ListRow._make(row) for row in _numbered().rows(ids=list(ids))}
    return [rows[pk] for pk in ids if pk in rows]


@cache
def _numbered() -> Statement:
    return Statement.of(Ticket.objects.filter(Among("pk", Given("ids"))).values_list(*COLUMNS))


def tags_like(typed: str, most: int = 8) -> list[str]:
    """Tags of the tickets that changed last, those that begin so first."""
    lately = Ticket.objects.order_by("-updated_at", "-id").values("tags")[:_LATELY]
    used = Counter(tag for row in lately for tag in row["tags"] if typed in tag)
    return sorted(used, key=lambda tag: (not tag.startswith(typed), -used[tag], tag))[:most]


def slept_last(ticket: int) -> timedelta | None:
    """For how long a ticket was hidden when it was hidden last."""
    snoozed = Activity.objects.about(Ticket.kind, ticket).filter(verb="snoozed").last()
    if snoozed is None or not (until := snoozed.data.get("snoozed_until", [None, None])[1]):
        return None
    return datetime.fromisoformat(until) - snoozed.at


class Person(NamedTuple):
    """An organisation, or somebody at one, and what stands beside the name."""

    id: int
    name: str
    aside: str


def people(text: str, most: int = 5) -> tuple[list[Person], list[Person]]:
    """Customers with their tier, contacts with their customer, by a part of name or address."""
    said = text.strip().lower()
    if len(said) < 2:
        return [], []
    customers, contacts = _people(most)
    return (
        [Person(pk, name, Tier(tier).label) for pk, name, tier in customers.rows(said=said)],
        [
            Person(pk, name or email, customer or email)
            for pk, name, email, customer in contacts.rows(said=said)
        ],
    )


@cache
def _people(most: int) -> tuple[Statement, Statement]:
    said = Given("said")
    customers = Customer.objects.named_like(said).by_name()
    contacts = Contact.objects.like(said).by_name()
    return (
        Statement.of(customers.values_list("pk", "name", "tier")[:most]),
        Statement.of(contacts.values_list("pk", "name", "email", "customer__name")[:most]),
    )


def _hits(rows: Sequence[ListRow], words: list[str]) -> list[Hit]:
    said: dict[int, list[str]] = defaultdict(list)
    bodies = _bodies().rows(ids=[row.id for row in rows]) if rows else []
    for ticket, body in bodies:
        said[ticket].append(body)
    return [Hit(row, *_best(said[row.id], words, row.snippet)) for row in rows]


@cache
def _bodies() -> Statement:
    said = Message.objects.filter(Among("ticket", Given("ids")), undone_at=None)
    newest = said.order_by("ticket", "-at", "-id").values_list("ticket", Left("body", _READ))
    return Statement.of(newest[: SHOWN * 20])


def _best(bodies: list[str], words: list[str], otherwise: str) -> tuple[str, list[tuple[int, int]]]:
    """The newest message that holds a word; if only the subject or a name does, the first words."""
    for body in bodies:
        piece, marks = finding.excerpt(body, words)
        if marks:
            return piece, marks
    return otherwise, []
