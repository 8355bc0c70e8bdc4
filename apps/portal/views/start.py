"""Where everybody begins."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.portal.counts import out_of_band


@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """What wants this person now."""
    return render(request, "portal/today.html", {})


@require_safe
def counts(request: HttpRequest) -> HttpResponse:
    """The rail's numbers as they are now."""
    return HttpResponse(out_of_band(request.user))
