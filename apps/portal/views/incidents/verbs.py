"""What is done to an incident: each verb, then the whole card again."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.incidents.models import Incident
from apps.portal import answers
from apps.portal.access import may
from apps.timeline.models import Activity

from .reading import card_context, fetch

Verb = Callable[[HttpRequest, Incident], tuple[str, Activity]]


def verb(act: Verb) -> Callable[..., HttpResponse]:
    """A view from one verb: POST, permission, fetch, the verb, the card with its Undo."""

    @require_POST
    @may("incidents.command")
    @answers.refusals
    @wraps(act)
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        incident = fetch(request, pk)
        said, told = act(request, incident)
        return card(request, incident, said, undo=back(incident, told))

    view.permission = "incidents.command"  # type: ignore[attr-defined]
    return view


def card(request: HttpRequest, incident: Incident, said: str, *, undo: str = "") -> HttpResponse:
    """The incident as it is now."""
    context = card_context(request, incident) if answers.in_place(request) else {}
    return answers.card(
        request, "incidents/_incident.html", context, to=incident, said=said, undo=undo
    )


def back(incident: Incident, told: Activity) -> str:
    """The address that takes a change back."""
    return reverse("portal:incident-undo", args=[incident.pk, told.pk])


@verb
def acknowledge(request: HttpRequest, incident: Incident) -> tuple[str, Activity]:
    """Take it up."""
    return "Acknowledged.", incident.acknowledge(by=request.user, at=timezone.now())


@verb
def mitigate(request: HttpRequest, incident: Incident) -> tuple[str, Activity]:
    """It hurts nobody any more."""
    return "Mitigated.", incident.mitigate(by=request.user, at=timezone.now())


@verb
def resolve(request: HttpRequest, incident: Incident) -> tuple[str, Activity]:
    """It is over."""
    return "Resolved.", incident.resolve(by=request.user, at=timezone.now())


@verb
def reopen(request: HttpRequest, incident: Incident) -> tuple[str, Activity]:
    """It is not over."""
    return "Active again.", incident.reopen(by=request.user, at=timezone.now())


@verb
def review(request: HttpRequest, incident: Incident) -> tuple[str, Activity]:
    """It was talked over."""
    return "Reviewed.", incident.review(by=request.user, at=timezone.now())


@require_POST
@may("incidents.command")
@answers.refusals
def undo(request: HttpRequest, pk: int, activity: int) -> HttpResponse:
    """Take a change back."""
    incident = fetch(request, pk)
    incident.undo(activity, by=request.user, at=timezone.now())
    return card(request, incident, "As before.")
