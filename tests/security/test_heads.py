"""What every answer carries, and how one comes in: what docs/asvs.md says and none else tests."""

from functools import partial

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import get_password_validators, validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from apps.accounts import adapter
from apps.accounts.models import ApiToken
from apps.tickets.models import Ticket
from config.settings.base import AUTH_PASSWORD_VALIDATORS
from tests import make

HEADS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
)
PASSWORD = "correct horse battery"


@pytest.fixture
def person(db):
    found = make.person("Ada Lovelace", "support", email="ada@example.com")
    found.set_password(PASSWORD)
    found.save()
    return found


def sign_in(client, password: str):
    return client.post(reverse("account_login"), {"login": "ada@example.com", "password": password})


@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/nowhere/", "/healthz/live", "/api/v1/tickets/"]
)
def test_every_answer_carries_its_heads(client, db, path):
    answer = client.get(path)
    assert {name: answer.get(name) for name in HEADS} == HEADS
    policy = answer["Content-Security-Policy"]
    assert [one for one in POLICY if one not in policy] == [] and "unsafe" not in policy
    assert not answer.has_header("Access-Control-Allow-Origin")


def test_guessing_a_password_is_slowed(client, person):
    cache.clear()
    said = [sign_in(client, f"wrong {number}").content.decode() for number in range(5)]
    assert not any("Too many" in one for one in said)
    assert "Too many" in sign_in(client, PASSWORD).content.decode()
    assert client.get("/").status_code == 302
    cache.clear()


def test_the_admin_has_no_door_of_its_own(client, person, ada, signed_in):
    """There a second factor would not be asked for, and guesses not counted."""
    person.is_staff = person.is_superuser = True
    person.save()
    told = {"username": person.email, "password": PASSWORD, "next": "/admin/"}
    for answer in (client.post("/admin/login/", told), client.get("/admin/login/?next=/admin/")):
        assert answer["Location"] == f"{reverse('account_login')}?next=%2Fadmin%2F"
    assert client.get("/admin/").status_code == 302
    client.force_login(person)
    assert client.get("/admin/").status_code == 200
    assert signed_in(ada).get("/admin/login/").status_code == 403


@pytest.mark.parametrize(
    "password",
    [
        *("eleven long", "ada@example.com", "password1234"),
        *("Afterlaunch2026", "portal.tidewater", "Gulls-tidewater!"),
    ],
)
def test_a_password_is_long_and_not_common(person, password, settings):
    settings.PUBLIC_URL, settings.PASSWORD_WORDS = "https://portal.tidewater.test", ["gulls"]
    validate_password(PASSWORD, person, get_password_validators(AUTH_PASSWORD_VALIDATORS))
    with pytest.raises(ValidationError):
        validate_password(password, person, get_password_validators(AUTH_PASSWORD_VALIDATORS))


def test_a_session_begins_anew_at_sign_in_and_ends_with_the_account(client, person):
    cache.clear()
    client.get(reverse("account_login"))
    client.session.save()
    before = client.session.session_key
    sign_in(client, PASSWORD)
    assert client.session.session_key != before
    assert client.get("/settings/").status_code == 200
    person.is_active = False
    person.save()
    assert client.get("/settings/").status_code == 302


def test_signing_out_clears_what_the_browser_kept(client, person):
    person.is_staff = True
    person.save()
    client.force_login(person)
    assert not client.get("/settings/").has_header("Clear-Site-Data")
    assert client.get("/api/v1/tickets/").status_code == 401
    for door in (reverse("account_logout"), "/admin/logout/"):
        client.force_login(person)
        answer = client.post(door)
        assert answer["Clear-Site-Data"] == '"cache", "storage"'
        assert client.get("/settings/").status_code == 302
    assert not client.get(reverse("account_login")).has_header("Clear-Site-Data")


@pytest.fixture
def in_the_clear(settings):
    """What comes without TLS, at a portal that knows itself behind a proxy with it."""
    settings.SECURE_SSL_REDIRECT = True


@pytest.mark.parametrize(
    "door",
    ["/api/v1/tickets/", "/api/nowhere/", "/hooks/mail/secret-of-24-characters/", "/metrics"],
)
def test_a_program_is_not_led_to_https(client, db, in_the_clear, door):
    for method in ("get", "post"):
        answer = getattr(client, method)(door)
        assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
        assert answer.json()["code"] == "https_only"
        assert getattr(client, method)(door, secure=True).status_code != 403 or door == "/metrics"


def test_people_are_led_to_https(client, db, in_the_clear):
    for page in ("/", "/t/", "/metrics/", "/api/docs/"):
        assert client.get(page)["Location"] == f"https://testserver{page}"


def test_a_token_sent_in_the_clear_does_nothing_and_is_to_be_replaced(
    signed_in, person, in_the_clear
):
    token, secret = ApiToken.issue(person, "robot", expires_at=make.NOW.replace(year=2100))
    program = Client(headers={"authorization": f"Bearer {secret}"})
    body = {"subject": "Export", "body": "Stops", "email": "mira@demo.test"}
    answer = program.post("/api/v1/tickets/", body, content_type="application/json")
    assert answer.status_code == 403 and not Ticket.objects.exists()
    token.refresh_from_db()
    assert token.sent_in_clear_at and token.last_used_at is None
    page = signed_in(person).get(reverse("portal:tokens"), secure=True)
    assert "sent without HTTPS" in page.content.decode()


@pytest.fixture
def heard(monkeypatch):
    """What the door tells the log."""
    lines = []
    for level in ("info", "warning"):
        tell = partial(lambda said, event, **more: lines.append((event, more)), level)
        monkeypatch.setattr(adapter.log, level, tell)
    return lines


def test_who_comes_goes_and_does_not_get_in_is_logged(client, person, heard):
    cache.clear()
    sign_in(client, "wrong")
    sign_in(client, PASSWORD)
    client.post(reverse("account_logout"))
    failed, came, went = heard
    assert failed[0] == "sign-in failed" and failed[1]["ip"] == "127.0.0.1"
    assert "ada" not in str(failed) and "wrong" not in str(failed)
    assert came == ("signed in", {"user_id": person.pk, "by": ["password"], "ip": "127.0.0.1"})
    assert went == ("signed out", {"user_id": person.pk})


def test_an_administrator_ends_the_sessions_of_somebody(client, person, as_admin, as_ada):
    cache.clear()
    sign_in(client, PASSWORD)
    assert client.get("/settings/").status_code == 200
    chosen = {"action": "end_sessions", "_selected_action": [person.pk]}
    assert as_admin.post("/admin/accounts/user/", chosen).status_code == 302
    assert client.get("/settings/").status_code == 302
    assert as_ada.get("/settings/").status_code == 200


def test_whoever_must_have_a_second_factor_sets_it_up_first(as_ada, ada, as_sol, settings, program):
    settings.SECOND_FACTOR_FOR = ["support_lead"]
    assert as_ada.get("/").status_code == 200
    assert as_sol.get("/settings/")["Location"] == reverse("mfa_index")
    page = as_sol.get(reverse("mfa_index")).content.decode()
    assert "needs a second factor" in page
    settings.SECOND_FACTOR_FOR = ["everybody"]
    assert as_ada.get("/").status_code == 302
    assert program(ada).get("/api/v1/actions/").status_code == 200
    assert Client().get("/t/").status_code == 200
    Authenticator.objects.create(user=ada, type=Authenticator.Type.TOTP, data={})
    assert as_ada.get("/").status_code == 200
