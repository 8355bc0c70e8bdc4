"""Lists of tickets: the inbox by due time, and every ticket by any question."""

from functools import cache

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.portal import browsing, desk
from apps.portal.access import may
from apps.portal.answers import page
from apps.portal.bands import close_of_business, draw_bands
from apps.portal.hours import office_hours
from apps.portal.picks import pick
from apps.portal.rows import draw
from apps.tickets import listing
from apps.tickets.choices import Channel, Priority, Sort, Status
from apps.tickets.models import Queue, Ticket

from . import bulk

PICKS = {  # what the filter bar offers beside words, and the term each becomes
    "status": [("todo", "To do"), *Status.choices],
    "priority": Priority.choices,
    "channel": Channel.choices,
}


@cache
def picks() -> SafeString:
    """The selects of the filter bar that never change."""
    return SafeString("".join(pick(name, choices) for name, choices in PICKS.items()))


@require_safe
@may("tickets.read")
def tickets(request: HttpRequest) -> HttpResponse:
    """Every ticket; the address is the question."""
    if picked := _picked(request):
        return HttpResponseRedirect(picked)
    asked = browsing.search(request)
    found = asked.page(request)
    context = {
        "listing": asked,
        "question": asked.question,
        "chips": browsing.chips(asked),
        "page": found,
        "rows": draw(found.rows, now=timezone.now(), back=asked.back),
        "sorts": Sort,
        "picks": picks(),
        "queues": pick("queue", Queue.objects.values_list("slug", "name")),
        "views": browsing.saved_views(request.user),
        "bulk": bulk.bar() if request.user.may("tickets.bulk") else "",
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
    now, asked = timezone.now(), browsing.inbox(request)
    found, counts = asked.page(request), desk.of(request)
    view = asked.query.get("view", browsing.usual_view(request.user))
    rows, mine = found.rows, view == "mine"
    if mine and not found.after:
        rows = rows + waiting_for_customers(request.user)
    context = {
        "listing": asked,
        "view": view,
        "views": [(one.key, one.name, getattr(counts, one.key)) for one in browsing.VIEWS.values()],
        "page": found,
        "count": getattr(counts, view),
        "late": sum(row.due_at < now for row in rows if row.due_at),
        "next_due": next((row.due_at for row in rows if row.due_at and row.due_at >= now), None),
        "first": rows[0].id if rows else None,
        "rows": draw_bands(
            rows,
            now=now,
            close=close_of_business(office_hours(), now, timezone.get_current_timezone()),
            back=asked.back,
            counted=not (found.before or found.after),
            show=frozenset({"customer"} if mine else {"customer", "face"}),
        ),
    }
    return page(request, "inbox/inbox.html", "inbox/_list.html", context)


def waiting_for_customers(person: User) -> list[listing.ListRow]:
    """The last band of one's own queue: what somebody else has to answer."""
    return listing.page(Ticket.objects.waiting().of(person), sort=Sort.UPDATED).rows
