"""Long bulk changes: two hundred tickets a step, and back."""

from django.utils import timezone

from apps.outbox.models import Job

from .choices import Outcome
from .models import BulkChange


def step(job: Job) -> bool:
    """Some more tickets are changed; true when none was left."""
    bulk = BulkChange.objects.select_related("by", "macro").get(pk=job.params["bulk"])
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
