"""Typed environment variables."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env


def test_a_missing_variable_is_named(monkeypatch):
    monkeypatch.delenv("NOT_THERE", raising=False)
    with pytest.raises(ImproperlyConfigured, match="NOT_THERE"):
        env.text("NOT_THERE")
    assert env.text("NOT_THERE", "else") == "else"


def test_types(monkeypatch):
    monkeypatch.setenv("A_FLAG", "on")
    monkeypatch.setenv("A_NUMBER", "8000")
    monkeypatch.setenv("SOME_WORDS", "one,two")
    assert env.flag("A_FLAG") is True
    assert env.flag("NO_FLAG") is False
    assert env.number("A_NUMBER") == 8000
    assert env.words("SOME_WORDS") == ["one", "two"]
    assert env.words("NO_WORDS") == []


def test_what_is_no_number_is_one_sentence(monkeypatch):
    monkeypatch.setenv("A_NUMBER", "many")
    with pytest.raises(env.Unusable, match="A_NUMBER must be a whole number, not “many”"):
        env.number("A_NUMBER")


def test_a_secret_may_live_in_a_file(monkeypatch, tmp_path):
    kept = tmp_path / "secret"
    kept.write_text("hush\n")
    monkeypatch.setenv("THE_SECRET_FILE", str(kept))
    assert env.secret("THE_SECRET") == "hush"
    monkeypatch.delenv("THE_SECRET_FILE")
    monkeypatch.setenv("THE_SECRET", "loud")
    assert env.secret("THE_SECRET") == "loud"


def test_a_database_may_be_a_socket_directory(monkeypatch):
    monkeypatch.setenv("A_DATABASE", "postgresql://portal@/tickets?host=/run/al")
    found = env.database("A_DATABASE")
    assert (found["HOST"], found["NAME"], found["USER"]) == ("/run/al", "tickets", "portal")
    monkeypatch.setenv("A_DATABASE", "postgresql://u:p@db.internal:5433/al")
    assert env.database("A_DATABASE")["HOST"] == "db.internal"


def test_another_database_is_refused(monkeypatch):
    monkeypatch.setenv("A_DATABASE", "sqlite:///x.db")
    with pytest.raises(ImproperlyConfigured, match="postgresql"):
        env.database("A_DATABASE")


def test_mail_is_one_address(monkeypatch):
    monkeypatch.setenv("A_MAIL", "smtp+tls://user:pw@mail.internal:587")
    found = env.mail("A_MAIL")
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"], found["EMAIL_USE_TLS"]) == (
        "mail.internal",
        587,
        True,
    )
