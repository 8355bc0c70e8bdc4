"""Lists of tickets: a page by keyset, counts to a thousand, neighbours in a view.

A row is a plain tuple; whatever the depth or the size of the table, a page costs the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet, Subquery

from apps.accounts.models import User
from apps.statements.statement import Given, Statement, kept
from apps.timeline.refusal import Refused

from .choices import Sort
from .models import Ticket
from .querysets import ORDERS, TicketQuerySet, Viewer
from .rules.places import place, read_place
from .rules.words import Question, ask, number_of
from .wordbook import every, seek

PAGE = 50
CAP = 1000  # counts go one further, to say "1 000+"


class ListRow(NamedTuple):
    """What a list shows of a ticket."""

    id: int
    subject: str
    snippet: str
    status: str
    label: str | None
    priority: str
    channel: str
    customer_id: int | None
    customer: str | None
    tier: str | None
    contact: str | None
    email: str | None
    assignee_id: int | None
    assignee: str | None
    queue: str | None
    tags: list[str]
    reported_at: datetime
    updated_at: datetime
    waiting_since: datetime | None
    snoozed_until: datetime | None
    due_at: datetime | None
    due_kind: str
    sla_state: str
    sla_left: int | None
    breached: bool
    has_attachment: bool
    first_replied_at: datetime | None
    version: int
    due_order: datetime
    loop_since: datetime | None


_COLUMNS = {
    "label": "label__name",
    "customer": "customer__name",
    "tier": "customer__tier",
    "contact": "contact__name",
    "email": "contact__email",
    "assignee": "assignee__name",
    "queue": "queue__name",
}
COLUMNS = tuple(_COLUMNS.get(name, name) for name in ListRow._fields)


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, and the places before and after them where there is more."""

    rows: list[ListRow]
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Around:
    """Which tickets stand beside one in a view, and how many stand before it (capped)."""

    previous: int | None
    next: int | None
    ahead: int
    total: int


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A view everybody has."""

    key: str
    name: str
    words: str
    sort: str = Sort.DUE


BUILT_IN: tuple[BuiltIn, ...] = (
    BuiltIn("mine", "My queue", "is:todo assignee:me"),
    BuiltIn("unassigned", "Unassigned", "is:todo is:unassigned"),
    BuiltIn("todo", "To do", "is:todo"),
    BuiltIn("owed", "Owed answers", "is:owed"),
    BuiltIn("loop", "Close the loop", "is:loop"),
    BuiltIn("late", "Late", "is:late"),
    BuiltIn("waiting", "Waiting", "is:waiting", Sort.UPDATED),
    BuiltIn("asked", "Asked aside", "is:unresolved asked:waiting", Sort.UPDATED),
    BuiltIn("snoozed", "Snoozed", "is:snoozed", Sort.UPDATED),
    BuiltIn("all", "All tickets", "", Sort.UPDATED),
)


def asked(
    question: Question, viewer: User | Viewer, among: TicketQuerySet | None = None
) -> TicketQuerySet:
    """The tickets a person asks for, unordered."""
    tickets = (Ticket.objects.all() if among is None else among).matching(question, viewer)
    if question.text:
        held = seek(question.text, most=CAP + 1).tickets
        tickets = tickets.filter(pk__in=[*held, *_numbered(question.text)])
    return tickets


def _numbered(text: str) -> list[int]:
    """The ticket that is called by its number, as search finds it too."""
    number = number_of(text)
    return [number] if number else []


def whole(question: Question, viewer: User) -> TicketQuerySet:
    """The same, however many hold the words: for what is done to, or taken of, all of them."""
    tickets = Ticket.objects.matching(question, viewer)
    if question.text:
        held = Q(pk__in=every(question.text).values("ticket"))
        for number in _numbered(question.text):
            held |= Q(pk=number)
        tickets = tickets.filter(held)
    return tickets


def page(
    tickets: TicketQuerySet,
    *,
    sort: str = Sort.DUE,
    after: str = "",
    before: str = "",
    size: int = PAGE,
) -> Page:
    """One page of a list, from a place onward or back to it."""
    at = _place(sort, after, before)
    found = _cut(tickets, sort, at, back=bool(before), size=size)
    return _page(list(found), sort, after, before, size)


def page_of(
    question: Question,
    viewer: User,
    *,
    sort: str = Sort.DUE,
    after: str = "",
    before: str = "",
    size: int = PAGE,
) -> Page:
    """One page of what a person asks for, by a statement that is written once for all who ask."""
    at, back = _place(sort, after, before), bool(before)
    somebody = Viewer(Given("me"), viewer.timezone)
    place = (Given("at"), Given("pk")) if at else None
    statement = kept(
        ("page", question, viewer.timezone, sort, back, at is None, size),
        lambda: Statement.of(_cut(asked(question, somebody), sort, place, back=back, size=size)),
    )
    at, pk = at or (None, None)
    return _page(statement.rows(me=viewer.pk, at=at, pk=pk), sort, after, before, size)


def _place(sort: str, after: str, before: str) -> tuple[datetime, int] | None:
    """Where a page begins; nothing at the start of the list."""
    if sort not in ORDERS:
        raise Refused("That is not an order of this list.", field="sort")
    if not (said := before or after):
        return None
    if (at := read_place(said)) is None:
        raise Refused("That place in the list is not known.", field="before" if before else "after")
    return at


def _cut(
    tickets: TicketQuerySet, sort: str, at: tuple[Any, Any] | None, *, back: bool, size: int
) -> QuerySet:
    """The rows of a page, and one more."""
    if at is not None:
        tickets = tickets.beyond(sort, *at, backwards=back)
    return tickets.in_order(sort, backwards=back).values_list(*COLUMNS)[: size + 1]


def _page(found: list[tuple], sort: str, after: str, before: str, size: int) -> Page:
    more, rows = len(found) > size, [ListRow._make(row) for row in found[:size]]
    if before:
        rows.reverse()
    if not rows:
        return Page(rows)
    return Page(
        rows,
        before=_place_of(rows[0], sort) if (more if before else after) else "",
        after=_place_of(rows[-1], sort) if (more or before) else "",
    )


def _place_of(row: ListRow, sort: str) -> str:
    return place(getattr(row, ORDERS[sort][0]), row.id)


def counted(lists: dict[str, QuerySet]) -> dict[str, int]:
    """How long each list is, to a thousand and one, all in one query."""
    found = Statement.counting(lists.values(), CAP + 1).row() if lists else ()
    return dict(zip(lists, found, strict=True))


def lengths(questions: Sequence[Question], viewer: User) -> tuple[int, ...]:
    """How much each question finds, to a thousand and one, by a statement that is written once."""
    somebody = Viewer(Given("me"), viewer.timezone)
    statement = kept(
        ("lengths", *questions, viewer.timezone),
        lambda: Statement.counting((asked(one, somebody) for one in questions), CAP + 1),
    )
    return statement.row(me=viewer.pk)


def built_in_counts(viewer: User) -> dict[str, int]:
    """The number beside every built-in view, in one query."""
    found = lengths([ask(view.words) for view in BUILT_IN], viewer)
    return {view.key: count for view, count in zip(BUILT_IN, found, strict=True)}


def around(ticket: Ticket, tickets: TicketQuerySet, *, sort: str = Sort.DUE) -> Around:
    """The tickets before and after one in a list, and its place in it."""
    at = (getattr(ticket, ORDERS[sort][0]), ticket.pk)
    ahead = tickets.beyond(sort, *at, backwards=True)
    beyond = tickets.beyond(sort, *at)
    previous, following = (
        Ticket.objects.filter(pk=ticket.pk)
        .values_list(
            Subquery(ahead.in_order(sort, backwards=True).values("pk")[:1]),
            Subquery(beyond.in_order(sort).values("pk")[:1]),
        )
        .get()
    )
    counts = counted({"ahead": ahead, "total": tickets})
    return Around(previous, following, counts["ahead"], counts["total"])
