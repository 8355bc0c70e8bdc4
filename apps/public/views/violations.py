"""`/csp/`: browsers tell what the policy of a page has blocked."""

from http import HTTPStatus
from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from ..allowance import Allowance
from ..models import Violation
from ..rules import read

FORMATS = ("application/csp-report", "application/reports+json")
LARGEST = 32 * 1024
ALLOWED = Allowance(30, 60)


@csrf_exempt
@login_not_required
@require_POST
def report(request: HttpRequest) -> HttpResponse:
    """Whoever sends too much, too often, or something else is told so, and nothing is kept."""
    if request.content_type not in FORMATS:
        return HttpResponse(status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    if not ALLOWED.take():
        return HttpResponse(status=HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": "60"})
    try:
        body = request.read(LARGEST + 1)
    except UnreadablePostError:
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)
    if len(body) > LARGEST:
        return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    host = urlsplit(f"//{request.get_host()}").hostname or ""
    for blocked in read(body, host):
        Violation.objects.note(blocked, at=timezone.now())
    return HttpResponse(status=HTTPStatus.NO_CONTENT)
