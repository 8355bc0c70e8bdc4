"""Whoever runs the portal need not own its tables: the main flows, as a role that could not."""

import json
import re
from datetime import timedelta
from io import StringIO

import pgtrigger
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from apps.changes import roles
from apps.metrics import partitions, rollups
from apps.outbox import jobs
from apps.privacy.models import Erasure
from apps.privacy.subject import Subject
from apps.sla.rebuild import rebuild
from apps.tickets.models import ImportRun, Ticket
from apps.tickets.withdrawing import undo_import
from apps.timeline import seals
from apps.timeline.models import Activity, Redaction, Removal
from config.schedule import DRAINS, SCHEDULE
from tests import make
from tests.metrics.conftest import AT, batch, metric
from tests.metrics.conftest import take as take_samples
from tests.tickets.test_import import row
from tests.tickets.test_import import take as take_tickets

APP = "the app's own role"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def as_the_app(db, settings, tmp_path):
    """Everything from here on is asked by a role that owns nothing."""
    settings.MEDIA_ROOT, settings.OUTBOX_JOURNAL = tmp_path / "media", tmp_path / "journal"
    settings.ERASURE_LEDGER = tmp_path / "erasures.jsonl"
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE ROLE "{APP}"')
        roles.grant(APP)
        cursor.execute(f'SET ROLE "{APP}"')


@pytest.fixture
def ticket(ada):
    """A ticket that lived, and is resolved."""
    acme = make.customer("Acme")
    mira = make.contact("Mira", email="mira@acme.test", customer=acme)
    now = timezone.now()
    made = Ticket.objects.report(subject="Export", body="Stops", contact=mira, at=now - DAY)
    made.reply("Try again.", by=ada, at=now - DAY / 2)
    made.hear("Thanks", contact=mira, at=now - DAY / 4)
    made.resolve(by=ada, at=now)
    return made


def test_a_ticket_is_merged_taken_apart_and_counted_anew(ticket, ada):
    other = Ticket.objects.report(
        subject="Again", body="Stops", contact=ticket.contact, at=timezone.now()
    )
    other.merge(ticket, by=ada, at=timezone.now())
    other.unmerge(by=ada, at=timezone.now())
    assert rebuild(at=timezone.now()).tickets == 2


def test_pages_forms_and_programs(ticket, ada, signed_in, program):
    for page in ("portal:today", "portal:tickets", "portal:inbox", "portal:search"):
        assert signed_in(ada).get(reverse(page), {"q": "export"}).status_code == 200
    letter = SimpleUploadedFile("log.txt", b"1")
    answer = reverse("public:contact-reply", args=[ticket.token])
    assert Client().post(answer, {"body": "Still", "files": [letter]}).status_code == 303
    ada.set_password("correct horse battery")
    ada.save()
    said = {"login": ada.email, "password": "correct horse battery"}
    assert Client().post(reverse("account_login"), said).status_code == 302
    body = json.dumps({"body": "Looking."})
    note = program(ada).post(f"/api/v1/tickets/{ticket.pk}/note/", body, "application/json")
    assert note.status_code == 200, note.content


def test_an_import_and_its_undoing(tmp_path, ada):
    file = tmp_path / "tickets.jsonl"
    file.write_text(json.dumps(row()))
    report = take_tickets(file)
    assert report.created == 1
    run = ImportRun.objects.get(pk=report.run.removeprefix("tickets-"))
    undo_import(run, at=timezone.now())
    assert not Ticket.objects.exists() and Removal.objects.exists()


def test_samples_and_their_months():
    take_samples(metric(), batch((0, 1.0)))
    rollups.drain()
    later = AT + 130 * DAY
    assert partitions.keep_ahead(later) > 0
    assert "metrics_sample_90_2026_11" in partitions.drop_expired(later)


def test_somebody_is_forgotten_and_the_seals_hold(ticket, sol, admin, monkeypatch):
    monkeypatch.setattr(seals, "MARGIN", -60)
    assert seals.seal(at=timezone.now() + DAY) == 1
    erasure = Erasure.ask(
        Subject.of(ticket.contact), reason="They asked.", by=sol, at=timezone.now()
    )
    erasure.approve(by=admin, at=timezone.now())
    while jobs.advance_next():
        pass
    erasure.job.refresh_from_db()
    assert (erasure.job.state, erasure.job.last_error) == ("done", "")
    assert Redaction.objects.exists() and list(seals.breaks()) == []


def test_what_is_done_by_itself_and_what_is_due(ticket):
    for _, work, _ in SCHEDULE.values():
        import_string(work)(at=timezone.now())
    for due, task in DRAINS.values():
        import_string(due)()
        import_string(task)()


TABLES = [
    "CREATE TABLE own (id int)",
    "CREATE FUNCTION own() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "DROP TABLE tickets_ticket CASCADE",
    "ALTER TABLE tickets_ticket ADD own int",
    "ALTER TABLE timeline_activity DISABLE TRIGGER ALL",
    "CREATE INDEX ON tickets_ticket (id)",
    "TRUNCATE tickets_ticket CASCADE",
    "DROP SCHEMA public CASCADE",
    "SET session_replication_role = replica",
    "INSERT INTO django_migrations (app, name, applied) VALUES ('a', 'b', now())",
    "SELECT metrics_drop_month('tickets_ticket', 90, now())",
]
TOLD = [
    "UPDATE timeline_activity SET verb = 'noted'",
    "DELETE FROM timeline_activity",
    "UPDATE timeline_seal SET rows = 1",
    "DELETE FROM timeline_seal",
    "INSERT INTO timeline_redaction (activity_id, was, now, at) VALUES (1, '', '', now())",
    "DELETE FROM timeline_redaction",
    "INSERT INTO timeline_removal (activity_id, was, at) VALUES (1, '', now())",
    "DELETE FROM timeline_removal",
]


def test_what_it_may_not(ticket):
    """Nor where the triggers that keep the timeline are told to look away."""
    assert Activity.objects.about("ticket", ticket.pk).count() > 3
    models = (Activity, seals.Seal, Redaction, Removal)
    away = [f"{model._meta.label}:append_only" for model in models]
    with pgtrigger.ignore(*away), connection.cursor() as cursor:
        for words in TABLES + TOLD:
            with pytest.raises(ProgrammingError) as refused, transaction.atomic():
                cursor.execute(words)
            assert re.search("permission denied|must be owner|no table of", str(refused.value))


def granted(role: str) -> str:
    out = StringIO()
    call_command("grant_app_role", role, stdout=out)
    return out.getvalue()


def test_the_owner_grants_as_often_as_they_like():
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    assert "timeline_activity, timeline_redaction, timeline_removal, timeline_seal" in granted(APP)
    with pytest.raises(CommandError, match="no role"):
        granted("nobody")
    with pytest.raises(CommandError, match="owns"):
        granted(connection.settings_dict["USER"])
