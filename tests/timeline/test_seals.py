"""The memory is append-only, and its seals notice what the triggers did not stop."""

from datetime import timedelta
from io import StringIO

import pgtrigger
import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from apps.timeline import seals
from apps.timeline.models import Activity, Seal
from apps.timeline.seals import breaks, seal

LATER = timedelta(minutes=20)


@pytest.fixture
def thirty(db) -> list[Activity]:
    """Thirty activities, long since settled."""
    now = timezone.now()
    return Activity.objects.bulk_create(
        Activity(
            kind="ticket",
            subject_id=n,
            verb="replied",
            at=now,
            recorded_at=now - timedelta(hours=1),
            data={"message": n, "tag": ["a", "ü"]},
        )
        for n in range(30)
    )


@pytest.fixture(autouse=True)
def small_ranges(monkeypatch):
    monkeypatch.setattr(seals, "RANGE", 10)


def tamper(sql: str) -> None:
    """What somebody with the database in hand could do."""
    triggers = ("timeline.Activity:append_only", "timeline.Seal:append_only")
    with pgtrigger.ignore(*triggers), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize(
    "change",
    [
        lambda: Activity.objects.update(verb="noted"),
        lambda: Activity.objects.all().delete(),
        lambda: Seal.objects.update(rows=1),
        lambda: Seal.objects.all().delete(),
    ],
)
def test_nothing_of_it_can_be_changed_or_deleted(thirty, change):
    seal(at=timezone.now())
    with pytest.raises(ProgrammingError, match="Cannot"), transaction.atomic():
        change()
    assert Activity.objects.count() == 30


def test_everything_settled_is_sealed_once(thirty):
    assert seal(at=timezone.now()) == 3
    assert seal(at=timezone.now()) == 0
    found = list(Seal.objects.all())
    assert [one.rows for one in found] == [10, 10, 10]
    assert found[1].first_id == found[0].last_id + 1
    assert str(found[0]) == f"{found[0].first_id}–{found[0].last_id}"
    assert list(breaks()) == []


def test_what_has_just_happened_waits(thirty, ada):
    Activity.objects.create(kind="ticket", subject_id=1, verb="noted", at=timezone.now(), actor=ada)
    seal(at=timezone.now())
    assert sum(one.rows for one in Seal.objects.all()) == 30


def test_an_empty_memory_needs_no_seal(db):
    assert seal(at=timezone.now()) == 0
    assert list(breaks()) == []


def test_a_long_history_is_sealed_in_several_goes(thirty, monkeypatch):
    monkeypatch.setattr(seals, "AT_ONCE", 2)
    assert [seal(at=timezone.now()) for _ in range(3)] == [2, 1, 0]
    assert list(breaks()) == []


@pytest.mark.parametrize(
    ("sql", "place", "reason"),
    [
        ("UPDATE timeline_activity SET verb='noted' WHERE subject_id=15", 1, "another"),
        ("UPDATE timeline_activity SET data='{}' WHERE subject_id=0", 0, "another"),
        ("UPDATE timeline_activity SET at = at + '1us' WHERE subject_id=29", 2, "another"),
        ("UPDATE timeline_activity SET actor_label='Eve' WHERE subject_id=5", 0, "another"),
        ("DELETE FROM timeline_activity WHERE subject_id=15", 1, "there are 9"),
        ("UPDATE timeline_seal SET digest = sha256('x') WHERE rows=10", 0, "another"),
    ],
)
def test_tampering_is_found(thirty, sql, place, reason):
    seal(at=timezone.now())
    tamper(sql)
    found = list(breaks())
    assert found[0].seal == Seal.objects.all()[place]
    assert reason in str(found[0])


def test_a_seal_taken_out_is_missed(thirty):
    seal(at=timezone.now())
    tamper(f"DELETE FROM timeline_seal WHERE id={Seal.objects.all()[1].pk}")
    assert "is missing" in str(next(breaks()))


def test_a_row_slipped_in_is_noticed(thirty):
    tamper("DELETE FROM timeline_activity WHERE subject_id=15")
    seal(at=timezone.now())
    tamper(
        "INSERT INTO timeline_activity (id, kind, subject_id, verb, at, actor_label, data)"
        f" VALUES ({thirty[15].pk}, 'ticket', 15, 'replied', now(), '', '{{}}')"
    )
    assert "there are more" in str(next(breaks()))


def test_the_commands(thirty):
    out = StringIO()
    call_command("seal_timeline", stdout=out)
    call_command("verify_timeline", stdout=out)
    assert "3 seals made." in out.getvalue()
    assert "3 seals hold; 0 activities are not sealed yet." in out.getvalue()
    tamper("UPDATE timeline_activity SET verb='noted' WHERE subject_id=15")
    with pytest.raises(CommandError, match="1 seals are broken") as refused:
        call_command("verify_timeline", stderr=out)
    assert refused.value.returncode == 1
    assert "another than was sealed" in out.getvalue()
