"""Backing up, restoring, and the drill that proves both: consistent, complete, checked.

Everything is read in one exported snapshot: the dump, the counts and the checksums tell of the
same instant, while the portal goes on. Attachments lie under their digest and are never changed,
so that those copied after the snapshot are at least those it speaks of.
"""

import secrets
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.module_loading import import_string

from apps.outbox.models import Heartbeat
from apps.outbox.restore import hold_all
from apps.timeline.refusal import Refused
from apps.timeline.seals import breaks

from . import archive, servers
from .archive import Manifest


@dataclass(frozen=True)
class Drill:
    """What a drill found: durations in seconds, and every difference in words."""

    rows: int
    files: int
    size: int
    backup_seconds: float
    restore_seconds: float
    differences: tuple[str, ...]


def make(target: Path, *, at: datetime) -> Manifest:
    """Write a backup to `target`."""
    if not target.parent.is_dir():
        raise Refused(f"There is no folder {target.parent}.")
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as place:
        dump = Path(place) / archive.DUMP
        with servers.connected() as own, own.cursor() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SELECT pg_export_snapshot(), version()")
            snapshot, server = cursor.fetchone()
            servers.run(
                "pg_dump",
                *("--format=custom", "--no-owner", "--no-privileges"),
                *(f"--snapshot={snapshot}", f"--file={dump}"),
                database=own.settings_dict["NAME"],
            )
            manifest = Manifest(at.isoformat(), server, servers.measure(cursor))
            cursor.execute("ROLLBACK")
        archive.write(target, manifest, dump, attachments())
    _note("backup", size=target.stat().st_size, rows=rows_of(manifest))
    return manifest


def restore(source: Path, *, replace: bool = False) -> Manifest:
    """Fill the portal's database and files from a backup, check them, and hold the outbox.

    Refused where there are tables already, unless they may be replaced.
    """
    database = connection.settings_dict["NAME"]
    with archive.opened(source) as (manifest, tar):
        with servers.connected() as own, own.cursor() as cursor:
            if servers.tables_of(cursor):
                if not replace:
                    raise Refused("The database is not empty: --replace throws away what it holds.")
                cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        _fill(database, tar)
        differences = [*compare(database, manifest), *_unpack(manifest, tar)]
    if differences:
        raise Refused(f"Restored, but not as it was: {'; '.join(differences[:5])}")
    hold_all()
    return manifest


def catch_up(*, at: datetime) -> list[str]:
    """Do again what the backup does not know of; sentences for whoever restored it."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return ["It is of an older version: run manage.py migrate, then manage.py catch_up."]
    return [said for work in settings.RESTORED for said in import_string(work)(at=at)]


def drill(*, at: datetime) -> Drill:
    """Back up, restore into a database of its own, compare, and clean up after it."""
    with tempfile.TemporaryDirectory(prefix="afterlaunch-drill-") as place:
        target, began = Path(place) / "backup", time.monotonic()
        manifest = make(target, at=at)
        middle = time.monotonic()
        name = f"afterlaunch_drill_{secrets.token_hex(4)}"
        with servers.scratch(name), archive.opened(target) as (_, tar):
            _fill(name, tar)
            differences = [*compare(name, manifest), *_damaged(manifest, tar)]
        differences += map(str, breaks())
        done = Drill(
            rows=rows_of(manifest),
            files=len(manifest.files),
            size=target.stat().st_size,
            backup_seconds=middle - began,
            restore_seconds=time.monotonic() - middle,
            differences=tuple(differences),
        )
    if not differences:
        _note("restore_drill", seconds=round(done.restore_seconds, 1), rows=done.rows)
    return done


def compare(database: str, manifest: Manifest) -> Iterator[str]:
    """Where a database differs from what the manifest says, a sentence each."""
    with servers.connected(database) as own, own.cursor() as cursor:
        found = servers.measure(cursor)
        cursor.execute("SELECT conname FROM pg_constraint WHERE NOT convalidated")
        loose = [name for (name,) in cursor.fetchall()]
    for table in sorted(manifest.tables.keys() | found.keys()):
        was, now = manifest.tables.get(table), found.get(table)
        if was is None or now is None:
            yield f"table {table} is {'new' if was is None else 'missing'}"
        elif was[0] != now[0]:
            yield f"table {table} had {was[0]} rows and has {now[0]}"
        elif was[1] != now[1]:
            yield f"table {table} has other content"
    for name in loose:
        yield f"constraint {name} is not proved"


def attachments() -> Iterator[tuple[str, Path]]:
    """Every file below MEDIA_ROOT by its place there."""
    root = Path(settings.MEDIA_ROOT)
    for path in sorted(root.rglob("*")):
        if path.is_file():
            yield path.relative_to(root).as_posix(), path


def rows_of(manifest: Manifest) -> int:
    return sum(rows for rows, _ in manifest.tables.values())


def _fill(database: str, tar) -> None:
    with tempfile.NamedTemporaryFile() as dump:
        archive.copy_out(tar, archive.DUMP, dump)
        dump.flush()
        servers.run(
            "pg_restore",
            *("--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"),
            *(f"--dbname={database}", dump.name),
            database=database,
        )


def _unpack(manifest: Manifest, tar) -> Iterator[str]:
    """Put back the files that are not there; a sentence for each that is damaged."""
    root = Path(settings.MEDIA_ROOT).resolve()
    for name, digest in manifest.files.items():
        path = (root / name).resolve()
        if not path.is_relative_to(root):
            yield f"file {name} would lie outside the files of the portal"
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.partial")
        with partial.open("wb") as copy:
            found = archive.copy_out(tar, archive.FILES + name, copy)
        partial.replace(path)
        if found != digest:
            yield f"file {name} has other content"


def _damaged(manifest: Manifest, tar) -> Iterator[str]:
    for name, digest in manifest.files.items():
        with tempfile.TemporaryFile() as nowhere:
            if archive.copy_out(tar, archive.FILES + name, nowhere) != digest:
                yield f"file {name} has other content"


def _note(name: str, **detail: object) -> None:
    """When it last went well, for whoever watches; told in the portal's own database."""
    Heartbeat.objects.beat(name, **detail)
