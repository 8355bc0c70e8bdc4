"""Long bulk changes: two hundred tickets a step, and back."""

from collections.abc import Sequence

from django.utils import timezone

from apps.outbox.models import Job
from apps.timeline.refusal import Refused

from .choices import Outcome
from .models import BulkChange

WORK = "tickets.bulk"
TAKEN_BACK = "This bulk change was taken back."


def objections(job_ids: Sequence[int]) -> dict[int, str]:
    """Jobs whose change was taken back meanwhile: they do not go on."""
    undone = BulkChange.objects.exclude(undone_at=None)
    about = {"subject_kind": BulkChange.kind, "subject_id__in": undone.values("pk")}
    found = Job.objects.filter(pk__in=job_ids, work=WORK, **about)
    return dict.fromkeys(found.values_list("pk", flat=True), TAKEN_BACK)


def step(job: Job) -> bool:
    """Some more tickets are changed; true when none was left."""
    bulk = BulkChange.objects.select_related("by", "macro").get(pk=job.params["bulk"])
    if bulk.undone_at:
        raise Refused(TAKEN_BACK)
    return _told(job, bulk, bulk.do_some(at=timezone.now()))


def undo_step(job: Job) -> bool:
    """Some more tickets are as they were; true when none was left."""
    bulk = BulkChange.objects.select_related("undone_by").get(pk=job.params["bulk"])
    return _told(job, bulk, bulk.undo_some(at=timezone.now()))


def _told(job: Job, bulk: BulkChange, done: int) -> bool:
    job.done += done
    counts = bulk.counts()
    job.counts = {
        str(Outcome(name).label): count
        for name, count in counts.items()
        if count and name != Outcome.WAITING
    }
    job.result = {"url": bulk.get_absolute_url(), "label": "What became of each ticket"}
    return not done
