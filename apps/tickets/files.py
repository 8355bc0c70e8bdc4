"""Files that came with messages: typed by content, stored once under their digest."""

import hashlib
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from apps.timeline.refusal import Refused
from apps.timeline.text import clean_line, scrub

LARGEST = 20 * 1024 * 1024
MOST = 20
_CHUNK = 1024 * 1024

_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)
_PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")
OFFICE = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that is on the disk and may be named by a row."""

    name: str
    content_type: str
    size: int
    digest: str


def type_of(head: bytes, name: str = "") -> str:
    """What the content is, whatever the name or the sender says."""
    for beginning, kind in _BEGINNINGS:
        if head.startswith(beginning):
            return OFFICE.get(Path(name).suffix.lower(), kind) if kind.endswith("zip") else kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as wrong:
        cut_off = wrong.start >= len(head) - 3  # a character that goes on after the head
        if not cut_off:
            return "application/octet-stream"
    return "application/octet-stream" if b"\x00" in head else "text/plain"


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
