"""Long work as a page shows it: on its own, and on the record it is about until it is done."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from apps.outbox.models import Job


@dataclass(frozen=True, slots=True)
class Work:
    """A job, and what this person may do with it."""

    job: Job
    remaining: float | None
    may_cancel: bool
    may_go_on: bool
    titled: bool = False

    @classmethod
    def of(cls, request: HttpRequest, job: Job, *, titled: bool = False) -> "Work":
        theirs = job.started_by_id == request.user.pk or request.user.may("outbox.retry")
        return cls(
            job,
            remaining=job.remaining(at=timezone.now()),
            may_cancel=theirs and not job.is_over,
            may_go_on=theirs and job.is_stopped and not job.why_not_on,
            titled=titled,
        )


def works(request: HttpRequest, kind: str, *subject_ids: Any) -> list[Work]:
    """What goes on about these records, or was stopped and can go on."""
    found = list(Job.objects.unfinished(kind, *subject_ids).select_related("started_by"))
    Job.ask_why_not_on(found)
    return [Work.of(request, job, titled=True) for job in found if job.stands]
