"""What a lead decides about one clock."""

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.portal import answers
from apps.portal.access import may
from apps.portal.forms import Instant, Line
from apps.sla import waiving
from apps.tickets.choices import Priority
from apps.tickets.models import Ticket
from apps.timeline.refusal import Refused


@require_POST
@may("sla.waive")
@answers.refusals
def waive(request: HttpRequest, pk: int, kind: str, cycle: int) -> HttpResponse:
    """Let a breach not count, with a reason."""
    ticket = get_object_or_404(Ticket, pk=pk)
    reason = request.POST.get("reason", "")
    waiving.waive(ticket, kind, cycle, reason=reason, by=request.user, at=timezone.now())
    return answers.go(request, ticket, said="Waived: this breach does not count any more.")


class DueForm(forms.Form):
    """Another instant than the policy's, or none to go back to it; and why."""

    due = Instant(required=False)
    reason = Line(required=False)


@require_POST
@may("sla.set_due")
@answers.refusals
def set_due(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Promise another instant, or what the policy promises again."""
    ticket, form = get_object_or_404(Ticket, pk=pk), DueForm(request.POST)
    lift = "lift" in request.POST
    if not form.is_valid() or not (lift or form.cleaned_data["due"]):
        raise Refused("Say until when, as a day and a time.", field="due")
    due = None if lift else form.cleaned_data["due"]
    reason = form.cleaned_data["reason"]
    waiving.set_due(ticket, kind, due, reason=reason, by=request.user, at=timezone.now())
    said = "Due as its policy says again." if lift else "Due by hand: the ticket shows both."
    return answers.go(request, ticket, said=said)


@require_safe
@may("tickets.change")
def ask(request: HttpRequest, pk: int, priority: str) -> HttpResponse:
    """A priority for a ticket whose due date was set by hand: keep that date, or lift it?"""
    if priority not in Priority.values:
        raise Http404
    ticket = get_object_or_404(Ticket, pk=pk)
    context = {
        "ticket": ticket,
        "priority": Priority(priority),
        "clocks": ticket.clocks.open().filter(by_hand=True).order_by("kind"),
    }
    return render(request, "sla/ask.html", context)
