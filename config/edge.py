"""What every request passes on its way in and out."""

import zoneinfo
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from apps.public.traffic import observe

Answer = Callable[[HttpRequest], HttpResponse]


def measure(get_response: Answer) -> Answer:
    """Count the request and its duration; the portal measures itself."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with observe(request) as seen:
            response = get_response(request)
            seen.status = response.status_code
            return response

    return middleware


def refuse_unclean_addresses(get_response: Answer) -> Answer:
    """NUL or invalid UTF-8 in path or query is a bad request, whatever the page."""

    def middleware(request: HttpRequest) -> HttpResponse:
        query = unquote_to_bytes(request.META.get("QUERY_STRING", ""))
        if not (_clean(query) and _clean(request.path.encode("utf-8", "surrogateescape"))):
            return HttpResponse("The address holds characters that no page has.", status=400)
        return get_response(request)

    return middleware


def _clean(raw: bytes) -> bool:
    try:
        return "\x00" not in raw.decode("utf-8") and b"\xef\xbf\xbd" not in raw
    except UnicodeDecodeError:
        return False


def answer_when_the_database_is_away(get_response: Answer) -> Answer:
    """503 with Retry-After instead of a traceback while PostgreSQL restarts."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_exception(request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, OperationalError | InterfaceError):
            return _unavailable(request)
        return None

    def wrapped(request: HttpRequest) -> HttpResponse:
        try:
            return middleware(request)
        except (OperationalError, InterfaceError):
            return _unavailable(request)

    wrapped.process_exception = process_exception  # type: ignore[attr-defined]
    return wrapped


def _unavailable(request: HttpRequest) -> HttpResponse:
    response = render(None, "503.html", status=503)
    response["Retry-After"] = "5"
    return response


def speak_the_persons_time(get_response: Answer) -> Answer:
    """Pages show times in the zone of whoever is signed in."""

    def middleware(request: HttpRequest) -> HttpResponse:
        name = getattr(request.user, "timezone", "") or "UTC"
        with timezone.override(zoneinfo.ZoneInfo(name)):
            return get_response(request)

    return middleware


def keep_signed_in_pages_private(get_response: Answer) -> Answer:
    """Pages of a signed-in person are stored by nobody."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        return response

    return middleware
