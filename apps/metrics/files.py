"""CSV files: tried first, taken once, by row."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

from django.db import transaction

from apps.accounts.models import User

from .booking import book
from .choices import Mode, Origin
from .importers import table
from .importers.records import Track, Unusable
from .importers.table import Table
from .loading import series_of
from .models import ImportRun, Metric, Sample, Source
from .rules import grid
from .rules.values import State

SHOWN = 50


@dataclass
class Change:
    """A sample that would be another: what it is, and what it would be."""

    metric: str
    labels: str
    at: datetime
    old: str
    new: str


@dataclass
class Preview:
    """What a file would do, before it does it."""

    table: Table
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    changes: list[Change] = field(default_factory=list)
    since: datetime | None = None
    until: datetime | None = None
    gaps: int = 0
    step: float | None = None
    standing: ImportRun | None = None

    @property
    def rejected(self) -> int:
        return len(self.table.rejected)


def read(
    body: bytes,
    *,
    metric: Metric | None = None,
    form: str = "rfc3339",
    zone: ZoneInfo | None = None,
    known: Iterable[Metric] | None = None,
) -> Table:
    """The file as rows; raises Unusable. A metric that is not saved yet takes the file's unit."""
    metrics = [metric] if metric else list(Metric.objects.all() if known is None else known)
    fresh = metric is not None and metric.pk is None
    found = table.read(
        body,
        metric=metric.key if metric else None,
        units=None if fresh else {one.key: one.unit for one in metrics},
        form=form,
        zone=zone,
    )
    if metric is not None and fresh and found.units:
        if len(found.units) > 1:
            raise Unusable(f"The file names several units: {', '.join(sorted(found.units))}.")
        metric.unit = found.units.pop()[:30]
    return found


def fingerprint(body: bytes, *, metric: Metric | None, mode: str, form: str, zone: str) -> str:
    """The same file read in the same way is the same file."""
    manner = f"{metric.key if metric else ''}|{mode}|{form}|{zone}"
    return sha256(sha256(body).digest() + manner.encode()).hexdigest()


def preview(found: Table, *, mode: str = Mode.MERGE, identity: str = "") -> Preview:
    """New, changed (old → new), unchanged, rejected, gaps: nothing is written."""
    seen = Preview(found, standing=ImportRun.objects.standing(identity) if identity else None)
    metrics = Metric.objects.in_bulk(list(found.batches), field_name="key")
    with transaction.atomic():
        for key, batch in found.batches.items():
            for track in batch.tracks:
                metric = metrics.get(key)
                _compare(seen, metric, key, track, mode) if metric else _all_new(seen, track)
        transaction.set_rollback(True)  # series that do not exist are not made by looking
    firsts = [batch.first for batch in found.batches.values() if batch.first is not None]
    lasts = [batch.last for batch in found.batches.values() if batch.last is not None]
    if firsts:
        seen.since, seen.until = _instant(min(firsts)), _instant(max(lasts))
    return seen


def _all_new(seen: Preview, track: Track) -> None:
    seen.created += len(track)
    _count_gaps(seen, track)


def _compare(seen: Preview, metric: Metric, key: str, track: Track, mode: str) -> None:
    _count_gaps(seen, track)
    pk = series_of(metric, [track.labels])[0]
    first, last = _instant(track.times[0]), _instant(track.times[-1])
    there = {
        at.timestamp(): (value, state, size)
        for at, value, state, size in Sample.objects.filter(
            series_id=pk, ts__gte=first, ts__lte=last, retention=metric.retention
        ).values_list("ts", "value", "state", "size")
    }
    states, sizes = track.states or [0] * len(track), track.sizes or [None] * len(track)
    for at, value, state, size in zip(track.times, track.values, states, sizes, strict=True):
        old = there.pop(at, None)
        if old is None:
            seen.created += 1
        elif old == (value, state, size):
            seen.unchanged += 1
        else:
            seen.changed += 1
            if len(seen.changes) < SHOWN:
                names = ", ".join(f"{name}={text}" for name, text in sorted(track.labels.items()))
                seen.changes.append(
                    Change(key, names, _instant(at), _shown(old[0], old[1]), _shown(value, state))
                )
    if mode == Mode.REPLACE:
        seen.withdrawn += sum(state != State.WITHDRAWN for _, state, _ in there.values())


def _count_gaps(seen: Preview, track: Track) -> None:
    step = grid.likely_step(track.times)
    if step:
        seen.step = step if seen.step is None else min(seen.step, step)
        seen.gaps += len(grid.gaps(track.times, step))


def _shown(value: float | None, state: int) -> str:
    return repr(value) if state == State.OK else State(state).name.lower().replace("_", " ")


def take(
    found: Table,
    *,
    origin: Origin,
    at: datetime,
    started_at: datetime,
    identity: str,
    label: str,
    by: User | None = None,
    mode: Mode = Mode.MERGE,
    source: Source | None = None,
) -> tuple[ImportRun, bool]:
    """Write the file; (its run, whether it was new). A file that stands is not taken twice."""
    standing = ImportRun.objects.standing(identity)
    if standing is not None:
        return standing, False
    metrics = Metric.objects.in_bulk(list(found.batches), field_name="key")
    run = book(
        {metrics[key]: batch for key, batch in found.batches.items()},
        origin=origin,
        started_at=started_at,
        at=at,
        source=source,
        by=by,
        label=label,
        mode=mode,
        sha256=identity,
        rejected=found.rejected,
        notes=found.notes,
    )
    return run, True


def _instant(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
