"""What is done to an incident: each verb, then the whole card again."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.incidents.models import Incident
from apps.portal import answers
from apps.portal.access import may
from apps.timeline.models import Activity

from .reading import card_context, fetch


def card(request: HttpRequest, incident: Incident, said: str, *, undo: str = "") -> HttpResponse:
    """The incident as it is now."""
    context = card_context(request, incident) if answers.in_place(request) else {}
    return answers.card(
        request, "incidents/_incident.html", context, to=incident, said=said, undo=undo
    )


def back(incident: Incident, told: Activity) -> str:
    """The address that takes a change back."""
    return reverse("portal:incident-undo", args=[incident.pk, told.pk])


def moves(verb: str, said: str) -> Callable[..., HttpResponse]:
    """A view of one verb: POST, permission, fetch, the verb, the card with its Undo."""

    @require_POST
    @may("incidents.command")
    @answers.refusals
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        incident = fetch(request, pk)
        told = getattr(incident, verb)(by=request.user, at=timezone.now())
        return card(request, incident, said, undo=back(incident, told))

    view.permission = "incidents.command"  # type: ignore[attr-defined]
    return view


acknowledge = moves("acknowledge", "Acknowledged.")
mitigate = moves("mitigate", "Mitigated.")
resolve = moves("resolve", "Resolved.")
reopen = moves("reopen", "Active again.")
review = moves("review", "Reviewed.")


@require_POST
@may("incidents.command")
@answers.refusals
def undo(request: HttpRequest, pk: int, activity: int) -> HttpResponse:
    """Take a change back."""
    incident = fetch(request, pk)
    incident.undo(activity, by=request.user, at=timezone.now())
    return card(request, incident, "As before.")
