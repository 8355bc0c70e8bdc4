"""Fetching a past range again: what it will cost, and doing it piece by piece as a job."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from apps.accounts.models import User
from apps.outbox.models import Job
from apps.timeline.refusal import Refused

from .booking import Busy
from .choices import Origin, RunStatus, SourceKind
from .models import Source
from .partitions import horizon
from .pulling import pieces, pull_piece
from .rules.grid import Piece

WORK = "metrics.backfill"
MOST_QUERIES = 2_000


@dataclass(frozen=True)
class Cost:
    """What a back-fill asks of the other side and of us."""

    queries: int
    points: int  # of each series
    series: int  # as many as there are now
    seconds: float  # by how long this source took lately

    @property
    def samples(self) -> int:
        return self.points * max(self.series, 1)


def cost(source: Source, since: datetime, until: datetime, *, at: datetime) -> Cost:
    """Before anything is asked; raises Refused for a range that makes no sense."""
    _check(source, since, until, at)
    wanted = pieces(source, at, since, until)
    runs = source.runs.filter(status=RunStatus.OK).exclude(finished_at=None)[:20]
    took = [(run.finished_at - run.started_at).total_seconds() for run in runs]
    return Cost(
        queries=len(wanted),
        points=sum(piece.points for piece in wanted),
        series=source.metric.series.count(),
        seconds=len(wanted) * (sum(took) / len(took) if took else 1.0),
    )


def start(
    source: Source, since: datetime, until: datetime, *, by: User | None, at: datetime
) -> Job:
    """Order it; progress is on the job's own page."""
    _check(source, since, until, at)
    wanted = pieces(source, at, since, until)
    return Job.start(
        WORK,
        title=f"Back-fill {source.name}",
        params={
            "source": source.pk,
            "pieces": [[piece.start, piece.end, piece.step] for piece in wanted],
        },
        about=(source.kind, source.pk),
        by=by,
        at=at,
        total=len(wanted),
    )


def _check(source: Source, since: datetime, until: datetime, at: datetime) -> None:
    if source.sort in (SourceKind.CSV, SourceKind.PUSH):
        raise Refused("Only sources that answer for a range can be back-filled.")
    if since >= until:
        raise Refused("The range ends before it starts.", field="until")
    if since >= at:
        raise Refused("The range lies in the future.", field="since")
    edge = horizon(source.metric.retention, at)
    if since < edge:
        raise Refused(
            f"Raw samples of {source.metric.key} are kept for {source.metric.retention} days:"
            f" start after {edge:%Y-%m-%d %H:%M} UTC.",
            field="since",
        )
    if len(pieces(source, at, since, until)) > MOST_QUERIES:
        raise Refused("That range takes too many queries: shorten it.", field="since")


def step(job: Job) -> bool:
    """The next piece; True after the last. A source that cannot answer ends it with its reason."""
    wanted = job.params["pieces"]
    place = job.cursor.get("next", 0)
    source = Source.objects.with_metric().filter(pk=job.params["source"]).first()
    if source is None:
        raise Refused("The source is gone.")
    try:
        run = pull_piece(
            source,
            Piece(*wanted[place]),
            origin=Origin.BACKFILL,
            at=timezone.now(),
            by=job.started_by,
        )
    except Busy as busy:
        raise TimeoutError(str(busy)) from None  # tried again later
    if run.status == RunStatus.FAILED:
        if source.failures + 1 < 3 and not Source.objects.get(pk=source.pk).last_error_final:
            raise ConnectionError(run.error)  # tried again later
        raise Refused(run.error)
    counts = job.counts or {}
    for name in ("inserted", "changed", "unchanged", "rejected"):
        counts[name] = counts.get(name, 0) + getattr(run, name)
    job.counts = counts
    job.cursor = {"next": place + 1, "runs": [*job.cursor.get("runs", []), run.pk][-200:]}
    job.done = place + 1
    over = place + 1 >= len(wanted)
    if over:
        job.result = counts
    return over
