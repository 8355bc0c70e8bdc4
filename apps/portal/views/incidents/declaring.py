"""Saying that something is wrong, and saying it better later."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from apps.incidents.models import Incident
from apps.portal.access import may
from apps.portal.answers import blame, form_page, go
from apps.portal.deeds import about
from apps.tickets.models import Ticket
from apps.timeline.refusal import Refused

from .forms import DeclareForm, EditForm
from .reading import fetch
from .verbs import back


@require_http_methods(["GET", "HEAD", "POST"])
@may("incidents.declare")
def declare(request: HttpRequest) -> HttpResponse:
    """A new incident; with `tickets`, of these tickets."""
    numbers = about(request.POST.get("tickets", request.GET.get("tickets", "")))
    tickets = Ticket.objects.filter(pk__in=numbers)
    first = tickets.order_by("pk").first() if numbers else None
    initial = {"title": first.subject[:200]} if first else {}
    form = DeclareForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            incident = Incident.objects.declare(
                **form.cleaned_data,
                tickets=tickets if first else None,
                by=request.user,
                at=timezone.now(),
            )
        except Refused as refused:
            blame(form, refused)
        else:
            return go(request, incident, said=f"{incident.severity} declared.")
    context = {"numbers": ",".join(map(str, numbers)), "tickets": tickets if first else ()}
    return form_page(request, "incidents/declare.html", "incidents/_declare.html", form, context)


@require_http_methods(["GET", "HEAD", "POST"])
@may("incidents.command")
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """What it is, who leads it, and when what happened."""
    incident = fetch(request, pk)
    form = EditForm(incident, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            told = incident.edit(**form.said(), by=request.user, at=timezone.now())
        except Refused as refused:
            blame(form, refused)
        else:
            return go(request, incident, said="Changed.", undo=back(incident, told))
    context = {"incident": incident}
    return form_page(request, "incidents/edit.html", "incidents/_edit.html", form, context)
