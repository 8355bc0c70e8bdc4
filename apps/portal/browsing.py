"""Walking a list of tickets: its address, its pages, and a ticket's place in it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, QueryDict
from django.urls import reverse

from apps.accounts.models import User
from apps.tickets import listing
from apps.tickets.choices import Sort
from apps.tickets.models import Ticket, View
from apps.tickets.querysets import ORDERS, TicketQuerySet
from apps.tickets.rules.places import read_place
from apps.tickets.rules.words import Question, ask, number_of

from . import words

VIEWS = {view.key: view for view in listing.BUILT_IN if view.key != "all"}


@dataclass(frozen=True)
class Listing:
    """A list as its address describes it."""

    name: str
    title: str
    question: Question
    sort: str
    query: Mapping[str, str]
    viewer: User
    view: View | None = None

    @cached_property
    def tickets(self) -> TicketQuerySet:
        return listing.asked(self.question, self.viewer)

    @property
    def url(self) -> str:
        return _address(self.name, self.query)

    @property
    def back(self) -> str:
        """What a ticket's address carries so that it knows where it came from."""
        return "?" + urlencode({"in": self.name, **self.query})

    def page(self, request: HttpRequest) -> listing.Page:
        """The rows after or before a place; from the start where the place is unreadable."""
        places = {
            name: said
            for name in ("after", "before")
            if read_place(said := request.GET.get(name, ""))
        }
        return listing.page_of(self.question, self.viewer, sort=self.sort, **places)


GONE = "That view is not there any more, or not for you."


def search(request: HttpRequest) -> Listing:
    """The list of all tickets by what was typed, or by a saved view and what was changed of it."""
    return _search(request.GET, request.user)


def _search(asked: Mapping[str, str], viewer: User) -> Listing:
    typed, sort = asked.get("q"), asked.get("sort", "")
    view = view_of(asked, viewer)
    question = ask(view.words if view and typed is None else typed or "")
    if asked.get("view") and view is None:
        question = replace(question, problems=(*question.problems, GONE))
    if sort not in ORDERS:
        sort = view.sort if view else Sort.UPDATED
    query = _query(question, sort)
    if view:
        query = {"view": str(view.pk)}
        if str(question) != view.words:
            query["q"] = str(question)
        if sort != view.sort:
            query["sort"] = sort
    title = view.name if view else "Tickets"
    return Listing("tickets", title, question, sort, query, viewer, view)


def view_of(asked: Mapping[str, str], viewer: User) -> View | None:
    """The saved view the address names, if whoever looks may see it."""
    number = number_of(asked.get("view", ""))
    if number is None:
        return None
    return View.objects.visible_to(viewer).with_people().filter(pk=number).first()


def inbox(request: HttpRequest) -> Listing:
    """One of the inbox's views; whoever answers sees their own queue first."""
    return _inbox(request.GET, request.user)


def _inbox(asked: Mapping[str, str], viewer: User) -> Listing:
    usual = usual_view(viewer)
    view = VIEWS.get(asked.get("view", ""), VIEWS[usual])
    query = {} if view.key == usual else {"view": view.key}
    words = view.words
    if queue := asked.get("queue", "").replace('"', "").strip()[:80]:
        query["queue"] = queue
        words += f' queue:"{queue}"'
    return Listing("inbox", view.name, ask(words), view.sort, query, viewer)


def usual_view(user: User) -> str:
    return "mine" if user.holds("support") else "todo"


def chips(asked: Listing) -> tuple[tuple[str, str], ...]:
    """Each condition of a question, with the address of the list without it."""
    question = asked.question
    parts = [
        (str(term), Question(tuple(t for t in question.terms if t != term), question.text))
        for term in question.terms
    ]
    if question.text:
        parts.append((f"“{question.text}”", Question(question.terms)))
    return tuple((said, _address("tickets", _kept(asked, rest))) for said, rest in parts)


def _kept(asked: Listing, question: Question) -> dict[str, str]:
    """The address of the same list, or the same view, with another question."""
    if asked.view is None:
        return _query(question, asked.sort)
    changed = {name: said for name, said in asked.query.items() if name != "q"}
    return changed | ({} if str(question) == asked.view.words else {"q": str(question)})


def _query(question: Question, sort: str) -> dict[str, str]:
    query = {"q": str(question)} if question else {}
    return query if sort == Sort.UPDATED else query | {"sort": sort}


def _address(name: str, query: Mapping[str, str]) -> str:
    page = reverse(f"portal:{name}")
    return f"{page}?{urlencode(query)}" if query else page


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ticket stands in the list it was opened from."""

    url: str
    name: str
    said: str = ""
    previous: str = ""
    following: str = ""
    back: str = ""  # what an address carries to keep the place


def place(request: HttpRequest, number: int) -> Place:
    """ "3 of 41" with the neighbours; only the way back where the ticket is no longer listed."""
    verb = request.htmx or request.method == "POST"
    opened_from = _opened_from(request) if verb else request.GET
    way = {"inbox": _inbox, "tickets": _search}.get(opened_from.get("in", ""))
    if way is None:
        return Place(reverse("portal:inbox"), "Inbox")
    asked = way(opened_from, request.user)
    ticket = asked.tickets.filter(pk=number).first()
    if ticket is None:
        return Place(asked.url, asked.title, back=asked.back)
    around = listing.around(ticket, asked.tickets, sort=asked.sort)
    return Place(
        asked.url,
        asked.title,
        f"{words.capped(around.ahead + 1)} of {words.capped(around.total)}",
        _neighbour(around.previous, asked),
        _neighbour(around.next, asked),
        asked.back,
    )


def address(request: HttpRequest, ticket: Ticket) -> str:
    """The ticket's page, in the list that the page of whoever asks was opened from."""
    opened_from = _opened_from(request)
    url = ticket.get_absolute_url()
    return f"{url}?{urlencode(opened_from.dict())}" if "in" in opened_from else url


def _opened_from(request: HttpRequest) -> QueryDict:
    """What the ticket's address said."""
    return request.GET if "in" in request.GET else QueryDict(led_here(request))


def led_here(request: HttpRequest) -> str:
    """The list in the address of the page a verb was pressed on, which a form keeps."""
    page = request.htmx.current_url if request.htmx else request.META.get("HTTP_REFERER")
    kept = request.POST.get("opened_in") or request.GET.get("opened_in")
    said = kept or urlsplit(page or "").query
    return said if "in" in QueryDict(said) else ""


def _neighbour(number: int | None, asked: Listing) -> str:
    return reverse("portal:ticket", args=[number]) + asked.back if number else ""
