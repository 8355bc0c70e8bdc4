"""A file of the tickets a list shows."""

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.outbox.models import Job
from apps.portal.access import may
from apps.portal.answers import go, refusals
from apps.tickets import exporting


@require_POST
@may("tickets.export")
@refusals
def start(request: HttpRequest) -> HttpResponse:
    """Order it; how far it is stands on a page."""
    words, kind = request.POST.get("q", ""), request.POST.get("format", "jsonl")
    job = exporting.start(words, kind, by=request.user, at=timezone.now())
    return go(request, job, said="The file is being written.")


@require_safe
@may("tickets.export")
def fetch(request: HttpRequest, pk: int) -> HttpResponse:
    """The file, for whoever ordered it."""
    job = get_object_or_404(
        Job, pk=pk, work="tickets.export", state="done", started_by=request.user
    )
    path = exporting.path_of(job)
    if not path.exists():
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=path.name)
