"""Takes tickets with their history from a file: streaming, in chunks of one transaction each.

A chunk and the place behind it are written together, so a run that is killed goes on where it
was. History is Activity rows as of the original times; clocks follow by projection.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from apps.customers.importers.checking import no_nul
from apps.customers.importers.reading import (
    Malformed,
    Row,
    Unusable,
    csv_head,
    csv_rows,
    format_of,
    jsonl_rows,
)
from apps.customers.importers.report import Report
from apps.timeline.bulk import uncollected
from apps.timeline.refusal import Refused

from .choices import ImportState
from .importers import rows as row_rules
from .importers import table
from .importers.history import story_of
from .models import ImportRejection, ImportRun, ImportSeen
from .recording import Chunk, digest_of
from .transcribing import Parsed

CHUNK = 2000
Progress = Callable[[ImportRun], object]


class Rehearsed(Exception):
    """Ends a dry run: everything was done, and nothing is kept."""


def import_tickets(
    path: Path,
    *,
    named: str = "",
    dry_run: bool = False,
    by: Any = None,
    now: datetime | None = None,
    progress: Progress = lambda run: None,
) -> Report:
    """Take a file of tickets, or rehearse it. Raises `Unusable` when nothing can be taken."""
    kind = check(path, named)
    now = now or timezone.now()
    if not dry_run:
        run = begin(path, kind, by=by)
        return go_on(run, now=now, progress=progress)
    try:
        with transaction.atomic():
            run = _run_of(path, kind, digest="", by=by)
            _take_all(run, path, now=now, progress=progress)
            report = report_of(run)
            raise Rehearsed
    except Rehearsed:
        report.run = ""
        return report


def check(path: Path, named: str = "") -> str:
    """The format of a file that can be read. Raises `Unusable`."""
    if named not in ("", "csv", "jsonl"):
        raise Unusable("The formats are csv and jsonl.")
    try:
        kind = format_of(path, named)
        with path.open("rb") as source:
            if not source.read(1):
                raise Unusable("The file is empty.")
            if kind == "csv":
                table.check_head(csv_head(source)[0])
    except IsADirectoryError:
        raise Unusable(f"{path} is a directory.") from None
    except OSError as wrong:
        raise Unusable(f"{path} cannot be read: {wrong.strerror}.") from None
    return kind


def begin(path: Path, kind: str, *, by: Any = None) -> ImportRun:
    """Keep the raw file and open a run; a run of the same file that was cut off is taken up."""
    digest, kept = _keep(path)
    cut_off = ImportRun.objects.filter(digest=digest, state=ImportState.RUNNING, format=kind)
    return cut_off.order_by("pk").first() or _run_of(
        kept, kind, digest=digest, by=by, name=path.name
    )


def _run_of(path: Path, kind: str, *, digest: str, by: Any, name: str = "") -> ImportRun:
    return ImportRun.objects.create(
        name=(name or path.name)[:200],
        digest=digest,
        format=kind,
        path=str(path),
        size=path.stat().st_size,
        started_by=by,
    )


def _keep(path: Path) -> tuple[str, Path]:
    """The raw file under its digest: copied, on the disk, and only then named."""
    folder = Path(settings.MEDIA_ROOT) / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".arriving-{os.getpid()}-{timezone.now():%s%f}"
    digest = hashlib.sha256()
    try:
        with path.open("rb") as source, temporary.open("wb") as target:
            while block := source.read(1024 * 1024):
                digest.update(block)
                target.write(block)
            target.flush()
            os.fsync(target.fileno())
        kept = folder / digest.hexdigest()
        shutil.move(temporary, kept)
    finally:
        temporary.unlink(missing_ok=True)
    return digest.hexdigest(), kept


def go_on(
    run: ImportRun, *, now: datetime | None = None, progress: Progress = lambda run: None
) -> Report:
    """Take what is left of a run's file; of two processes one does it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK, run.pk])
        if not cursor.fetchone()[0]:
            raise Refused("This file is being imported by another process.", code="running")
    try:
        run.refresh_from_db()
        _take_all(run, Path(run.path), now=now or timezone.now(), progress=progress)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK, run.pk])
    return report_of(run)


_LOCK = 7_401_001  # the first half of this module's advisory locks


def _take_all(run: ImportRun, path: Path, *, now: datetime, progress: Progress) -> None:
    with path.open("rb") as source, uncollected():
        for read in _ahead(_rows_of(run, source), run.format, now):
            _take(run, read, now=now)
            progress(run)
    _finish(run)


def _rows_of(run: ImportRun, source: BinaryIO) -> Iterator[Row]:
    if run.format == "jsonl":
        return jsonl_rows(source, cursor=run.cursor, line=run.line)
    names, end, line = csv_head(source)
    table.check_head(names)
    return csv_rows(source, names, cursor=run.cursor or end, line=run.line or line)


@dataclass(slots=True)
class Read:
    """Some rows of a file: those that can be taken, those that cannot, the place after them."""

    count: int
    end: int
    line: int
    parsed: list[Parsed]
    faults: list[tuple[int, Malformed]]


def _ahead(rows: Iterator[Row], kind: str, now: datetime) -> Iterator[Read]:
    """The file in chunks; while one is written the next is read."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(_read, rows, kind, now)
        while read := coming.result():
            coming = reader.submit(_read, rows, kind, now)
            yield read


def _read(rows: Iterator[Row], kind: str, now: datetime) -> Read | None:
    """Touches no database: it runs beside the thread that does."""
    some = list(islice(rows, CHUNK))
    if not some:
        return None
    read = Read(len(some), some[-1].end, some[-1].next_line, [], [])
    for row in some:
        try:
            read.parsed.append(_parse(row, kind, now))
        except Malformed as fault:
            read.faults.append((row.line, fault))
    return read


def _parse(row: Row, kind: str, now: datetime) -> Parsed:
    if row.fault:
        raise row.fault
    values = table.unfold(row.values) if kind == "csv" else row.values
    if row.nul:
        no_nul(values)
    told = row_rules.read(row.line, values, now=now)
    return Parsed(told, story_of(told), values, digest_of(values))


def _take(run: ImportRun, read: Read, *, now: datetime) -> None:
    """One chunk: the tickets of its good rows, the reasons of the others, the place after it."""
    with transaction.atomic():
        held = ImportRun.objects.select_for_update().get(pk=run.pk)
        if held.state == ImportState.UNDONE:
            raise Refused("This import was undone meanwhile.", code="undone")
        if held.cursor != run.cursor:
            raise Refused("This file is being imported by another process.", code="running")
        chunk = Chunk(run, now)
        faults = read.faults + chunk.write(read.parsed)
        ImportRejection.objects.bulk_create(
            ImportRejection(run=run, row=line, column=fault.column[:120], reason=fault.reason)
            for line, fault in sorted(faults, key=itemgetter(0))
        )
        run.cursor, run.line = read.end, read.line
        run.rows += read.count
        run.rejected += len(faults)
        run.created += chunk.created
        run.changed += chunk.changed
        run.unchanged += chunk.unchanged
        for what, n in chunk.placeholders.items():
            run.placeholders[what] = run.placeholders.get(what, 0) + n
        run.save()


def _finish(run: ImportRun) -> None:
    with transaction.atomic():
        ImportSeen.objects.filter(run=run).delete()
        unfinished = ImportRun.objects.filter(pk=run.pk, state=ImportState.RUNNING)
        unfinished.update(state=ImportState.DONE, finished_at=Now())
    run.refresh_from_db()


def report_of(run: ImportRun) -> Report:
    """What a run says in the end."""
    rejected = run.rejections.order_by("row", "id").values("row", "column", "reason")
    return Report(
        run=str(run),
        rows=run.rows,
        created=run.created,
        changed=run.changed,
        unchanged=run.unchanged,
        rejected=list(rejected),
        placeholders=dict(run.placeholders),
    )
