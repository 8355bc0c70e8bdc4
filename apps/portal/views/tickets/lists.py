"""Lists of tickets: the inbox by due time, and every ticket by any question."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.portal import browsing, desk
from apps.portal.access import may
from apps.portal.answers import page
from apps.portal.bands import close_of_business, draw_bands
from apps.portal.hours import office_hours
from apps.portal.rows import COLUMNS, draw
from apps.tickets.choices import Channel, Priority, Sort, Status
from apps.tickets.models import Queue, Ticket

from .bulk import BulkForm

PICKS = {  # what the filter bar offers beside words, and the term each becomes
    "status": [("todo", "To do"), *Status.choices],
    "priority": Priority.choices,
    "channel": Channel.choices,
}


@require_safe
@may("tickets.read")
def tickets(request: HttpRequest) -> HttpResponse:
    """Every ticket; the address is the question."""
    if picked := _picked(request):
        return HttpResponseRedirect(picked)
    now = timezone.now()
    listing, question = browsing.search(request, request.GET)
    found = listing.page(request)
    context = {
        "listing": listing,
        "question": question,
        "chips": browsing.chips(question, listing.sort),
        "page": found,
        "rows": draw(found.rows, now=now, back=listing.back),
        "sorts": Sort,
        "picks": PICKS,
        "queues": Queue.objects.all(),
        "views": browsing.saved_views(request.user),
        "bulk": BulkForm(),
    }
    return page(request, "tickets/list.html", "tickets/_rows.html", context)


def _picked(request: HttpRequest) -> str:
    """Selects of the filter bar become words of the question: one address for one list."""
    terms = [
        f"{key}:{_term(value)}"
        for key in (*PICKS, "queue", "assignee")
        if (value := request.GET.get(key, "").strip())
    ]
    if not terms:
        return ""
    terms = [term.replace("status:todo", "is:todo") for term in terms]
    query = request.GET.copy()
    for key in (*PICKS, "queue", "assignee", "after", "before"):
        query.pop(key, None)
    query["q"] = " ".join([*terms, query.get("q", "")]).strip()
    return f"{reverse('portal:tickets')}?{query.urlencode()}"


def _term(value: str) -> str:
    return f'"{value}"' if " " in value else value


@require_safe
@may("tickets.read")
def inbox(request: HttpRequest) -> HttpResponse:
    """What is due, in bands, with the chosen ticket beside it."""
    now = timezone.now()
    listing, view = browsing.inbox(request, request.GET)
    found = listing.page(request)
    rows = found.rows
    if view == "mine" and not found.after:
        rows = rows + _waiting(request.user)
    counts = desk.of(request)
    context = {
        "listing": listing,
        "view": view,
        "views": [
            (name, title, getattr(counts, "todo" if name == "team" else name))
            for name, title in browsing.VIEWS.items()
        ],
        "page": found,
        "count": getattr(counts, "todo" if view == "team" else view),
        "late": sum(row[5] < now for row in rows if row[5]),
        "next_due": next((row[5] for row in rows if row[5] and row[5] >= now), None),
        "first": rows[0][0] if rows else None,
        "rows": draw_bands(
            rows,
            now=now,
            close=close_of_business(office_hours(), now, timezone.get_current_timezone()),
            back=listing.back,
            counted=found.whole,
            show=frozenset({"customer"} if view == "mine" else {"customer", "face"}),
        ),
    }
    return page(request, "inbox/inbox.html", "inbox/_list.html", context)


def _waiting(person: User) -> list:
    """The last band of one's own queue: what the customer has to answer."""
    mine = Ticket.objects.waiting().of(person).in_order(Sort.UPDATED)
    return list(mine.values_list(*COLUMNS)[: browsing.SIZE])
