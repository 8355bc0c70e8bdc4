"""Saying how an incident stands: customers are told only after a look at whom it reaches."""

from collections import Counter

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.incidents.choices import Audience, Reach
from apps.incidents.models import Incident, IncidentUpdate
from apps.incidents.models.update import UPDATE, foreseen
from apps.portal.access import may
from apps.portal.answers import form_page, go, page, refusals
from apps.portal.words import plural
from apps.portal.working import works
from apps.sla.models import Clock
from apps.tickets.models import Ticket

from .forms import UpdateForm
from .reading import fetch
from .verbs import card

MOST = 200  # tickets of one reach that a page names


@require_POST
@may("incidents.command")
@refusals
def update(request: HttpRequest, pk: int) -> HttpResponse:
    """Say it; what goes to customers is shown with whom it reaches before it is sent."""
    incident = fetch(request, pk)
    form = UpdateForm(incident, request.POST)
    if form.is_valid() and (
        form.cleaned_data["audience"] != Audience.CUSTOMERS or "sure" in request.POST
    ):
        made = incident.update(
            form.cleaned_data["audience"],
            form.cleaned_data["text"],
            by=request.user,
            at=timezone.now(),
            next_at=form.next_at(),
        )
        return said(request, incident, made)
    context = {"incident": incident}
    if form["audience"].value() == Audience.CUSTOMERS:
        context |= whom(incident)
    return form_page(request, "incidents/update.html", "incidents/_update.html", form, context)


def said(request: HttpRequest, incident: Incident, made: IncidentUpdate) -> HttpResponse:
    """Back to the incident, with fifteen seconds to take it back."""
    undo = reverse("portal:incident-take-back", args=[incident.pk, made.pk])
    if made.job:
        return go(request, made.job, said="It begins in fifteen seconds.", undo=undo)
    told = "Updated."
    if made.is_for_customers:
        counts = made.counts()
        tickets = plural(counts[Reach.TOLD] + counts[Reach.BESIDE], "ticket")
        told = f"Update for {plural(counts[Reach.TOLD], 'customer contact')} on {tickets}."
    return go(request, incident, said=told, undo=undo)


def whom(incident: Incident) -> dict:
    """Whom an update would reach now, and who is left out for which reason."""
    tickets = Ticket.objects.filter(incident_links__incident=incident)
    found = list(tickets.with_stop().select_related("contact", "customer").order_by("pk"))
    seen = foreseen(found)
    rows = [(ticket, *seen[ticket.pk][:2]) for ticket in found]
    rows.sort(key=lambda row: Reach.values.index(row[1]), reverse=True)
    counts = Counter(reach for _, reach, _ in rows)
    return {
        "rows": rows[:MOST],
        "more": max(len(rows) - MOST, 0),
        "told": counts[Reach.TOLD],
        "people": plural(counts[Reach.TOLD], "person"),
        "beside": counts[Reach.BESIDE],
        "left_out": counts[Reach.LEFT_OUT],
    }


@require_safe
@may("incidents.read")
def reached(request: HttpRequest, pk: int, update: int) -> HttpResponse:
    """What became of each ticket by one update, and which clocks it stopped."""
    incident = fetch(request, pk)
    made = get_object_or_404(incident.updates.select_related("by", "job"), pk=update)
    clocks = Clock.objects.answered_by([made.pk])
    context = {
        "incident": incident,
        "update": made,
        "counts": [(reach, n) for reach, n in made.counts().items() if n],
        "items": made.items.select_related("ticket__customer").order_by("ticket")[:MOST],
        "works": works(request, UPDATE, made.pk),
        "clocks": clocks.select_related("ticket").order_by("ticket", "kind")[:MOST],
        "stopped": clocks.count(),
        "now": timezone.now(),
    }
    return page(request, "incidents/reached.html", "incidents/_reached.html", context)


@require_POST
@may("incidents.command")
@refusals
def take_back(request: HttpRequest, pk: int, update: int) -> HttpResponse:
    """Undo it while nothing has left."""
    incident = fetch(request, pk)
    made = get_object_or_404(incident.updates, pk=update)
    incident.take_back(made, by=request.user, at=timezone.now())
    return card(request, incident, "Taken back: nobody was told.")
