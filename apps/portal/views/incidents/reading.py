"""Incidents to look at: those that go on, those that are over, and one with all it did."""

from collections import Counter
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.figures.registry import compute
from apps.incidents.choices import Audience, Reach
from apps.incidents.models import Incident, IncidentUpdate
from apps.incidents.models.update import UPDATE
from apps.incidents.querysets import IncidentQuerySet
from apps.portal.access import may
from apps.portal.answers import page
from apps.portal.turning_pages import NewestFirst
from apps.portal.working import works
from apps.sla.models import Clock

from .forms import UpdateForm

MOST_OPEN = 100
MOST_UPDATES = 100
MOST_TICKETS = 200
HIT = ("incident.tickets", "incident.customers", "incident.arr")


@require_safe
@may("incidents.read")
def incidents(request: HttpRequest) -> HttpResponse:
    """Those that go on, the worst first; below them those that are over, the newest first."""
    seen = Incident.objects.visible_to(request.user).with_people()
    seen = seen.annotate(tickets=Count("links"))
    keyset = NewestFirst.of(seen.over(), request)
    turned = bool(request.GET.get("after") or request.GET.get("before"))
    going_on = seen.open().with_promise().worst_first()[:MOST_OPEN]
    context = {
        "going_on": [] if turned else list(going_on),
        "turned": turned,
        "keyset": keyset,
        "now": timezone.now(),
    }
    return page(request, "incidents/list.html", "incidents/_rows.html", context)


@require_safe
@may("incidents.read")
def incident(request: HttpRequest, pk: int) -> HttpResponse:
    """One incident: how it stands, what is promised, what was said, and whom it hit."""
    found = fetch(request, pk)
    if found.merged_into_id:
        return redirect(found.goes_on)
    return page(
        request, "incidents/incident.html", "incidents/_incident.html", card_context(request, found)
    )


def seen_by(request: HttpRequest) -> IncidentQuerySet:
    return Incident.objects.visible_to(request.user).with_people()


def fetch(request: HttpRequest, pk: int) -> Incident:
    """The incident, for whoever may see it."""
    found: Incident = get_object_or_404(seen_by(request).with_merged(), pk=pk)
    return found


def card_context(request: HttpRequest, found: Incident) -> dict[str, Any]:
    """Everything its page shows; a fixed number of queries."""
    at = timezone.now()
    updates = list(found.updates.select_related("by").newest_first()[:MOST_UPDATES])
    links = found.links.select_related("ticket__customer", "ticket__label").order_by("ticket")
    return {
        "incident": found,
        "merged": found.merged_here() if found.absorbs else (),
        "components": list(found.components.all()),
        "figures": [compute(key, at=at, incident=str(found.pk)) for key in HIT],
        "updates": said(updates),
        "works": works(request, UPDATE, *(one.pk for one in updates)),
        "promises": [one for one in updates if one.next_at and promised(one)],
        "links": list(links[:MOST_TICKETS]),
        "activities": found.timeline()[:100],
        "told": found.told_of_its_end(),
        "form": UpdateForm(found),
        "now": at,
    }


def promised(update: IncidentUpdate) -> bool:
    """Whether more is due still after it."""
    return not (update.answered_at or update.undone_at)


def said(updates: list[IncidentUpdate]) -> list[tuple[IncidentUpdate, list[tuple[str, int]], int]]:
    """Each update, how many tickets it reached how, and how many clocks it stopped."""
    told = [one.pk for one in updates if one.audience == Audience.CUSTOMERS]
    rows = Counter[tuple[int, str]]()
    stopped = Counter[int]()
    if told:
        items = IncidentUpdate.objects.filter(pk__in=told).values_list("pk", "items__reach")
        rows |= {(pk, reach): n for pk, reach, n in items.annotate(n=Count("items")).order_by()}
        stopped.update(Clock.objects.answered_by(told).values_list("update", flat=True))
    return [
        (
            one,
            [(reach, n) for reach in Reach.values if (n := rows[(one.pk, reach)])],
            stopped[one.pk],
        )
        for one in updates
    ]
