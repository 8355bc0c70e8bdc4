"""A backup on disk: one tar of a manifest, a dump of the database, and the attachments."""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from apps.timeline.refusal import Refused

VERSION = 1
MANIFEST, DUMP, FILES = "manifest.json", "database.dump", "files/"
_CHUNK = 1024 * 1024


@dataclass
class Manifest:
    """What a backup holds: by table its rows and checksum, by file its SHA-256."""

    made_at: str
    server: str
    tables: dict[str, list[Any]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    version: int = VERSION


def write(target: Path, manifest: Manifest, dump: Path, files: Iterator[tuple[str, Path]]) -> None:
    """Write it beside its place and move it there whole; readable by its owner only.

    The manifest comes last, when the digest of every file is known: a backup without one is torn.
    """
    partial = target.with_name(f".{target.name}.partial")
    descriptor = os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
            tar.add(dump, DUMP)
            for name, path in files:
                with suppress(FileNotFoundError):  # erased since the snapshot
                    digest = digest_of(path.open("rb"))
                    tar.add(path, FILES + name)
                    manifest.files[name] = digest
            _add(tar, MANIFEST, json.dumps(asdict(manifest), sort_keys=True).encode())
        out.flush()
        os.fsync(out.fileno())
    partial.replace(target)


@contextmanager
def opened(source: Path) -> Iterator[tuple[Manifest, tarfile.TarFile]]:
    """A backup to read from; refused where it is none, or torn."""
    try:
        tar = tarfile.open(source)  # noqa: SIM115  (closed below)
    except (OSError, tarfile.TarError) as error:
        raise Refused(f"{source} is no backup: {error}") from error
    with tar:
        try:
            manifest = Manifest(**json.load(_member(tar, MANIFEST)))
        except (KeyError, ValueError, TypeError, tarfile.TarError) as error:
            raise Refused(f"{source} has no manifest: it is torn or no backup.") from error
        if manifest.version != VERSION:
            raise Refused(f"{source} was written by another version of the portal.")
        yield manifest, tar


def copy_out(tar: tarfile.TarFile, name: str, target: IO[bytes]) -> str:
    """One member into an open file; its SHA-256."""
    return digest_of(_member(tar, name), target)


def digest_of(source: IO[bytes], copy: IO[bytes] | None = None) -> str:
    """SHA-256 of what is read, and a copy of it."""
    digest = hashlib.sha256()
    with source:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            if copy:
                copy.write(chunk)
    return digest.hexdigest()


def _member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    found = tar.extractfile(name)
    if found is None:
        raise KeyError(name)
    return found


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))
