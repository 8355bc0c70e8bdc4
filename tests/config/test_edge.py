"""What every request passes on its way in and out."""

import zoneinfo

import pytest
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from config import edge

AWAY = [OperationalError("the server closed the connection"), InterfaceError("closed")]


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Nobody waits for a database that a test has taken away."""
    monkeypatch.setattr(edge, "PATIENCE", 0.0)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/%00/", 400),
        ("/tickets/%00", 400),
        ("/%FF/", 400),
        ("/%C3%28/", 400),
        ("/?q=%00", 400),
        ("/?q=%FF", 400),
        ("/?%ED%A0%80=1", 400),
        ("/healthz/live?q=%F0%9F%98%80", 200),
        ("/healthz/live?q=%EF%BF%BD", 200),
        ("/healthz/live?" + "q" * 9000, 414),
        ("/" + "x" * 9000, 414),
    ],
)
def test_addresses(address, status):
    assert Client().get(address).status_code == status


@pytest.mark.parametrize(
    ("meta", "status"),
    [
        ({"CONTENT_LENGTH": "-1"}, 400),
        ({"CONTENT_LENGTH": "1e3"}, 400),
        ({"CONTENT_LENGTH": "١"}, 400),
        ({"CONTENT_LENGTH": str(31 * 1024 * 1024)}, 413),
        ({"HTTP_COOKIE": "x" * 40_000}, 431),
        ({"REQUEST_METHOD": "TRACE"}, 405),
        ({"REQUEST_METHOD": "BREW"}, 405),
    ],
)
def test_what_no_page_takes(meta, status):
    request = RequestFactory().get("/healthz/live")
    request.META.update(meta)
    request.method = meta.get("REQUEST_METHOD", "GET")
    passed = edge.refuse_the_unreadable(lambda _: HttpResponse("in"))
    assert passed(request).status_code == status


def test_programs_are_refused_in_their_own_shape():
    response = Client().get("/api/v1/actions/?x=%00")
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
    assert response.json() == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "code": "unreadable",
        "detail": "The address holds characters that no page has.",
    }


@pytest.mark.parametrize("error", AWAY)
@pytest.mark.parametrize(("path", "kind"), [("/", "text/html"), ("/api/v1/x/", edge.PROBLEM)])
def test_while_the_database_is_away(rf, error, path, kind):
    guard = edge.answer_when_the_database_is_away(lambda _: HttpResponse("in"))
    request = rf.get(path)
    response = guard.process_exception(request, error)
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert response["Content-Type"].startswith(kind)
    assert guard.process_exception(request, ValueError("ours")) is None
    assert guard(request).content == b"in"


def test_what_a_middleware_ran_into(rf):
    for error, path, status in (
        (AWAY[0], "/", 503),
        (AWAY[1], "/api/v1/x/", 503),
        (ValueError("ours"), "/", 500),
        (ValueError("ours"), "/api/v1/x/", 500),
    ):
        try:
            raise error
        except Exception:
            assert edge.failed(rf.get(path)).status_code == status


@pytest.mark.django_db
def test_a_session_that_cannot_be_read_is_503(as_ada, monkeypatch):
    def away(self):
        raise AWAY[0]

    monkeypatch.setattr("apps.accounts.sessions.SessionStore.load", away)
    as_ada.raise_request_exception = False
    response = as_ada.get("/")
    assert (response.status_code, response["Retry-After"]) == (503, "5")


@pytest.mark.parametrize(
    ("name", "zone"), [("Europe/Berlin", "Europe/Berlin"), ("", "UTC"), ("Mars/Phobos", "UTC")]
)
def test_pages_speak_the_persons_time(rf, name, zone):
    request = rf.get("/")
    request.user = type("Person", (), {"timezone": name})()
    spoken = []
    edge.speak_the_persons_time(lambda _: spoken.append(timezone.get_current_timezone()))(request)
    assert spoken == [zoneinfo.ZoneInfo(zone)]


@pytest.mark.django_db
def test_what_a_known_person_sees_is_stored_by_nobody(as_ada):
    response = as_ada.get("/accounts/password/change/")
    assert "no-store" in response["Cache-Control"]
    assert {"HX-Request", "Cookie"} <= {word.strip() for word in response["Vary"].split(",")}
    assert "camera=()" in response["Permissions-Policy"]


@pytest.mark.django_db
def test_answers_to_programs_are_stored_by_nobody(program, ada):
    assert program(ada).get("/api/v1/actions/")["Cache-Control"] == "no-store"


class ComesBack:
    """A view whose database is away for the first two requests."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []

    def __call__(self, request):
        self.seen.append(request.body)
        return HttpResponse("in") if len(self.seen) > 2 else edge.unavailable(request)


@pytest.mark.parametrize(
    ("ask", "status", "asked"),
    [
        (lambda rf: rf.get("/tickets/"), 200, 3),
        (lambda rf: rf.post("/tickets/new/", {"subject": "x"}), 503, 1),
        (lambda rf: rf.post("/api/v1/x/", b"{}", "application/json"), 503, 1),
        (lambda rf: _keyed(rf, b"{}"), 200, 3),
        (lambda rf: _keyed(rf, b" " * (edge.LARGEST_KEPT + 1)), 503, 1),
    ],
)
def test_what_may_be_repeated_waits_for_the_database(rf, monkeypatch, ask, status, asked):
    monkeypatch.setattr(edge, "PATIENCE", 8.0)
    monkeypatch.setattr(edge.time, "sleep", lambda seconds: None)
    view = ComesBack()
    response = edge.answer_when_the_database_is_away(view)(ask(rf))
    assert (response.status_code, len(view.seen)) == (status, asked)
    assert len(set(view.seen)) == 1, "the same body every time"


def _keyed(rf, body):
    return rf.post("/api/v1/x/", body, "application/json", headers={"idempotency-key": "k"})
