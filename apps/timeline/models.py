"""Activity: who did what to which record, when; and the seals that no row of it changed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from apps.statements.writing import insert

from .projections import project
from .querysets import ActivityQuerySet

APPEND_ONLY = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)


class Activity(models.Model):
    """One change to one record; appended in the change's own transaction, never edited.

    `at` is when it happened (an import may tell of the past), `recorded_at` when we learnt of it.
    In `data`, a changed field is written `{"field": [before, after]}`.
    """

    kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    verb = models.CharField(max_length=40)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    actor_label = models.CharField(max_length=200, blank=True)
    data = models.JSONField(default=dict)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "activities"
        indexes = [
            models.Index(fields=["kind", "subject_id", "at", "id"], name="activity_subject"),
            models.Index(
                fields=["actor", "-at"],
                condition=models.Q(actor__isnull=False),
                name="activity_person",
            ),
            models.Index(  # what a state of the past is walked back over
                fields=["kind", "at"],
                condition=models.Q(data__has_key="status"),
                name="activity_status",
            ),
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id} {self.verb}"

    @property
    def who(self) -> str:
        """A person's name, a contact's, or what ran."""
        return str(self.actor) if self.actor_id else self.actor_label or "Afterlaunch"


class Tracked(models.Model):
    """A record whose every change leaves an Activity row."""

    kind: ClassVar[str]

    class Meta:
        abstract = True

    def record(
        self,
        verb: str,
        *,
        by: Any = None,
        at: datetime,
        label: str = "",
        **data: Any,
    ) -> Activity:
        """Append the row and move the projections, inside the caller's transaction."""
        activity = Activity(
            kind=self.kind,
            subject_id=self.pk,
            verb=verb,
            at=at,
            actor=by,
            actor_label=label,
            data=data,
        )
        insert(activity)
        project(self.kind, [self.pk])
        return activity

    @classmethod
    def record_each(
        cls, verb: str, told: Mapping[int, dict[str, Any]], *, by: Any = None, at: datetime
    ) -> None:
        """The same of many records in one statement: the number of each → what is told of it."""
        Activity.objects.bulk_create(
            Activity(kind=cls.kind, subject_id=pk, verb=verb, at=at, actor=by, data=data)
            for pk, data in told.items()
        )
        project(cls.kind, list(told))

    def timeline(self) -> ActivityQuerySet:
        return Activity.objects.about(self.kind, self.pk).with_people()


class Seal(models.Model):
    """A digest over a range of activities and the seal before it: changing one breaks them all."""

    first_id = models.BigIntegerField(unique=True)
    last_id = models.BigIntegerField()
    rows = models.PositiveIntegerField()
    digest = models.BinaryField(max_length=32)
    sealed_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["pk"]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.first_id}–{self.last_id}"


class Redaction(models.Model):
    """An activity from which a person was taken out: what it was sealed by, and what it is now.

    Seals go on holding by `was`; `now` says that nothing else of it was changed since.
    """

    activity = models.OneToOneField(
        Activity, models.PROTECT, primary_key=True, related_name="redaction"
    )
    was = models.BinaryField(max_length=32)
    now = models.BinaryField(max_length=32)
    at = models.DateTimeField()

    class Meta:
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"redaction of {self.activity_id}"


class Removal(models.Model):
    """An activity that went with its record, as an undone import's does: what it was sealed by.

    Seals go on holding by `was`; nothing can be read out of it.
    """

    activity_id = models.BigIntegerField(primary_key=True)
    was = models.BinaryField(max_length=32)
    at = models.DateTimeField()

    class Meta:
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"removal of {self.activity_id}"
