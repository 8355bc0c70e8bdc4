"""What every request passes on its way in and out."""

import logging
import sys
import time
import uuid
import zoneinfo
from collections.abc import Callable
from http import HTTPStatus
from io import BytesIO
from urllib.parse import unquote_to_bytes

import pghistory
import structlog
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user
from django.core.handlers.wsgi import WSGIRequest
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.defaults import server_error
from structlog.contextvars import bind_contextvars, clear_contextvars

from apps.accounts.models import ApiToken
from apps.public.traffic import observe

log = logging.getLogger(__name__)

Answer = Callable[[HttpRequest], HttpResponse]

LONGEST_ADDRESS = 8 * 1024
MOST_HEADERS = 32 * 1024
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
PROBLEM = "application/problem+json"
REPORTS = 'csp="/csp/"'  # what `report-to` of the policy names
# Not "cookies": that takes those of every other host under the organisation's domain along.
WHEN_SIGNED_OUT = '"cache", "storage"'
OWN_ACCOUNT = "/accounts/"
PROGRAMS = ("/api/", "/hooks/", "/metrics")
IN_THE_CLEAR = (
    "Ask by https://. Nothing was done. A token or an address that was sent without it may have"
    " been read on the way: replace it."
)
RETRY_AFTER = "5"
PATIENCE = 12.0  # seconds a request waits for the database to come back from a restart
LARGEST_KEPT = 1024**2  # bytes of a body that is kept to be sent in again


def measure(get_response: Answer) -> Answer:
    """Count the request and its duration; the portal measures itself."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with observe(request) as seen:
            response = get_response(request)
            seen.status = response.status_code
            return response

    return middleware


def refuse_the_unreadable(get_response: Answer) -> Answer:
    """NUL, invalid UTF-8, or more than any page takes: refused before anything reads it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        refused = _refusal(request)
        return get_response(request) if refused is None else _refuse(request, *refused)

    return middleware


def _refusal(request: HttpRequest) -> tuple[int, str] | None:
    meta = request.META
    # Django has decoded the path and left in it, percent-encoded, what is not UTF-8; WSGI hands
    # the query over as Latin-1.
    address = unquote_to_bytes(request.path_info)
    query = meta.get("QUERY_STRING", "").encode("latin-1", "replace")
    if request.method not in METHODS:
        return 405, "No page knows this method."
    if len(address) + len(query) > LONGEST_ADDRESS:
        return 414, "The address is too long."
    if not (_clean(address) and _clean(unquote_to_bytes(query))):
        return 400, "The address holds characters that no page has."
    if sum(len(str(value)) for name, value in meta.items() if name.startswith("HTTP_")) > (
        MOST_HEADERS
    ):
        return 431, "The headers are too long."
    length = meta.get("CONTENT_LENGTH") or "0"
    if not (str(length).isascii() and str(length).isdigit()):
        return 400, "The length of the body is no number."
    if int(length) > settings.LARGEST_UPLOAD:
        return 413, f"A body may hold {settings.LARGEST_UPLOAD // 1024**2} MB."
    return None


def _clean(raw: bytes) -> bool:
    try:
        return "\x00" not in raw.decode("utf-8")
    except UnicodeDecodeError:
        return False


def _refuse(request: HttpRequest, status: int, sentence: str) -> HttpResponse:
    if request.META.get("PATH_INFO", "").startswith("/api/"):
        return _problem(status, "unreadable", sentence)
    return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")


def _problem(status: int, code: str, sentence: str) -> HttpResponse:
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": sentence,
    }
    return JsonResponse(body, status=status, content_type=PROBLEM)


def refuse_programs_in_the_clear(get_response: Answer) -> Answer:
    """A program that is led on to HTTPS goes on sending its secret in the clear; refused, it stops.

    Nothing is done, and a token that came this way is marked: whoever listened has it.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if not (settings.SECURE_SSL_REDIRECT and request.path_info.startswith(PROGRAMS)):
            return get_response(request)
        if request.is_secure():
            return get_response(request)
        _, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        ApiToken.note_sent_in_clear(secret.strip(), at=timezone.now())
        said = {"code": 403, "request": f"{request.method} {request.path}"}
        structlog.get_logger(__name__).warning("in the clear", **said, ip=_came_from(request))
        return _problem(403, "https_only", IN_THE_CLEAR)

    return middleware


def answer_when_the_database_is_away(get_response: Answer) -> Answer:
    """While PostgreSQL restarts: try again what may be, for some seconds; then 503, Retry-After."""

    def middleware(request: HttpRequest) -> HttpResponse:
        anew = _repeatable(request)
        deadline, pause = time.monotonic() + PATIENCE, 0.1
        response = get_response(request)
        while anew and hasattr(response, "database_is_away"):
            if time.monotonic() + pause > deadline:
                break
            time.sleep(pause)
            pause = min(1.0, pause * 2)
            again = anew()
            response = get_response(again)
            request.resolver_match = again.resolver_match
        return response

    def process_exception(request: HttpRequest, error: Exception) -> HttpResponse | None:
        return unavailable(request) if _is_away(error) else None

    middleware.process_exception = process_exception  # type: ignore[attr-defined]
    return middleware


def _repeatable(request: HttpRequest) -> Callable[[], HttpRequest] | None:
    """How to ask the same again: only what changes nothing, or is done once under its key."""
    environ = dict(request.META)
    if request.method in ("GET", "HEAD"):
        return lambda: WSGIRequest(dict(environ))
    keyed = "HTTP_IDEMPOTENCY_KEY" in environ and request.path.startswith("/api/")
    if not keyed or int(environ.get("CONTENT_LENGTH") or 0) > LARGEST_KEPT:
        return None
    body = request.body
    return lambda: WSGIRequest({**environ, "wsgi.input": BytesIO(body)})


def failed(request: HttpRequest) -> HttpResponse:
    """The house's handler500: what a middleware ran into ends here."""
    if _is_away(sys.exc_info()[1]):
        return unavailable(request)
    if request.path.startswith("/api/"):
        return _problem(500, "fault", "This is on us.")
    return server_error(request)


def _is_away(error: BaseException | None) -> bool:
    return isinstance(error, OperationalError | InterfaceError)


def unavailable(request: HttpRequest) -> HttpResponse:
    """Come back in a moment; nothing here needs the database."""
    if request.path.startswith("/api/"):
        response = _problem(503, "unavailable", "The database is away for a moment.")
    else:
        response = HttpResponse(render_to_string("503.html"), status=503)
    response.database_is_away = True  # type: ignore[attr-defined]
    response["Retry-After"] = RETRY_AFTER
    response["Cache-Control"] = "no-store"
    return response


def know_who_asks(get_response: Answer) -> Answer:
    """Whoever is signed in, looked up now: every page asks, and asks a plain object faster."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.user = get_user(request)
        return get_response(request)

    return middleware


def tell_the_log(get_response: Answer) -> Answer:
    """One line for every request; its number and its person are in all lines written meanwhile."""

    def middleware(request: HttpRequest) -> HttpResponse:
        bind_contextvars(request_id=str(uuid.uuid4()), user_id=request.user.pk)
        began = time.perf_counter()
        try:
            response = get_response(request)
            level = _LEVELS.get(response.status_code // 100, logging.INFO)
            if log.isEnabledFor(level):
                said = {"code": response.status_code, "ip": _came_from(request)}
                said["seconds"] = round(time.perf_counter() - began, 4)
                said["request"] = f"{request.method} {request.get_full_path()}"
                said["user_agent"] = request.META.get("HTTP_USER_AGENT")
                structlog.get_logger(__name__).log(level, "request", **said)
            return response
        finally:
            clear_contextvars()

    return middleware


_LEVELS = {4: logging.WARNING, 5: logging.ERROR}


def _came_from(request: HttpRequest) -> str:
    """The address of whoever asks, as the outermost proxy of ours saw it."""
    proxies, said = settings.ALLAUTH_TRUSTED_PROXY_COUNT, request.META.get("HTTP_X_FORWARDED_FOR")
    passed = said.split(",") if said else []
    if 0 < proxies <= len(passed):
        return passed[-proxies].strip()
    return request.META.get("REMOTE_ADDR", "")


def ask_for_a_second_factor(get_response: Answer) -> Answer:
    """Whoever must have one sets it up before anything else; `SECOND_FACTOR_FOR` says who."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(OWN_ACCOUNT) or not _lacks_a_factor(request):
            return get_response(request)
        messages.info(request, "Your role needs a second factor: set one up to go on.")
        return redirect("mfa_index")

    return middleware


def _lacks_a_factor(request: HttpRequest) -> bool:
    wanted, person = settings.SECOND_FACTOR_FOR, request.user
    if not wanted or not person.is_authenticated:
        return False
    asked = "everybody" in wanted or not set(wanted).isdisjoint(person.roles)
    return asked and not get_mfa_adapter().is_mfa_enabled(person)


def remember_who_edits(get_response: Answer) -> Answer:
    """What the admin changes is kept by triggers; they are told by whom and where."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method != "POST" or not request.path.startswith("/admin/"):
            return get_response(request)
        with pghistory.context(user=request.user.pk, address=request.path):
            return get_response(request)

    return middleware


def speak_the_persons_time(get_response: Answer) -> Answer:
    """Pages show times in the zone of whoever is signed in."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with timezone.override(_zone(getattr(request.user, "timezone", ""))):
            return get_response(request)

    return middleware


def _zone(name: str) -> zoneinfo.ZoneInfo:
    """UTC for nobody, and for a zone that the machine has forgotten."""
    try:
        return zoneinfo.ZoneInfo(name or "UTC")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")


def keep_signed_in_pages_private(get_response: Answer) -> Answer:
    """What is shown to somebody who is known is stored by nobody, and gone once they sign out."""

    def middleware(request: HttpRequest) -> HttpResponse:
        came_in = request.user.is_authenticated
        response = get_response(request)
        user = request.user  # the API sets it to None where no token was shown
        known = user is not None and user.is_authenticated
        if came_in and user is not None and not known:
            response["Clear-Site-Data"] = WHEN_SIGNED_OUT
        if known and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        if response.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ["HX-Request"])
            response["Reporting-Endpoints"] = REPORTS
        response.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        return response

    return middleware
