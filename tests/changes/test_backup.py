"""What is backed up comes back as it was, and what does not is said."""

import json
import tarfile
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.changes import archive, backup, servers
from apps.customers.models import Contact
from apps.outbox import jobs
from apps.outbox.choices import DeliveryState
from apps.outbox.models import Delivery, Heartbeat
from apps.privacy.models import Erasure
from apps.privacy.subject import Subject
from apps.timeline.refusal import Refused
from tests import make
from tests.make import NOW

pytestmark = pytest.mark.django_db(transaction=True)
LETTER = "ab/cd/letter.txt"


@pytest.fixture
def portal(settings, tmp_path) -> Path:
    """A desk with a ticket, an attachment, and a mail that waits."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.ERASURE_LEDGER = tmp_path / "erasures.jsonl"
    letter = settings.MEDIA_ROOT / LETTER
    letter.parent.mkdir(parents=True)
    letter.write_text("Dear support,")
    make.ticket(subject="Schöne Grüße 你好")
    Delivery.objects.enqueue(
        channel="mail", cause="test", recipient="mira@acme.test", payload={"subject": "Hello"}
    )
    return letter


def command(name: str, *words: object) -> str:
    out = StringIO()
    call_command(name, *map(str, words), stdout=out, stderr=out)
    return out.getvalue()


def test_it_is_restored_elsewhere_as_it_was(portal, tmp_path, monkeypatch):
    target = tmp_path / "backup"
    said = command("backup", target)
    assert "1 files in" in said and target.stat().st_mode & 0o777 == 0o600
    portal.unlink()
    with servers.scratch("afterlaunch_restored") as name:
        monkeypatch.setitem(connection.settings_dict, "NAME", name)
        connection.close()
        try:
            assert "as they were" in command("restore", target)
            delivery = Delivery.objects.get()
            assert (delivery.state, delivery.held_for) == (DeliveryState.HELD, "restore")
            with pytest.raises(CommandError, match="--replace"):
                command("restore", target)
            assert "as they were" in command("restore", target, "--replace")
        finally:
            connection.close()
            monkeypatch.undo()
    assert portal.read_text() == "Dear support,"


def test_the_drill_leaves_nothing_behind(portal):
    assert "no difference" in command("restore_drill")
    assert set(Heartbeat.objects.values_list("name", flat=True)) == {"backup", "restore_drill"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname LIKE 'afterlaunch_drill%'")
        assert cursor.fetchone() == (0,)


def test_a_drill_that_finds_differences_says_them(portal, monkeypatch):
    real = servers.measure

    def wrong(cursor):
        found = real(cursor)
        if cursor.db.settings_dict["NAME"].startswith("afterlaunch_drill"):
            found["tickets_ticket"][0] += 1
        return found

    monkeypatch.setattr(servers, "measure", wrong)
    with pytest.raises(CommandError, match="1 differences"):
        command("restore_drill")
    assert not Heartbeat.objects.filter(name="restore_drill").exists()


def test_a_table_tells_what_became_of_it(portal):
    with servers.connected() as own, own.cursor() as cursor:
        tables = servers.measure(cursor)
    manifest = archive.Manifest(NOW.isoformat(), "", tables | {"gone": [1, "1"]})
    manifest.tables["tickets_ticket"] = [1, "7"]
    manifest.tables["tickets_message"] = [9, "0"]
    del manifest.tables["tickets_queue"]
    assert list(backup.compare(connection.settings_dict["NAME"], manifest)) == [
        "table gone is missing",
        "table tickets_message had 9 rows and has 0",
        "table tickets_queue is new",
        "table tickets_ticket has other content",
    ]


def rewritten(source: Path, target: Path, change) -> Path:
    """A copy whose manifest was changed."""
    with tarfile.open(source) as old, tarfile.open(target, "w") as new:
        for member in old:
            content = old.extractfile(member).read()
            if member.name == archive.MANIFEST:
                content = json.dumps(change(json.loads(content))).encode()
            archive._add(new, member.name, content)
    return target


def test_damage_is_said(portal, tmp_path):
    backup.make(tmp_path / "good", at=NOW)

    def damaged(manifest):
        return manifest | {"files": {LETTER: "0" * 64}}

    bad = rewritten(tmp_path / "good", tmp_path / "bad", damaged)
    with archive.opened(bad) as (manifest, tar):
        assert list(backup._damaged(manifest, tar)) == [f"file {LETTER} has other content"]
        assert list(backup._unpack(manifest, tar)) == [f"file {LETTER} has other content"]
        manifest.files = {"../../etc/passwd": "0"}
        assert "outside" in next(backup._unpack(manifest, tar))


@pytest.mark.parametrize(
    "content, why",
    [(b"", "is no backup"), (b"not a tar" * 100, "is no backup")],
)
def test_what_is_no_backup_is_refused(tmp_path, content, why):
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(Refused, match=why), archive.opened(tmp_path / "x"):
        pass


def test_torn_and_foreign_backups_are_refused(portal, tmp_path):
    backup.make(tmp_path / "good", at=NOW)
    foreign = rewritten(tmp_path / "good", tmp_path / "v2", lambda m: m | {"version": 2})
    with pytest.raises(Refused, match="another version"), archive.opened(foreign):
        pass
    with tarfile.open(tmp_path / "torn", "w") as torn:
        archive._add(torn, archive.DUMP, b"")
    with pytest.raises(CommandError, match="no manifest"):
        command("restore", tmp_path / "torn")
    broken = tmp_path / "broken"
    with tarfile.open(broken, "w") as tar, archive.opened(tmp_path / "good") as (manifest, _):
        archive._add(tar, archive.DUMP, b"not a dump")
        archive._add(tar, archive.MANIFEST, json.dumps(vars(manifest)).encode())
    with (
        servers.scratch("afterlaunch_broken") as name,
        archive.opened(broken) as (_, tar),
        pytest.raises(Refused, match="pg_restore failed"),
    ):
        backup._fill(name, tar)
    with pytest.raises(CommandError, match="no folder"):
        command("backup", tmp_path / "nowhere" / "backup")


def test_what_is_erased_meanwhile_is_left_out(portal, tmp_path):
    dump = tmp_path / "dump"
    dump.write_bytes(b"x")
    manifest = archive.Manifest(NOW.isoformat(), "")
    archive.write(tmp_path / "b", manifest, dump, iter([("gone", tmp_path / "gone")]))
    assert manifest.files == {}


def test_a_restore_that_is_not_what_was_is_said(portal, tmp_path, monkeypatch):
    backup.make(tmp_path / "good", at=NOW)
    bad = rewritten(tmp_path / "good", tmp_path / "bad", lambda m: m | {"tables": {}})
    with servers.scratch("afterlaunch_bad") as name:
        monkeypatch.setitem(connection.settings_dict, "NAME", name)
        with pytest.raises(Refused, match=r"not as it was: table .* is new"):
            backup.restore(bad)
        monkeypatch.undo()


def test_an_unproved_constraint_is_a_difference(portal):
    with servers.connected() as own, own.cursor() as cursor:
        manifest = archive.Manifest(NOW.isoformat(), "", servers.measure(cursor))
        cursor.execute("ALTER TABLE tickets_ticket ADD CONSTRAINT loose CHECK (id > 0) NOT VALID")
        try:
            said = list(backup.compare(connection.settings_dict["NAME"], manifest))
        finally:
            cursor.execute("ALTER TABLE tickets_ticket DROP CONSTRAINT loose")
    assert said == ["constraint loose is not proved"]


def test_a_program_that_fails_is_quoted(portal, tmp_path, monkeypatch):
    program = tmp_path / "pg_dump"
    program.write_text("#!/bin/sh\necho no room left >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(servers, "postgres_folders", lambda: iter([tmp_path / "no", tmp_path]))
    with pytest.raises(CommandError, match="pg_dump failed: no room left"):
        command("restore_drill")


def test_its_programs_are_found(monkeypatch):
    assert Path(servers.path_of("pg_dump")).is_file()
    monkeypatch.setattr(servers, "postgres_folders", lambda: iter(()))
    assert servers.path_of("sh").endswith("/sh")
    with pytest.raises(servers.EmbeddedError, match="was not found"):
        servers.path_of("pg_nothing")


def test_who_was_erased_since_does_not_come_back(portal, tmp_path, monkeypatch, settings):
    settings.OUTBOX_JOURNAL = tmp_path / "sent"
    settings.OUTBOX_JOURNAL.mkdir()
    mira = make.contact("Mira Holt", email="mira@acme.test")
    sol, admin = make.person("Sol", "support_lead"), make.person("Root", "administrator")
    target = tmp_path / "backup"
    command("backup", target)
    erasure = Erasure.ask(Subject.of(mira), reason="They asked.", by=sol, at=NOW)
    erasure.approve(by=admin, at=NOW)
    while jobs.advance_next():
        pass
    with servers.scratch("afterlaunch_restored") as name:
        monkeypatch.setitem(connection.settings_dict, "NAME", name)
        connection.close()
        try:
            assert "1 erased since the backup is erased again." in command("restore", target)
            again = Contact.objects.get(pk=mira.pk)
            assert again.name == "" and again.email.endswith("@erased.invalid")
            done = Erasure.objects.get()
            assert (done.stand, done.asked_by, done.approved_by) == ("done", sol, admin)
            assert command("catch_up") == ""
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM django_migrations WHERE app = 'privacy'")
            assert "run manage.py migrate" in command("catch_up")
        finally:
            connection.close()
            monkeypatch.undo()
