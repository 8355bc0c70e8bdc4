"""Files that came with messages: typed by content, stored once under their digest."""

import hashlib
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings

from apps.timeline.refusal import Refused
from apps.timeline.text import clean_line, scrub

from .rules.kinds import type_of

LARGEST = 20 * 1024 * 1024
MOST = 20
_CHUNK = 1024 * 1024

_PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that is on the disk and may be named by a row."""

    name: str
    content_type: str
    size: int
    digest: str


def kept_of(row: Any) -> Kept:
    """What a row that names a file names, to be named by another."""
    return Kept(row.name, row.content_type, row.size, row.digest)


def path_of(digest: str) -> Path:
    """Where content lies."""
    return Path(settings.MEDIA_ROOT) / "attachments" / digest[:2] / digest[2:4] / digest


def keep(source: BinaryIO, name: str) -> Kept:
    """Put a file on the disk before any row speaks of it; the same content is kept once."""
    name = clean_line(Path(scrub(name).replace("\\", "/")).name, limit=255) or "file"
    folder = Path(settings.MEDIA_ROOT) / "attachments"
    folder.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".arriving-")
    try:
        with os.fdopen(handle, "wb") as target:
            digest, size, head = _copy(source, target, name)
            target.flush()
            os.fsync(target.fileno())
        final = path_of(digest)
        final.parent.mkdir(parents=True, exist_ok=True)
        Path(temporary).replace(final)
        _fsync_folder(final.parent)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return Kept(name, type_of(head, name), size, digest)


def _copy(source: BinaryIO, target: BinaryIO, name: str) -> tuple[str, int, bytes]:
    digest, size, head = hashlib.sha256(), 0, b""
    while block := source.read(_CHUNK):
        head = head or block[:4096]
        size += len(block)
        if size > LARGEST:
            raise Refused(
                f"“{name}” is larger than {LARGEST // 1024 // 1024} MB.",
                code="too_large",
                field="attachments",
            )
        digest.update(block)
        target.write(block)
    if head.startswith(_PROGRAMS):
        raise Refused(
            f"“{name}” is a program; programs are not taken.", code="program", field="attachments"
        )
    if not size:
        raise Refused(f"“{name}” is empty.", code="empty", field="attachments")
    return digest.hexdigest(), size, head


def _fsync_folder(folder: Path) -> None:
    """The rename itself must survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def keep_all(files: Iterable[tuple[BinaryIO, str]]) -> list[Kept]:
    """Several files for one message."""
    files = list(files)
    if len(files) > MOST:
        raise Refused(f"{MOST} files fit on one message.", field="attachments")
    return [keep(source, name) for source, name in files]
