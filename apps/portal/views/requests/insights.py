"""Who asks for it: written down on a ticket, changed, removed and restored."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.features.models import FeatureRequest, Insight
from apps.portal import answers, browsing
from apps.portal.access import may
from apps.portal.views.tickets.linking import offer
from apps.tickets.models import Ticket

from .forms import AskForm, NewRequestForm


def undo_of(insight: Insight, name: str = "remove") -> str:
    return reverse(f"portal:insight-{name}", args=[insight.pk])


@require_POST
@may("features.link")
@answers.refusals
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """The ticket asks for a request there is."""
    ticket = get_object_or_404(Ticket, pk=pk)
    number = request.POST.get("request", "")
    known = number.isascii() and number.isdecimal() and len(number) < 19
    found = get_object_or_404(FeatureRequest, pk=number if known else 0)
    form = AskForm(request.POST)
    if not form.is_valid():
        return offer(request, ticket, form, status=422)
    insight = found.add_insight(ticket, **form.words(ticket), by=request.user, at=timezone.now())
    to = browsing.address(request, ticket)
    return answers.go(request, to, said=f"Asks for “{found}”.", undo=undo_of(insight))


@require_POST
@may("features.link")
@answers.refusals
def add_new(request: HttpRequest, pk: int) -> HttpResponse:
    """The ticket asks for what nobody asked for before."""
    ticket = get_object_or_404(Ticket, pk=pk)
    form = NewRequestForm(request.POST)
    if form.is_valid():
        found = FeatureRequest.objects.ask(
            ticket,
            title=form.cleaned_data["title"],
            problem=form.cleaned_data["problem"],
            **form.words(ticket),
            by=request.user,
            at=timezone.now(),
        )
        to = browsing.address(request, ticket)
        return answers.go(request, to, said=f"Asks for “{found}”, which is new.")
    return offer(request, ticket, AskForm(request.POST), fresh=form, status=422)


@require_POST
@may("features.link")
@answers.refusals
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """It matters to them more, or less."""
    insight = get_object_or_404(Insight.objects.select_related("request"), pk=pk)
    typed = request.POST.get("importance", request.GET.get("importance", ""))
    before = insight.importance
    insight.request.change_insight(
        insight,
        importance=int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 3 else -1,
        by=request.user,
        at=timezone.now(),
    )
    undo = f"{undo_of(insight, 'change')}?importance={before}"
    return answers.go(request, insight.request.goes_on, said="Importance changed.", undo=undo)


@require_POST
@may("features.link")
@answers.refusals
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """It was not this that they asked for."""
    insight = get_object_or_404(Insight.objects.select_related("request", "ticket"), pk=pk)
    insight.request.remove_insight(insight, by=request.user, at=timezone.now())
    said = f"#{insight.ticket_id} asks for “{insight.request}” no more."
    return answers.go(request, _to(request, insight), said=said, undo=undo_of(insight, "restore"))


@require_POST
@may("features.link")
@answers.refusals
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """It was this after all."""
    insight = get_object_or_404(Insight.objects.select_related("request", "ticket"), pk=pk)
    insight.request.restore_insight(insight, by=request.user, at=timezone.now())
    said = f"#{insight.ticket_id} asks for “{insight.request}” again."
    return answers.go(request, _to(request, insight), said=said, undo=undo_of(insight))


def _to(request: HttpRequest, insight: Insight):
    """Back to the page of the ticket where the press came from there."""
    came_from = request.htmx.current_url_abs_path or request.META.get("HTTP_REFERER", "")
    on_ticket = insight.ticket.get_absolute_url() in came_from
    return browsing.address(request, insight.ticket) if on_ticket else insight.request.goes_on
