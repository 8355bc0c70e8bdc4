"""Bad inputs at every door: refused in words, nothing half done, never a fault of ours."""

import json
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, get_resolver, reverse

from apps.actions.models import Action, Decision
from apps.api.resource import router
from apps.api.urls import urlpatterns  # noqa: F401  (fills the router)
from apps.sla.models import Policy
from tests.make import NOW

from . import bad

pytestmark = pytest.mark.django_db
JSON = "application/json"
PROBLEM = "application/problem+json"
ACTIONS = "/api/v1/actions/"
RESOURCES = [prefix for prefix, _, _ in router.registry]
LISTS = [prefix for prefix, viewset, _ in router.registry if hasattr(viewset, "list")]


@pytest.fixture
def client(program, admin, settings) -> Client:
    """A program that may do everything: what stops it is the input alone."""
    settings.API_CALLS_A_MINUTE = 100_000
    return program(admin)


@pytest.fixture
def staff(as_admin) -> Client:
    """A staff that may do everything, on a desk that has its default policy."""
    Policy.objects.default()
    return as_admin


def refused(response, name: str) -> None:
    assert 400 <= response.status_code < 500, f"{name}: {response.content[:500]}"
    assert response["Content-Type"] == PROBLEM, name
    body = response.json()
    assert body["status"] == response.status_code and body["detail"], name


def survived(response, name: str) -> None:
    assert response.status_code < 500, f"{name}: {response.content[:500]}"


# --- programs -------------------------------------------------------------------------------------


def test_bodies(client, stored):
    before = stored()
    for name, body in bad.BODIES.items():
        refused(client.generic("POST", ACTIONS, body, JSON), name)
    assert stored() == before


def test_content_types(client, stored):
    before = stored()
    for content_type in bad.CONTENT_TYPES:
        refused(client.generic("POST", ACTIONS, b"{}", content_type), content_type)
    assert stored() == before


GOOD = {
    ACTIONS: {"title": "Write", "owner": "admin@demo.test", "due": "2026-12-01"},
    "/api/v1/decisions/": {"question": "Which?", "options": ["a", "b"]},
}
UNUSUAL = {  # words that say nothing, but harm nobody
    "far year",
    "year 0",
    "day that is none",
    "naive instant",
    "relative path",
    "zone that is none",
    "null",  # where a field may be left empty
}
FIELDS = [(path, field) for path, body in GOOD.items() for field in body]


def post(client, path, body, name, stored) -> None:
    """Refused whole; or taken, where the field has nothing against an unusual word."""
    before = stored()
    response = client.generic("POST", path, json.dumps(body), JSON)
    if response.status_code < 300:
        assert name in {*UNUSUAL, "only overrides" if "why" in body else ""}, name
        return
    refused(response, name)
    assert stored() == before, name


@pytest.mark.parametrize(("path", "field"), FIELDS)
def test_values_of_a_new_record(path, field, client, stored):
    for name, value in bad.VALUES.items():
        post(client, path, GOOD[path] | {field: value}, name, stored)


@pytest.mark.parametrize(("path", "field"), FIELDS)
def test_a_missing_field(path, field, client, stored):
    before = stored()
    body = {name: value for name, value in GOOD[path].items() if name != field}
    refused(client.generic("POST", path, json.dumps(body), JSON), field)
    assert stored() == before


VERBS = [("carry", "due"), ("drop", "why"), ("hand-to", "owner")]


@pytest.mark.parametrize(("verb", "field"), VERBS)
def test_values_given_to_a_verb(verb, field, client, stored, admin):
    for name, value in bad.VALUES.items():
        action = Action.objects.agree("Write", owner=admin, due=NOW.date(), by=admin, at=NOW)
        post(client, f"{ACTIONS}{action.pk}/{verb}/", {field: value}, name, stored)


CHOICE = {"choice": "a", "why": "It fits"}


@pytest.mark.parametrize("field", ["choice", "why", "review_on"])
def test_values_of_a_decision(field, client, stored, admin):
    for name, value in bad.VALUES.items():
        asked = Decision.objects.ask("Which?", options=["a", "b"], by=admin, at=NOW)
        path = f"/api/v1/decisions/{asked.pk}/decide/"
        post(client, path, CHOICE | {field: value}, name, stored)


HARMLESS = {"nothing but signs", "percent", "half percent", "script"}


@pytest.mark.parametrize("resource", LISTS)
def test_questions(resource, client, stored):
    before = stored()
    for name, query in bad.QUERIES.items():
        response = client.get(f"/api/v1/{resource}/?{query}")
        survived(response, name)
        assert response.status_code == 400 or name in HARMLESS, name
    assert stored() == before


@pytest.mark.parametrize("resource", RESOURCES)
def test_places(resource, client, stored):
    before = stored()
    for name, place in bad.PLACES.items():
        response = client.get(f"/api/v1/{resource}/{place}/")
        survived(response, name)
        assert response.status_code in {400, 404, 405, 414} or "dots" in name, name
    assert stored() == before


METHODS = ["PUT", "PATCH", "DELETE", "TRACE", "BREW"]


@pytest.mark.parametrize("resource", RESOURCES)
def test_methods(resource, client, stored):
    before = stored()
    for method in METHODS:
        response = client.generic(method, f"/api/v1/{resource}/", b"{}", JSON)
        assert response.status_code == 405, method
    assert stored() == before


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("accept", "x/y"),
        ("accept", "application/json; version=9"),
        ("accept", ";;;,,,"),
        ("accept", "x" * 5000),
        ("idempotency-key", "x" * 300),
        ("idempotency-key", "\xff"),
        ("authorization", "Bearer " + "x" * 300),
        ("authorization", "Bearer \xff"),
        ("authorization", "Negotiate x"),
        ("x-forwarded-for", "' OR 1=1"),
        ("x-forwarded-host", "evil.example.com"),
        ("x-http-method-override", "DELETE"),
        ("content-encoding", "gzip"),
        ("transfer-encoding", "chunked"),
        ("range", "bytes=0-,0-,0-"),
        ("if-none-match", "W/x"),
        ("if-modified-since", "yesterday"),
        ("accept-language", "x" * 600),
        ("cookie", "session=" + "x" * 5000),
        ("user-agent", "\x1b[31m\r\nX: y"),
        ("origin", "null"),
        ("hx-request", "true"),
    ],
)
def test_a_header(header, value, client, stored):
    before = stored()
    response = client.generic("POST", "/api/v1/actions/", b"[]", JSON, headers={header: value})
    assert 400 <= response.status_code < 500
    assert "evil.example.com" not in response.content.decode()
    assert stored() == before


# --- people ---------------------------------------------------------------------------------------


def addresses() -> dict[str, str]:
    """Every page of the portal that needs no record."""
    found = {}

    def walk(patterns, names=()):
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                if pattern.callback.__module__.startswith("apps.portal.views"):
                    try:
                        found[pattern.name] = reverse(f"portal:{pattern.name}")
                    except NoReverseMatch:
                        continue
            else:
                walk(pattern.url_patterns)

    walk(get_resolver().url_patterns)
    return found


PAGES = addresses()
PARAMETERS = ("q", "after", "before", "show", "status", "state", "from", "to", "page", "sort")


@pytest.mark.parametrize("name", PAGES)
def test_searches(name, staff, stored):
    before = stored()
    for said, search in bad.SEARCHES.items():
        query = "&".join(f"{parameter}={search}" for parameter in PARAMETERS)
        query = query if len(query) < 8000 else f"q={search}"
        survived(staff.get(f"{PAGES[name]}?{query}"), said)
    assert stored() == before


FORMS = {
    "/actions/new/": {"title": "Write", "owner": "1", "due": "2026-12-01"},
    "/actions/decisions/ask/": {"question": "Which?", "options": "a\nb"},
}


FORM_FIELDS = [(form, field) for form, good in FORMS.items() for field in good]


@pytest.mark.parametrize(("address", "field"), FORM_FIELDS)
def test_forms(address, field, staff, admin, stored):
    good = FORMS[address] | ({"owner": str(admin.pk)} if "owner" in FORMS[address] else {})
    for name, value in bad.VALUES.items():
        before = stored()
        typed = value if isinstance(value, str) else json.dumps(value)
        response = staff.post(address, good | {field: typed})
        assert response.status_code in {302, 422}, name
        assert response.status_code == 302 or stored() == before, name


@pytest.mark.parametrize(
    "target",
    ["//evil.example.com", "/\\evil.example.com", "https:evil", "javascript:alert(1)", "%0d%0aX:1"],
)
def test_nobody_is_sent_elsewhere_after_signing_in(target, admin):
    admin.set_password("demo")
    admin.save()
    response = Client().post(
        f"/accounts/login/?next={quote(target, safe='%')}",
        {"login": admin.email, "password": "demo", "next": target},
    )
    assert response.status_code in {200, 302, 400}
    assert "evil" not in response.get("Location", "")
    assert "javascript" not in response.get("Location", "")


def test_there_are_more_than_four_hundred():
    by_value = len(FIELDS) + len(VERBS) + 3 + len(FORM_FIELDS)
    sent = (
        len(bad.BODIES)
        + len(bad.CONTENT_TYPES)
        + len(bad.VALUES) * by_value
        + len(bad.QUERIES) * len(LISTS)
        + (len(bad.PLACES) + len(METHODS)) * len(RESOURCES)
        + len(bad.SEARCHES) * len(PAGES)
    )
    assert sent >= 400
