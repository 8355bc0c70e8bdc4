"""People, and the tokens of their programs."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from apps.accounts.models import ApiToken, Team, User

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def ada(db):
    return User.objects.create_user(
        "Ada@Demo.test ", "a long password", name="Ada Lovelace", roles=["support"]
    )


def test_an_address_is_kept_in_lower_case_and_is_taken_once(ada):
    assert ada.email == "ada@demo.test"
    with pytest.raises(IntegrityError):
        User.objects.create(email="ADA@demo.test", name="Another Ada")


def test_a_person_is_shown_by_name(ada):
    assert (str(ada), ada.initials, ada.first_name) == ("Ada Lovelace", "AL", "Ada")
    assert User(email="x@y.test", name="Otto").initials == "O"


def test_permissions_follow_roles_and_end_with_the_account(ada):
    assert ada.may("tickets.reply") and ada.has_perm("tickets.reply")
    assert not ada.may("accounts.manage")
    assert ada.has_module_perms("tickets")
    gone = User(email="g@x.test", name="Gone", roles=["support"], is_active=False)
    assert not gone.may("tickets.reply")
    assert not gone.has_perm("tickets.reply")


def test_a_superuser_is_an_administrator(db):
    admin = User.objects.create_superuser("admin@demo.test", "x", name="Admin")
    assert admin.holds("administrator") and admin.is_staff and admin.may("customers.erase")


def test_placeholders_stand_in_without_signing_in(ada):
    stranger = User.objects.placeholder("New.Hire@demo.test")
    assert (stranger.name, stranger.is_active) == ("new.hire", False)
    assert User.objects.placeholder("new.hire@demo.test") == stranger
    assert list(User.objects.holding("support", "product")) == [ada]
    assert list(User.objects.active().by_name()) == [ada]


def test_a_zone_must_exist(ada):
    ada.timezone = "Mars/Phobos"
    with pytest.raises(ValidationError):
        ada.full_clean()


def test_a_token_is_stored_as_a_hash_and_never_wider_than_its_owner(ada):
    token, secret = ApiToken.issue(ada, "script", expires_at=NOW + timedelta(days=1))
    assert secret not in str(token.__dict__)
    assert ApiToken.objects.get(digest=ApiToken.digest_of(secret)) == token
    assert token.usable(at=NOW) and not token.usable(at=NOW + timedelta(days=1))
    assert token.may("tickets.reply") and not token.may("metrics.change")
    token.scopes = ["tickets.read", "metrics.change"]
    assert token.may("tickets.read")
    assert not token.may("tickets.reply") and not token.may("metrics.change")
    token.revoked_at = NOW
    assert not token.usable(at=NOW)
    assert str(token).startswith("script (al_")


def test_a_team_is_called_by_its_name(db):
    assert str(Team(name="Night shift")) == "Night shift"
