"""Walking a list of tickets: its address, its pages, and a ticket's place in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from apps.accounts.models import User
from apps.tickets.choices import Sort
from apps.tickets.models import Ticket, View
from apps.tickets.querysets import ORDERS, TicketQuerySet
from apps.tickets.rules.places import place as place_of
from apps.tickets.rules.places import read_place
from apps.tickets.rules.words import Question, ask

from . import words
from .rows import COLUMNS, Row

SIZE = 50
REACH = 200  # how far into a list a ticket's place is looked for


@dataclass(frozen=True, slots=True)
class Page:
    """Fifty rows and the ways on."""

    rows: list[Row]
    before: str = ""
    after: str = ""
    said: str = ""

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def whole(self) -> bool:
        """Whether this is all there is."""
        return not (self.before or self.after)


@dataclass(frozen=True, slots=True)
class Listing:
    """A list as its address describes it."""

    name: str
    tickets: TicketQuerySet
    sort: str
    query: Mapping[str, str]

    @property
    def url(self) -> str:
        page = reverse(f"portal:{self.name}")
        return f"{page}?{urlencode(self.query)}" if self.query else page

    @property
    def back(self) -> str:
        """What a ticket's address carries so that it knows where it came from."""
        return "?" + urlencode({"in": self.name, **self.query})

    def page(self, request: HttpRequest) -> Page:
        """The rows after or before a place; from the start where the place is unreadable."""
        after = read_place(request.GET.get("after", ""))
        before = None if after else read_place(request.GET.get("before", ""))
        found = self.tickets.in_order(self.sort, backwards=before is not None)
        if start := after or before:
            found = found.beyond(self.sort, *start, backwards=before is not None)
        field = ORDERS[self.sort][0]
        rows = list(found.values_list(*COLUMNS, field)[: SIZE + 1])
        more, rows = len(rows) > SIZE, rows[:SIZE]
        if before:
            rows.reverse()
        if not rows:
            return Page([])
        first, last = (place_of(row[-1], row[0]) for row in (rows[0], rows[-1]))
        return Page(
            [row[:-1] for row in rows],
            before=first if (after or (before and more)) else "",
            after=last if (more or before) else "",
        )


def search(request: HttpRequest, query: QueryDict | Mapping[str, str]) -> tuple[Listing, Question]:
    """The list of all tickets by what was typed."""
    question = ask(query.get("q", ""))
    sort = query.get("sort", "")
    sort = sort if sort in Sort.values else Sort.UPDATED
    kept = {"q": str(question)} if question else {}
    if sort != Sort.UPDATED:
        kept["sort"] = sort
    tickets = Ticket.objects.matching(question, request.user)
    return Listing("tickets", tickets, sort, kept), question


VIEWS: dict[str, str] = {
    "mine": "My queue",
    "unassigned": "Unassigned",
    "waiting": "Waiting",
    "late": "Late",
    "team": "Everybody",
    "snoozed": "Snoozed",
}


def inbox(request: HttpRequest, query: QueryDict | Mapping[str, str]) -> tuple[Listing, str]:
    """One of the inbox's views; whoever leads sees everybody's work first."""
    view = query.get("view", "")
    if view not in VIEWS:
        view = usual_view(request.user)
    tickets, sort = _view(view, request.user)
    kept = {} if view == usual_view(request.user) else {"view": view}
    return Listing("inbox", tickets, sort, kept), view


def usual_view(user: User) -> str:
    return "mine" if user.holds("support") else "team"


def _view(view: str, user: User) -> tuple[TicketQuerySet, str]:
    tickets = Ticket.objects.all()
    match view:
        case "mine":
            return tickets.todo().of(user), Sort.DUE
        case "unassigned":
            return tickets.todo().unassigned(), Sort.DUE
        case "waiting":
            return tickets.waiting(), Sort.UPDATED
        case "late":
            return tickets.late(), Sort.DUE
        case "snoozed":
            return tickets.asleep(), Sort.UPDATED
    return tickets.todo(), Sort.DUE


def saved_views(user: User) -> list[dict[str, str]]:
    """Everybody's views and one's own, as links."""
    found = View.objects.filter(Q(owner=None) | Q(owner=user))
    return [{"name": view.name, "url": _list_url(ask(view.words), view.sort)} for view in found]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ticket stands in the list it was opened from."""

    url: str
    name: str
    said: str = ""
    previous: str = ""
    following: str = ""


def place(request: HttpRequest, ticket: Ticket) -> Place:
    """ "3 of 41" with the neighbours; only the way back where the ticket is no longer listed."""
    name = request.GET.get("in", "")
    if name == "inbox":
        listing, view = inbox(request, request.GET)
        title = VIEWS[view]
    elif name == "tickets":
        listing, _ = search(request, request.GET)
        title = "Tickets"
    else:
        return Place(reverse("portal:inbox"), "Inbox")
    numbers = list(listing.tickets.in_order(listing.sort).values_list("pk", flat=True)[: REACH + 1])
    if ticket.pk not in numbers:
        return Place(listing.url, title)
    at = numbers.index(ticket.pk)
    of = f"{REACH}+" if len(numbers) > REACH else words.number(len(numbers))
    return Place(
        listing.url,
        title,
        f"{at + 1} of {of}",
        _address(numbers[at - 1], listing) if at else "",
        _address(numbers[at + 1], listing) if at + 1 < len(numbers) else "",
    )


def _address(number: int, listing: Listing) -> str:
    return reverse("portal:ticket", args=[number]) + listing.back


def chips(question: Question, sort: str) -> list[dict[str, Any]]:
    """Each condition of a question, with the address of the list without it."""
    found = []
    for term in question.terms:
        rest = Question(tuple(t for t in question.terms if t != term), question.text)
        found.append({"said": str(term), "without": _list_url(rest, sort)})
    if question.text:
        rest = Question(question.terms)
        found.append({"said": f"“{question.text}”", "without": _list_url(rest, sort)})
    return found


def _list_url(question: Question, sort: str) -> str:
    query = {"q": str(question)} if question else {}
    if sort != Sort.UPDATED:
        query["sort"] = sort
    page = reverse("portal:tickets")
    return f"{page}?{urlencode(query)}" if query else page
