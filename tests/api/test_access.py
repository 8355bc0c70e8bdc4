"""Who gets in, and what they may."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import ApiToken
from tests import make
from tests.make import person

ACTIONS = "/api/v1/actions/"


@pytest.fixture
def token(ada) -> ApiToken:
    """Ada's program has a token for a year."""
    made, _ = ApiToken.issue(
        ada, "robot", expires_at=timezone.now() + timedelta(days=365), secret="al_secret"
    )
    return made


def ask(header: str | None):
    headers = {} if header is None else {"authorization": header}
    return Client(headers=headers).get(ACTIONS)


def test_a_token_opens_the_door_and_is_seen_once_a_minute(token):
    assert ask("Bearer al_secret").status_code == 200
    token.refresh_from_db()
    first_seen = token.last_used_at
    assert timezone.now() - first_seen < timedelta(minutes=1)
    assert ask("bearer   al_secret").status_code == 200
    token.refresh_from_db()
    assert token.last_used_at == first_seen
    ApiToken.objects.update(last_used_at=first_seen - timedelta(minutes=2))
    ask("Bearer al_secret")
    token.refresh_from_db()
    assert token.last_used_at > first_seen


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Basic YWRhOmRlbW8=",
        "al_secret",
        "Bearer al_secret extra",
        "Bearer ключ",
        "Bearer " + "x" * 5000,
        "Token al_secret",
    ],
)
def test_anything_else_does_not(token, header):
    response = ask(header)
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("change", [{"revoked_at": timezone.now()}, {"expires_at": timezone.now()}])
def test_a_revoked_or_expired_token_is_no_token(token, change):
    ApiToken.objects.update(**change)
    assert ask("Bearer al_secret").status_code == 401


def test_a_token_dies_with_its_owner(token, ada):
    ada.is_active = False
    ada.save()
    assert ask("Bearer al_secret").status_code == 401


def test_a_browser_session_opens_nothing_here(as_ada):
    assert as_ada.get(ACTIONS).status_code == 401


def test_scopes_narrow_the_owner(speak, ada):
    reader = speak(ada, "actions.read")
    assert reader.get("actions/")[0] == 200
    assert reader.get("figures/")[0] == 403
    status, body = reader.post("actions/", {"title": "x"})
    assert (status, body["code"]) == (403, "permission_denied")


MANY = {"steps": [{"do": "status", "to": "resolved"}]}
REPLIES = [{"do": "reply", "text": "All is well."}]


def test_what_a_verb_asks_its_person_is_narrowed_too(speak, sol):
    """Steps of a bulk change and of a macro need permissions of their own."""
    made = make.ticket()
    _, macro = speak(sol).post("macros/", {"title": "Answer", "steps": REPLIES})
    many = MANY | {"tickets": [made.pk]}
    narrow = speak(sol, "tickets.bulk", "tickets.note")
    status, body = narrow.post("bulk-changes/", many)
    assert (status, body["code"]) == (409, "not_allowed")
    merging = {"tickets": [make.ticket().pk], "merge_into": made.pk}
    assert narrow.post("bulk-changes/", merging)[0] == 409
    status, body = narrow.post(f"tickets/{made.pk}/apply-macro/", {"macro": macro["id"]})
    assert status == 409 and not made.messages.filter(direction="out").exists()
    assert speak(sol, "tickets.bulk", "tickets.change").post("bulk-changes/", many)[0] == 201


def test_a_scope_never_widens_the_owner(speak, db):
    nobody = person("No Role")
    status, _ = speak(nobody, "actions.read").get("actions/")
    assert status == 403


def test_unknown_addresses_answer_as_problems(db, speak, ada):
    for path in ("nothing/", "actions/99/nothing/", "actions/99/", "actions/abc/"):
        status, body = speak(ada).get(path)
        assert (status, body["code"]) == (404, "not_found")
    assert Client().post("/api/nowhere/").status_code == 404


def test_methods_a_resource_does_not_have(program, ada):
    for method in ("put", "patch", "delete"):
        response = getattr(program(ada), method)(ACTIONS)
        assert response.status_code == 405
        assert response.json()["code"] == "method_not_allowed"
    assert Client().delete(ACTIONS).status_code == 401
