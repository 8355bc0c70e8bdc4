"""Job: long work that shows how far it is."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.functional import cached_property

from apps.timeline.models import Tracked
from apps.timeline.objections import objections
from apps.timeline.refusal import Lost, Refused

from .. import rules
from ..choices import WorkState
from ..querysets import JobQuerySet

STOPPED = frozenset({WorkState.FAILED, WorkState.CANCELLED})
OVER = STOPPED | {WorkState.DONE}


class Job(Tracked):
    """Work in steps, each one transaction with its cursor, so a kill repeats nothing."""

    kind = "job"

    work = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    subject_kind = models.CharField(
        max_length=40, blank=True, db_default="", help_text="On whose page it stands."
    )
    subject_id = models.BigIntegerField(null=True, blank=True)
    params = models.JSONField(default=dict)
    cursor = models.JSONField(default=dict)
    total = models.PositiveBigIntegerField(null=True, blank=True)
    done = models.PositiveBigIntegerField(default=0)
    counts = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=WorkState.choices, default=WorkState.PENDING)
    result = models.JSONField(null=True, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="jobs"
    )
    attempts = models.PositiveIntegerField(default=0)
    lease = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(db_default=Now())
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())
    began_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["next_at"], condition=Q(state__in=["pending", "working"]), name="job_due"
            ),
            models.Index(fields=["started_by", "-id"], name="job_person"),
            models.Index(
                fields=["subject_kind", "subject_id", "work", "-id"],
                condition=Q(subject_id__isnull=False),
                name="job_subject",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("portal:job", args=[self.pk])

    @classmethod
    def start(
        cls,
        work: str,
        *,
        title: str,
        params: dict[str, Any],
        by: Any,
        at: datetime,
        total: int | None = None,
        about: tuple[str, int] | None = None,
    ) -> "Job":
        """Order the work, inside the caller's transaction; `config/jobs.py` says who does it.

        `about` is the record on whose page it stands until it is done.
        """
        kind, pk = about or ("", None)
        if work not in settings.JOBS:
            raise Refused(f"Nobody does the work “{work}”.")
        with transaction.atomic():
            job = cls.objects.create(
                work=work,
                title=title,
                subject_kind=kind,
                subject_id=pk,
                params=params,
                total=total,
                started_by=by,
            )
            job.record("started", by=by, at=at)
        return job

    def cancel(self, *, by: Any, at: datetime) -> None:
        """Stop before the next step; the steps that are done stay done."""
        if self.is_over:
            raise Refused("This work is over.")
        with transaction.atomic():
            before = self.state
            moved = Job.objects.filter(pk=self.pk, state=before).update(
                state=WorkState.CANCELLED, lease=None, lease_until=None, done_at=Now()
            )
            if not moved:
                raise Lost()
            self.refresh_from_db()
            self.record("cancelled", by=by, at=at, state=[before, self.state])

    def go_on(self, *, by: Any, at: datetime) -> None:
        """From where it was cancelled or failed: what was done then is not done again."""
        if not self.is_stopped:
            raise Refused("This work is done." if self.is_over else "This work goes on already.")
        if why := self.why_not_on:
            raise Refused(why)
        with transaction.atomic():
            before = self.state
            moved = Job.objects.filter(pk=self.pk, state=before).update(
                state=WorkState.PENDING,
                attempts=0,
                next_at=Now(),
                began_at=F("began_at") + (Now() - F("done_at")),  # the pause took no work
                done_at=None,
                last_error="",
            )
            if not moved:
                raise Lost()
            self.refresh_from_db()
            self.record("went_on", by=by, at=at, state=[before, self.state])

    @property
    def is_over(self) -> bool:
        return self.state in OVER

    @property
    def is_stopped(self) -> bool:
        """Over before it was done."""
        return self.state in STOPPED

    @cached_property
    def why_not_on(self) -> str:
        """Why what was stopped cannot go on; empty where it can."""
        return objections("job.go_on", [self.pk]).get(self.pk, "")

    @classmethod
    def ask_why_not_on(cls, jobs: "Iterable[Job]") -> None:
        """The same of many at once."""
        stopped = [job for job in jobs if job.is_stopped]
        told = objections("job.go_on", [job.pk for job in stopped])
        for job in stopped:
            job.why_not_on = told.get(job.pk, "")

    @property
    def stands(self) -> bool:
        """Whether it is still to be done: under way, or stopped where it can go on."""
        return not self.is_over or (self.is_stopped and not self.why_not_on)

    @property
    def left(self) -> int | None:
        """How much was not done; None where nobody knows."""
        return None if self.total is None else max(0, self.total - self.done)

    @property
    def percent(self) -> int | None:
        """How far it is; None when its size is unknown."""
        share = rules.share(self.done, self.total)
        return None if share is None else int(share * 100)

    def remaining(self, *, at: datetime) -> float | None:
        """Seconds it will still take; None when nobody can know."""
        if self.is_over or self.began_at is None:
            return None
        return rules.remaining(self.done, self.total, (at - self.began_at).total_seconds())
