"""What a lead decides about one clock."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.portal import answers
from apps.portal.access import may
from apps.sla import waiving
from apps.tickets.models import Ticket


@require_POST
@may("sla.waive")
@answers.refusals
def waive(request: HttpRequest, pk: int, kind: str, cycle: int) -> HttpResponse:
    """Let a breach not count, with a reason."""
    ticket = get_object_or_404(Ticket, pk=pk)
    reason = request.POST.get("reason", "")
    waiving.waive(ticket, kind, cycle, reason=reason, by=request.user, at=timezone.now())
    return answers.go(request, ticket, said="Waived: this breach does not count any more.")
