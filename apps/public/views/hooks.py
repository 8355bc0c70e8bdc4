"""`/hooks/KIND/TOKEN/`: one insert of the raw body, then 202; reading comes later."""

import uuid
from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from apps.outbox.models import InboundEvent

from ..choices import HookKind
from ..models import Hook

MEGABYTE = 1024 * 1024
LARGEST = {HookKind.ALERTMANAGER: 4 * MEGABYTE, HookKind.MAIL: 25 * MEGABYTE}
KEPT_HEADERS = ("Content-Type", "User-Agent", "Idempotency-Key")
LONGEST_TOKEN = 200


@csrf_exempt
@login_not_required
@require_POST
def hook(request: HttpRequest, kind: str, token: str) -> HttpResponse:
    """Keep what arrived; a repeated Idempotency-Key is the event there is."""
    found = Hook.objects.behind(kind, token) if len(token) <= LONGEST_TOKEN else None
    if found is None:
        raise Http404
    largest = LARGEST.get(HookKind(kind), MEGABYTE)
    try:
        body = request.read(largest + 1)
    except UnreadablePostError:
        return _answer(HTTPStatus.BAD_REQUEST, "The body broke off.")
    if len(body) > largest:
        return _answer(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"At most {largest // MEGABYTE} MB fit."
        )
    headers = {
        name: request.headers[name][:500] for name in KEPT_HEADERS if name in request.headers
    }
    key = request.headers.get("Idempotency-Key", "")[:120] or str(uuid.uuid4())
    event = InboundEvent.objects.store(
        kind, f"{found.pk}:{key}", body, headers | {"hook": str(found.pk)}
    )
    return JsonResponse({"received": event.pk}, status=HTTPStatus.ACCEPTED)


def _answer(status: HTTPStatus, sentence: str) -> HttpResponse:
    return JsonResponse({"detail": sentence}, status=status)
