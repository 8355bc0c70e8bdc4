"""One delivery, one transaction: its samples, its run, its rejected rows and the watermark."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from django.db import connection, transaction

from apps.accounts.models import User
from apps.timeline.refusal import Refused

from . import partitions
from .choices import Mode, Origin, RunStatus, Store
from .importers.records import Batch, HistogramTrack, Rejection, Track
from .loading import Loaded, load
from .models import ImportRun, Metric, RejectedRow, Source

_SOURCES = 0x6D73  # first half of the advisory locks on sources


class Busy(Exception):
    """Another import of this source is writing right now."""


def book(
    batches: Mapping[Metric, Batch],
    *,
    origin: Origin,
    started_at: datetime,
    at: datetime,
    source: Source | None = None,
    by: User | None = None,
    label: str = "",
    mode: Mode = Mode.MERGE,
    sha256: str = "",
    rejected: Sequence[Rejection] = (),
    notes: Sequence[str] = (),
) -> ImportRun:
    """Write a delivery and close its books; raises Busy while the source is being written to.

    The watermark of the source moves only if nothing about the delivery is in doubt.
    """
    kept = {metric: _within_retention(metric, batch, at) for metric, batch in batches.items()}
    for metric, batch in kept.items():
        if batch.first is not None and batch.last is not None:
            partitions.ensure(_instant(batch.first), _instant(batch.last), metric.retention)
    refused = [*rejected, *(one for batch in kept.values() for one in batch.rejected)]
    with transaction.atomic():
        if source is not None:
            _hold(source)
        run = ImportRun.objects.create(
            source=source,
            metric=next(iter(batches)) if len(batches) == 1 else None,
            origin=origin,
            label=label,
            mode=mode,
            status=RunStatus.OK,
            started_at=started_at,
            sha256=sha256,
            by=by,
            notes=list(notes),
        )
        done = Loaded()
        for metric, batch in sorted(kept.items(), key=lambda pair: pair[0].pk):
            done += load(
                metric,
                batch.tracks,
                batch.histograms,
                run_id=run.pk,
                replace=mode == Mode.REPLACE,
            )
        _close(run, list(kept.values()), done, refused, at)
        if source is not None:
            _move_on(source, run, [batch.last for batch in kept.values()], at)
        if by is not None or done.changed or done.withdrawn:
            run.record("imported", by=by, at=at, label=_label(run), wrote=run.wrote)
    return run


def fail(
    sentence: str,
    *,
    final: bool,
    source: Source,
    origin: Origin,
    started_at: datetime,
    at: datetime,
    by: User | None = None,
) -> ImportRun:
    """Book that nothing came, and why; the source waits longer before it is asked again."""
    with transaction.atomic():
        run = ImportRun(
            source=source,
            metric_id=source.metric_id,
            origin=origin,
            started_at=started_at,
            by=by,
            error=sentence,
        )
        run.finish(RunStatus.FAILED, at=at)
        locked = Source.objects.select_for_update().get(pk=source.pk)
        locked.failed(sentence, final=final, at=at)
    return run


def _hold(source: Source) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_SOURCES, source.pk])
        if not cursor.fetchone()[0]:
            raise Busy(f"Another import of {source.name} is writing.")


def _close(
    run: ImportRun, batches: list[Batch], done: Loaded, refused: list[Rejection], at: datetime
) -> None:
    warnings = [text for batch in batches for text in batch.warnings]
    firsts = [batch.first for batch in batches if batch.first is not None]
    lasts = [batch.last for batch in batches if batch.last is not None]
    run.finish(
        _status(done, refused, warnings),
        at=at,
        since=_instant(min(firsts)) if firsts else None,
        until=_instant(max(lasts)) if lasts else None,
        received=sum(batch.received for batch in batches),
        inserted=done.inserted,
        changed=done.changed,
        unchanged=done.unchanged,
        withdrawn=done.withdrawn,
        repeated=sum(len(batch.repeated) for batch in batches),
        rejected=len(refused),
        warnings=list(dict.fromkeys(warnings)),
    )
    RejectedRow.objects.bulk_create(
        RejectedRow(run=run, row=one.row, column=one.column[:120], reason=one.reason[:500])
        for one in refused[: RejectedRow.MOST]
    )


def _status(done: Loaded, refused: list[Rejection], warnings: list[str]) -> RunStatus:
    if refused or warnings:
        return RunStatus.DEGRADED
    return RunStatus.OK if done.staged else RunStatus.EMPTY


def _move_on(source: Source, run: ImportRun, lasts: list[float | None], at: datetime) -> None:
    locked = Source.objects.select_for_update().select_related("metric").get(pk=source.pk)
    if run.status == RunStatus.DEGRADED:
        said = run.warnings[0] if run.warnings else f"{run.rejected} rows were rejected."
        locked.doubted(said, at=at)
        return
    known = [last for last in lasts if last is not None]
    locked.succeeded(at=at, watermark=_instant(max(known)) if known else None)


def _within_retention(metric: Metric, batch: Batch, at: datetime) -> Batch:
    """Without the samples that would be older than what is kept; they are rejected, not lost."""
    if metric.store == Store.REMOTE:
        raise Refused(f"Raw samples of {metric.key} stay in the server they come from.")
    edge = partitions.horizon(metric.retention, at).timestamp()
    if batch.first is None or batch.first >= edge:
        return batch
    early = 0
    for track in (*batch.tracks, *batch.histograms):
        place = bisect_left(track.times, edge)
        if place:
            early += place
            _cut(track, place)
    batch.tracks = [track for track in batch.tracks if len(track)]
    batch.histograms = [track for track in batch.histograms if len(track)]
    batch.rejected.append(
        Rejection(
            0,
            "ts",
            f"{early:,} samples are from before {_instant(edge):%Y-%m-%d %H:%M} UTC:"
            f" raw samples of {metric.key} are kept for {metric.retention} days.",
        )
    )
    return batch


def _cut(track: Track | HistogramTrack, place: int) -> None:
    for name in ("times", "values", "states", "sizes", "counts", "sums"):
        column = getattr(track, name, None)
        if column is not None:
            setattr(track, name, column[place:])


def _label(run: ImportRun) -> str:
    return run.source.name if run.source else run.label


def _instant(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
