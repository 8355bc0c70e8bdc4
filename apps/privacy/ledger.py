"""A ledger of erasures outside the database: who must stay forgotten, whatever is restored later.

One JSON line per erasure, on disk before the first word goes. It names nobody: records by their
number and the instant they were made, which together are theirs alone.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from .subject import Subject


@dataclass(frozen=True)
class Line:
    """One erasure: of whom, and who asked for it and approved it."""

    subject: Subject
    born: str
    at: datetime
    asked_by: int
    approved_by: int
    contacts: dict[int, str]  # whom it took along, and when they were made

    @property
    def key(self) -> tuple[str, int, str]:
        return self.subject.whose, self.subject.pk, self.born


def path() -> Path:
    return Path(settings.ERASURE_LEDGER)


def note(erasure: Any) -> None:
    """Write an erasure down, once; returns when it is on disk."""
    subject = erasure.subject
    born = subject.record.created_at.isoformat()
    if any(line.key == (subject.whose, subject.pk, born) for line in lines()):
        return
    told = {
        "whose": subject.whose,
        "pk": subject.pk,
        "born": born,
        "at": erasure.asked_at.isoformat(),
        "asked_by": erasure.asked_by_id,
        "approved_by": erasure.approved_by_id,
        "contacts": {one.pk: one.created_at.isoformat() for one in subject.contacts},
    }
    path().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, b"\n" + json.dumps(told).encode() + b"\n")  # after a line cut short, too
        os.fsync(handle)
    finally:
        os.close(handle)


def lines() -> Iterator[Line]:
    """Every erasure, oldest first; a line cut short by a power cut is passed over."""
    if not path().exists():
        return
    with path().open("rb") as file:
        for raw in file:
            try:
                told = json.loads(raw)
                yield Line(
                    Subject(told["whose"], told["pk"]),
                    told["born"],
                    datetime.fromisoformat(told["at"]),
                    told["asked_by"],
                    told["approved_by"],
                    {int(pk): born for pk, born in told["contacts"].items()},
                )
            except (ValueError, KeyError, TypeError, AttributeError):
                continue
