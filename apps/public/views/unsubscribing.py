"""`/unsubscribe/…`: the link under a mail that comes by itself. Looking ends nothing; sending does.

A person sends by the button, a mail program by its one click (RFC 8058).
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from apps.reports.models import Subscription

from .contact import private


@private
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """What the link ends, and that it is ended."""
    found = Subscription.objects.behind(token)
    if found is None:
        return render(request, "contact/unsubscribe.html", status=404)
    if request.method == "POST" and found.active:
        found.end(at=timezone.now())
        found.active = False
    return render(request, "contact/unsubscribe.html", {"subscription": found})
