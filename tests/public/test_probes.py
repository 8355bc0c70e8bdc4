"""Whether the process turns, and whether it can serve."""

import threading
from collections import namedtuple

import pytest
from django.db import DatabaseError
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from apps.public import probes

Usage = namedtuple("Usage", "total used free")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """A busy machine is no database that hangs."""
    monkeypatch.setattr(probes, "PATIENCE", 60.0)


def test_live_asks_nobody(django_assert_num_queries):
    with django_assert_num_queries(0):
        response = Client().get("/healthz/live")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert "no-store" in response["Cache-Control"]


def test_ready_names_each_check_and_nothing_else():
    response = Client().get("/healthz/ready")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "checks": dict.fromkeys(("database", "migrations", "disk", "broker"), "ok"),
    }


def test_without_the_broker_it_serves_a_little_slower(settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    response = Client().get("/healthz/ready")
    assert response.status_code == 200
    assert response.json()["status"] == "degraded"
    assert response.json()["checks"]["broker"] == "failing"


@pytest.fixture
def unmigrated():
    """No flush brings these rows back."""
    rows = MigrationRecorder.Migration.objects.filter(app="public")
    applied = list(rows)
    rows.delete()
    yield
    MigrationRecorder.Migration.objects.bulk_create(applied)


def test_a_missing_migration_is_not_ready(unmigrated):
    response = Client().get("/healthz/ready")
    assert response.status_code == 503
    assert response.json()["checks"]["migrations"] == "failing"


def test_a_full_disk_is_not_ready(monkeypatch):
    monkeypatch.setattr(probes.shutil, "disk_usage", lambda _: Usage(100, 96, 4))
    response = Client().get("/healthz/ready")
    assert (response.status_code, response.json()["checks"]["disk"]) == (503, "failing")


def test_a_folder_that_is_not_made_yet_lies_on_some_disk(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "not" / "yet"
    assert probes.disk_has_room() in (True, False)


def test_a_database_that_is_away_or_hangs_is_not_ready(monkeypatch):
    over = threading.Event()
    monkeypatch.setattr(probes, "_select_one", over.wait)
    with monkeypatch.context() as soon:
        soon.setattr(probes, "PATIENCE", 0.05)
        assert not probes.database_answers()
    over.set()

    def away():
        raise DatabaseError("gone")

    monkeypatch.setattr(probes, "_select_one", away)
    assert not probes.database_answers()


@pytest.mark.parametrize("path", ["/healthz/live", "/healthz/ready", "/metrics"])
def test_probes_are_only_read(path):
    assert Client().post(path).status_code == 405
