"""Sources that are due, fetched one after another; safe to run any number of times at once."""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from apps.accounts.models import User
from apps.outbox.drains import drain

from . import fetching, files
from .booking import Busy, book, fail
from .choices import Origin, RunStatus, SourceKind
from .importers.records import Unusable
from .models import ImportRun, Source
from .rules import grid

log = logging.getLogger(__name__)
MOST_FILES = 100
SPARE = 30  # seconds a fetch may take beyond its own deadline before another worker tries


def due() -> int:
    """How many sources wait to be asked."""
    return Source.objects.due(Now())[:100].count()


def drain_due() -> int:
    """Ask every source that is due."""
    return drain("metrics.import", pull_next)


def pull_next() -> bool:
    """Ask the source that has waited longest; those that fail come last. False: none is due."""
    source = _claim()
    if source is None:
        return False
    try:
        pull(source)
    except Busy:
        log.info("source busy", extra={"source": source.name})
    return True


def _claim() -> Source | None:
    """Take a due source by moving its next time past our own deadline."""
    with transaction.atomic():
        source = (
            Source.objects.due(Now())
            .order_by("failures", "next_at", "pk")
            .select_for_update(skip_locked=True, of=("self",))
            .with_metric()
            .first()
        )
        if source is not None:
            lease = timedelta(seconds=source.timeout + SPARE)
            Source.objects.filter(pk=source.pk).update(next_at=Now() + lease)
    return source


def pull(
    source: Source,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    origin: Origin = Origin.PULL,
    by: User | None = None,
    at: datetime | None = None,
) -> list[ImportRun]:
    """Fetch what is due, or a given range; one run for each piece, the first doubt ends it."""
    at = at or timezone.now()
    if source.sort == SourceKind.CSV:
        return _read_folder(source, origin, at, by)
    runs = []
    for piece in pieces(source, at, since, until):
        run = pull_piece(source, piece, origin=origin, at=at, by=by)
        runs.append(run)
        if run.status in (RunStatus.FAILED, RunStatus.DEGRADED):
            break
    return runs


def pieces(
    source: Source, at: datetime, since: datetime | None = None, until: datetime | None = None
) -> list[grid.Piece]:
    """The queries a range takes; without a range, from the watermark to what has settled."""
    start, end = grid.due_range(
        at.timestamp(),
        source.watermark.timestamp() if source.watermark else None,
        settle=source.settle,
        overlap=source.overlap,
        look_back=source.look_back,
    )
    start = since.timestamp() if since else start
    end = min(until.timestamp() if until else end, at.timestamp())
    return list(grid.pieces(start, end, source.step))


def pull_piece(
    source: Source,
    piece: grid.Piece,
    *,
    origin: Origin,
    at: datetime,
    by: User | None = None,
) -> ImportRun:
    """One question and its run; a failure is a run too."""
    try:
        batch = fetching.fetch(source, piece)
    except Unusable as error:
        return fail(
            str(error),
            final=error.final,
            source=source,
            origin=origin,
            started_at=at,
            at=timezone.now(),
            by=by,
        )
    return book(
        {source.metric: batch},
        origin=origin,
        source=source,
        started_at=at,
        at=timezone.now(),
        by=by,
        label=f"{_stamp(piece.start)} – {_stamp(piece.end)}",
    )


def _stamp(epoch: int) -> str:
    return f"{datetime.fromtimestamp(epoch, UTC):%Y-%m-%d %H:%M}"


def _read_folder(source: Source, origin: Origin, at: datetime, by: User | None) -> list[ImportRun]:
    """Every CSV file of the folder, oldest name first; what is done moves aside."""
    try:
        place = fetching.folder(source)
        waiting = sorted(place.glob("*.csv"))[:MOST_FILES] if place.is_dir() else None
        if waiting is None:
            raise Unusable(f"The folder {source.query} does not exist.", final=True)
    except Unusable as error:
        return [
            fail(
                str(error),
                final=error.final,
                source=source,
                origin=origin,
                started_at=at,
                at=timezone.now(),
                by=by,
            )
        ]
    runs = [_read_file(source, path, origin, at, by) for path in waiting]
    if not runs:
        runs = [
            book(
                {source.metric: fetching.Batch()},
                origin=origin,
                source=source,
                started_at=at,
                at=timezone.now(),
                by=by,
            )
        ]
    return runs


def _read_file(
    source: Source, path: Path, origin: Origin, at: datetime, by: User | None
) -> ImportRun:
    body = path.read_bytes()
    identity = files.fingerprint(body, metric=source.metric, mode="merge", form="rfc3339", zone="")
    try:
        found = files.read(body, metric=source.metric)
    except Unusable as error:
        _aside(path, "refused")
        return fail(
            f"{path.name}: {error}",
            final=False,
            source=source,
            origin=origin,
            started_at=at,
            at=timezone.now(),
            by=by,
        )
    run, _ = files.take(
        found,
        origin=origin,
        at=timezone.now(),
        started_at=at,
        identity=identity,
        label=path.name[:200],
        by=by,
        source=source,
    )
    _aside(path, "done")
    return run


def _aside(path: Path, where: str) -> None:
    target = path.parent / where
    target.mkdir(exist_ok=True)
    path.replace(target / path.name)
