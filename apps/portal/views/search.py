"""Finding anything: a page of results, and the palette."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.portal.finding import find


@require_safe
def results(request: HttpRequest) -> HttpResponse:
    """Everything that matches, grouped by what it is."""
    said = _said(request)
    return render(
        request, "search/results.html", {"said": said, "groups": find(said, request.user)}
    )


@require_safe
def palette(request: HttpRequest) -> HttpResponse:
    """The first few matches of each kind."""
    said = _said(request)
    groups = find(said, request.user, limit=5)
    return render(request, "search/_options.html", {"said": said, "groups": groups})


def _said(request: HttpRequest) -> str:
    return request.GET.get("q", "").strip()[:200]
