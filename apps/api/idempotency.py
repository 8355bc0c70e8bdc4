"""The same POST sent twice is done once: the effect and its answer commit together."""

import hashlib
from collections.abc import Callable

from django.db import OperationalError, transaction
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from .errors import OtherBody, Running
from .models import ApiRequest

HEADER = "Idempotency-Key"
LONGEST = 255
LOCK_NOT_AVAILABLE = "55P03"


def key_of(request) -> str:
    """The key that the program gave, or none."""
    key = request.headers.get(HEADER, "")
    if key and not (len(key) <= LONGEST and key.isascii() and key.isprintable()):
        raise ValidationError({HEADER: f"A key is at most {LONGEST} printable ASCII characters."})
    return key


def once(view, handler: Callable, key: str) -> Callable:
    """The handler, run only if no answer is known under this key."""

    def handle(request, *args, **kwargs) -> HttpResponse:
        token, fingerprint = request.auth, _fingerprint(request)
        ApiRequest.objects.enter(token=token, key=key, fingerprint=fingerprint, at=timezone.now())
        with transaction.atomic():
            known = _hold(token, key)
            if bytes(known.fingerprint) != fingerprint:
                raise OtherBody
            if known.status is not None:
                return _replay(known)
            response = _attempt(view, handler, request, *args, **kwargs)
            known.keep(
                status=response.status_code,
                content_type=response.content_type or JSONRenderer.media_type,
                body=JSONRenderer().render(response.data),
            )
            return response

    return handle


def _fingerprint(request) -> bytes:
    asked = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    whole = request._request
    if not hasattr(whole, "_body"):
        whole._body = whole.read()  # Django's own limit knows no files; ours has measured it
    asked.update(whole._body)
    return asked.digest()


def _hold(token, key: str) -> ApiRequest:
    try:
        with transaction.atomic():
            return ApiRequest.objects.held(token=token, key=key)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) != LOCK_NOT_AVAILABLE:
            raise  # the database is away: the edge asks again
        raise Running from error


def _attempt(view, handler, request, *args, **kwargs) -> Response:
    """Run it; a refusal undoes what it had begun. A fault of ours leaves no answer behind."""
    try:
        with transaction.atomic():
            return handler(request, *args, **kwargs)
    except Exception as error:
        return view.handle_exception(error)


def _replay(known: ApiRequest) -> HttpResponse:
    response = HttpResponse(bytes(known.body), status=known.status, content_type=known.content_type)
    response["Idempotency-Replayed"] = "true"
    return response
