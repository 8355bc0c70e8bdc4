"""Which tickets are of an incident: one from either side, or all that were picked in a list."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import User
from apps.incidents.models import Incident
from apps.incidents.models.linking import MOST
from apps.incidents.querysets import IncidentQuerySet
from apps.portal import answers
from apps.portal.access import may
from apps.portal.answers import blame, form_page, go, refusals
from apps.portal.words import plural
from apps.tickets import listing
from apps.tickets.models import Ticket
from apps.tickets.rules.words import ask, number_of
from apps.timeline.models import Activity
from apps.timeline.refusal import Refused

from .reading import fetch, seen_by
from .verbs import card

OFFERED = 20


class WhichForm(forms.Form):
    """Which incident: one of those that go on."""

    incident = forms.ModelChoiceField(
        Incident.objects.none(), widget=forms.RadioSelect, empty_label=None
    )

    def __init__(self, data: object, person: User) -> None:
        super().__init__(data)
        self.fields["incident"].queryset = offered(person)


def offered(person: User) -> IncidentQuerySet:
    """The incidents that a ticket may be of, those that go on."""
    return Incident.objects.visible_to(person).open().worst_first()


def undo_of(incident: Incident, told: Activity) -> str:
    return reverse("portal:incident-undo-link", args=[incident.pk, told.pk])


@require_POST
@may("incidents.link")
@refusals
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """Tickets by their numbers, from the incident's page."""
    incident = fetch(request, pk)
    typed = request.POST.get("tickets", "").replace(",", " ").split()
    numbers = [number_of(one) for one in typed]
    found = Ticket.objects.filter(pk__in=[number for number in numbers if number])
    if None in numbers or found.count() != len(set(numbers)):
        raise Refused("Name tickets by their numbers, like 1201, 1207.", field="tickets")
    told = incident.link(found, by=request.user, at=timezone.now())
    return card(request, incident, f"{told.data['reason']} linked.", undo=undo_of(incident, told))


@require_POST
@may("incidents.link")
@refusals
def unlink(request: HttpRequest, pk: int) -> HttpResponse:
    """One ticket has nothing to do with it."""
    incident = fetch(request, pk)
    number = number_of(request.POST.get("ticket", request.GET.get("ticket", "")))
    told = incident.unlink(Ticket.objects.filter(pk=number), by=request.user, at=timezone.now())
    return card(request, incident, "The link is gone.", undo=undo_of(incident, told))


@require_POST
@may("incidents.link")
@refusals
def undo(request: HttpRequest, pk: int, activity: int) -> HttpResponse:
    """The tickets of one change, as they were before it."""
    incident = fetch(request, pk)
    get_object_or_404(incident.timeline().filter(verb__in=["linked", "unlinked"]), pk=activity)
    incident.undo(activity, by=request.user, at=timezone.now())
    return card(request, incident, "As before.")


@require_POST
@may("incidents.link")
@refusals
def link_ticket(request: HttpRequest, pk: int) -> HttpResponse:
    """A ticket, from its own page."""
    ticket = get_object_or_404(Ticket, pk=pk)
    number = number_of(request.POST.get("incident", ""))
    incident = seen_by(request).filter(pk=number).first() if number else None
    incident = incident.goes_on if incident else None
    if incident is None:
        raise Refused("There is no incident of that number.", field="incident")
    told = incident.link(Ticket.objects.filter(pk=pk), by=request.user, at=timezone.now())
    said, undo = f"Linked to incident {incident.pk}.", undo_of(incident, told)
    if answers.in_place(request) and request.headers.get("X-Beside") == "list":
        return answers.told(request, said, undo=undo)
    return go(request, ticket, said=said, undo=undo)


@require_http_methods(["GET", "HEAD", "POST"])
@may("incidents.link")
@refusals
def bulk(request: HttpRequest) -> HttpResponse:
    """Tickets that were picked, or all that a question finds: which incident is asked first."""
    tickets = picked(request)
    numbers = list(tickets.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
    if not numbers:
        raise Refused("Pick some tickets first.", field="tickets")
    if len(numbers) > MOST:
        raise Refused(f"{MOST:,} tickets are the most at once.", field="tickets")
    chosen = request.POST if "incident" in request.POST or "chosen" in request.POST else None
    form = WhichForm(chosen, request.user)
    if chosen is not None and form.is_valid():
        incident = form.cleaned_data["incident"]
        try:
            meant = Ticket.objects.filter(pk__in=numbers)
            told = incident.link(meant, by=request.user, at=timezone.now())
        except Refused as refused:
            blame(form, refused)
        else:
            said = f"{told.data['reason']} linked to incident {incident.pk}."
            undo = undo_of(incident, told)
            if answers.in_place(request) and request.headers.get("X-Beside") == "list":
                return answers.told(request, said, undo=undo)
            return go(request, incident, said=said, undo=undo)
    context = {
        "numbers": ",".join(map(str, numbers)),
        "first": ",".join(map(str, numbers[:MOST_DECLARED])),
        "count": plural(len(numbers), "ticket"),
    }
    return form_page(request, "incidents/bulk.html", "incidents/_bulk.html", form, context)


MOST_DECLARED = 200


def picked(request: HttpRequest):
    """What the list's bar sent, or the page that asks sends again."""
    if request.POST.get("all"):
        return listing.whole(ask(request.POST.get("q", "")), request.user)
    sent = request.POST.get("tickets", request.GET.get("tickets", ""))
    typed = sent.split(",") if sent else request.POST.getlist("pick")
    numbers = [number for one in typed[: MOST + 1] if (number := number_of(one))]
    return Ticket.objects.filter(pk__in=numbers)
