"""Job: long work that shows how far it is."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse

from apps.timeline.models import Tracked
from apps.timeline.refusal import Lost, Refused

from .. import rules
from ..choices import WorkState
from ..querysets import JobQuerySet


class Job(Tracked):
    """Work in steps, each one transaction with its cursor, so a kill repeats nothing."""

    kind = "job"

    work = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
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
    ) -> "Job":
        """Order the work, inside the caller's transaction; `config/jobs.py` says who does it."""
        if work not in settings.JOBS:
            raise Refused(f"Nobody does the work “{work}”.")
        with transaction.atomic():
            job = cls.objects.create(
                work=work, title=title, params=params, total=total, started_by=by
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

    @property
    def is_over(self) -> bool:
        return self.state in {WorkState.DONE, WorkState.FAILED, WorkState.CANCELLED}

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
