"""Copies on the disk: found by what is in them, removed, or overwritten where they stand."""

import pytest

from apps.outbox import journal
from apps.privacy.forgetting.emptying import escaped
from apps.privacy.forgetting.traces import forget_files, forget_imports, holds, mask_journal
from apps.privacy.models import Takeout
from apps.privacy.subject import Subject
from apps.tickets.models import ImportRun
from tests import make

BLOCK = 1024 * 1024
ADDRESS = b"mira@acme.test"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"x" * (BLOCK - 5) + ADDRESS + b"y" * 9, True),  # over the edge of what is read at once
        (b"MIRA@ACME.TEST", True),
        (b"x" * (2 * BLOCK), False),
        (b"", False),
    ],
)
def test_a_file_is_known_by_what_is_in_it(tmp_path, content, found):
    path = tmp_path / "file"
    path.write_bytes(content)
    assert holds(path, [ADDRESS]) is found
    assert not holds(path, [])


def test_the_journal_keeps_its_lines_and_forgets_the_address(tmp_path, settings):
    settings.OUTBOX_JOURNAL = tmp_path
    assert journal.folder() == tmp_path
    kept = tmp_path / "2026-11-26.jsonl"
    kept.write_bytes(b'{"to":"mira@acme.test"}\n{"to":"bo@acme.test"}\n{"to":"mira@acme.test"}\n')
    size = kept.stat().st_size
    mask_journal(["mira@acme.test"])
    said = kept.read_bytes()
    assert ADDRESS not in said and said.count(b"x" * len(ADDRESS)) == 2
    assert b"bo@acme.test" in said and kept.stat().st_size == size


@pytest.mark.django_db
def test_what_was_packed_for_somebody_goes_and_a_file_in_work_stays(tmp_path, settings, sol):
    settings.MEDIA_ROOT = tmp_path
    mira = make.contact("Mira", email="mira@acme.test")
    takeout = Takeout.objects.create(
        whose="contact",
        subject_id=mira.pk,
        digest="0" * 64,
        size=4,
        asked_by=sol,
        asked_at=make.NOW,
    )
    takeout.path.parent.mkdir(parents=True, exist_ok=True)
    takeout.path.write_bytes(b"data")
    for folder in ("exports", "imports"):
        (tmp_path / folder).mkdir(exist_ok=True)
        for name in ("theirs", "running", "others"):
            (tmp_path / folder / name).write_bytes(b"bo@b.test" if name == "others" else ADDRESS)
    ImportRun.objects.create(
        name="x", path=str(tmp_path / "imports" / "running"), size=1, format="csv", state="running"
    )
    forget_files(Subject.of(mira), ["mira@acme.test"])
    forget_imports(["mira@acme.test"], [])
    forget_imports([], [])
    takeout.refresh_from_db()
    assert not takeout.path.exists() and (takeout.digest, takeout.size) == ("", 0)
    assert sorted(one.name for one in (tmp_path / "exports").iterdir()) == ["others"]
    assert sorted(one.name for one in (tmp_path / "imports").iterdir()) == ["others", "running"]


def test_a_percent_sign_is_taken_literally():
    assert escaped(r"50%_\x") == r"50\%\_\\x"
