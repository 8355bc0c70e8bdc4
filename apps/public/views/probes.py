"""`/healthz/live`, `/healthz/ready` and `/metrics`."""

import ipaddress
import secrets

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from .. import exposition, probes

VITAL = {
    "database": probes.database_answers,
    "migrations": probes.migrations_match,
    "disk": probes.disk_has_room,
}
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")


@login_not_required
@require_safe
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """The process turns; it asks nobody else."""
    return JsonResponse({"status": "ok"})


@login_not_required
@require_safe
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """It can serve: 503 when something vital fails, `degraded` without the broker."""
    found = {name: check() for name, check in VITAL.items()}
    serving = all(found.values())
    found["broker"] = probes.broker_answers()
    status = "ok" if all(found.values()) else "degraded" if serving else "unavailable"
    words = {name: "ok" if well else "failing" for name, well in found.items()}
    return JsonResponse({"status": status, "checks": words}, status=200 if serving else 503)


@login_not_required
@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text, for this machine or whoever holds METRICS_TOKEN."""
    if not (_is_local(request) or _has_token(request)):
        raise PermissionDenied("Metrics are read on this machine or with METRICS_TOKEN.")
    return HttpResponse(exposition.text(), content_type=CONTENT_TYPE_LATEST)


def _is_local(request: HttpRequest) -> bool:
    """From this machine itself; what a proxy passes on comes from elsewhere."""
    if any(name in request.META for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _has_token(request: HttpRequest) -> bool:
    expected = settings.METRICS_TOKEN
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bool(expected) and secrets.compare_digest(given.encode(), expected.encode())
