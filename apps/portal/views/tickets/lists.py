"""Lists of tickets: the inbox by due time, and every ticket by any question."""

from functools import lru_cache

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.portal import browsing, fittings
from apps.portal.access import may
from apps.portal.answers import page
from apps.portal.bands import draw_bands, shifts
from apps.portal.hours import hours_of
from apps.portal.picks import pick, queue_options, read, view_chips
from apps.portal.rows import PICK, columns, draw, head, marks_of, width
from apps.portal.templatetags.ui import address
from apps.portal.terms import offers
from apps.tickets import listing
from apps.tickets.choices import Channel, Column, Priority, Sort, Status
from apps.tickets.rules.words import ask

from . import bulk

INBOX = ("due", "number", "priority", "customer", "tier", "assignee", "tags", "waiting")
PICKS = {  # what the filter bar offers beside words, and the term each becomes
    "status": [("todo", "To do"), *Status.choices],
    "priority": Priority.choices,
    "channel": Channel.choices,
}


SORTS = tuple(Sort.choices)


@lru_cache(maxsize=64)
def picks(queues: str) -> SafeString:
    """The selects of the filter bar."""
    fixed = [pick(name, choices) for name, choices in PICKS.items()]
    return SafeString("".join([*fixed, pick("queue", read(queues))]))


@require_safe
@may("tickets.read")
def tickets(request: HttpRequest) -> HttpResponse:
    """Every ticket; the address is the question."""
    if picked := _picked(request):
        return HttpResponseRedirect(picked)
    asked = browsing.search(request)
    found, offered = asked.page(request), fittings.around(request.user, asked.view)
    show = columns(offered.columns or (asked.view.columns if asked.view else []))
    picks_rows = request.user.may("tickets.bulk")
    shown = (PICK, *show) if picks_rows else show
    now = timezone.now()
    whole = not (found.before or found.after)
    context = {
        "listing": asked,
        "question": asked.question,
        "chips": browsing.chips(asked),
        "page": found,
        "count": len(found.rows) if whole else None,
        "head": head(shown, _orders(request, asked.sort)),
        "rows": draw(
            found.rows,
            now=now,
            back=asked.back,
            show=shown,
            marks=marks_of(found.rows, request.user, now),
        ),
        "asked": str(asked.question),
        "view": asked.view.pk if asked.view else None,
        "sorts": SORTS,
        "picks": picks(offered.queues),
        "views": view_chips(offered.views, asked.view.pk if asked.view else None),
        "may_export": request.user.may("tickets.export"),
        "changed": asked.view and len(asked.query) > 1,
        "may_change": asked.view and asked.view.may_be_changed_by(request.user),
        "columns": choosable(show),
        "bulk": bulk.bar(asked.question, offered) if picks_rows else "",
    }
    return page(request, "tickets/list.html", "tickets/_rows.html", context)


@lru_cache(maxsize=64)
def choosable(show: tuple[str, ...]) -> tuple[tuple[str, str, bool], ...]:
    """Every column, and whether it is shown."""
    return tuple((name, words, name in show) for name, words in Column.choices)


def _orders(request: HttpRequest, sort: str) -> dict[str, tuple[str, str]]:
    """The columns a list can be ordered by, and which way it is now."""
    ways = {
        "due": (Sort.DUE, "ascending"),
        "reported": (Sort.CREATED, "descending"),
        "updated": (Sort.UPDATED, "descending"),
        "waiting": (Sort.UPDATED, "descending"),
    }
    return {
        name: (address(request, sort=order, after=None, before=None), way if order == sort else "")
        for name, (order, way) in ways.items()
    }


@require_safe
@may("tickets.read")
def count(request: HttpRequest) -> HttpResponse:
    """How long a list is; fetched after its rows."""
    asked = browsing.search(request)
    number = listing.counted({"all": asked.tickets})["all"]
    return render(request, "tickets/_count.html", {"count": number})


@require_safe
@may("tickets.read")
def terms(request: HttpRequest) -> HttpResponse:
    """How the condition that is being typed may go on."""
    typed = request.GET.get("q", "").replace("\x00", " ")
    return render(request, "tickets/_terms.html", {"offers": offers(typed)})


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
    found, user = asked.page(request), request.user
    offered = fittings.around(user, whole=True)
    counts = offered.counts
    view = asked.query.get("view", browsing.usual_view(user))
    mine, rows, queue = view == "mine", found.rows, asked.query.get("queue", "")
    unfolded = "waiting" in request.GET and mine and not found.after
    work = shifts(hours_of(offered.hours), now, timezone.get_current_timezone())
    may_pick = user.may("tickets.bulk")
    show = columns(offered.columns or INBOX, *(["assignee"] if mine else []), "status")
    show = (PICK, *show) if may_pick else show
    whole = not (found.before or found.after)
    drawing = {"now": now, "work": work, "back": asked.back, "show": show}
    drawing["marks"] = marks_of(rows, user, now)
    context = {
        "listing": asked,
        "view": view,
        "views": [(one.key, one.name, counts[one.key]) for one in browsing.VIEWS.values()],
        "queues": queue_options(offered.open_queues, queue),
        "queue": queue,
        "page": found,
        "count": len(rows) if whole else counts[view],
        "late": sum(
            row.sla_state == "breached_open" or row.due_at < now for row in rows if row.due_at
        ),
        "before_close": sum(now <= row.due_at < work.back for row in rows if row.due_at),
        "work": work,
        "next_due": next((row.due_at for row in rows if row.due_at and row.due_at >= now), None),
        "first": rows[0].id if rows else None,
        "head": head(show),
        "width": width(show),
        "rows": draw_bands(rows, counted=whole, **drawing),
        "waiting": counts["waiting_mine"] if mine and not found.after else 0,
        "unfolded": unfolded,
        "asleep": draw(waiting_for_customers(user), now=now, back=asked.back, show=show)
        if unfolded
        else "",
        "bulk": bulk.bar(asked.question, offered) if may_pick else "",
    }
    return page(request, "inbox/inbox.html", "inbox/_list.html", context)


def waiting_for_customers(person: User) -> list[listing.ListRow]:
    """The last band of one's own queue: what somebody else has to answer."""
    return listing.page_of(ask("is:waiting assignee:me"), person, sort=Sort.UPDATED).rows
