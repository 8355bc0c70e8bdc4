"""A file of tickets on its way in, and what has to be known to take it back."""

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models.functions import Now

from apps.outbox.models import Job
from apps.timeline.models import Tracked

from ..choices import ImportState


class ImportRun(Tracked):
    """One file and how far it is; a run that was killed goes on from `cursor`."""

    kind: ClassVar[str] = "ticket_import"

    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    format = models.CharField(max_length=5)
    path = models.CharField(max_length=500, help_text="The raw file, kept as it came.")
    size = models.BigIntegerField()
    state = models.CharField(
        max_length=10, choices=ImportState.choices, default=ImportState.RUNNING
    )
    cursor = models.BigIntegerField(default=0)  # bytes of the file that are settled
    line = models.BigIntegerField(default=0)  # lines of the file that are settled
    rows = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    placeholders = models.JSONField(default=dict)
    reason = models.CharField(max_length=500, blank=True)
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["digest", "state"], name="import_run_file")]

    def __str__(self) -> str:
        return f"tickets-{self.pk}"

    @property
    def share(self) -> float:
        """How much of the file is settled, 0 to 1."""
        return self.cursor / self.size if self.size else 1.0

    def withdraw(self, *, by: Any, at: datetime) -> None:
        """It is to be taken back: whoever still takes rows from its file stops at the next chunk.

        Asked again, what could not be taken back then is looked at again.
        """
        with transaction.atomic():
            self.refresh_from_db(from_queryset=ImportRun.objects.select_for_update())
            before, self.state = self.state, ImportState.UNDONE
            self.undone_at, self.undone_by = at, by
            self.save(update_fields=["state", "undone_at", "undone_by"])
            ImportSeen.objects.filter(run=self).delete()
            self.record("withdrawn", by=by, at=at, state=[before, self.state])

    def undo(self, *, by: Any, at: datetime) -> Job:
        """Take it back, as long work with a page; `apps.tickets.withdrawing` says what goes."""
        with transaction.atomic():
            self.withdraw(by=by, at=at)
            return Job.start(
                "tickets.undo_import",
                title=f"Undo the import of {self.name}"[:200],
                params={"run": self.pk},
                total=self.created + self.changed,
                about=(self.kind, self.pk),
                by=by,
                at=at,
            )


class ImportRejection(models.Model):
    """A row that was not taken, and why."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="rejections")
    row = models.BigIntegerField()
    column = models.CharField(max_length=120, blank=True)
    reason = models.TextField()

    class Meta:
        ordering = ["run", "row", "id"]

    def __str__(self) -> str:
        return f"line {self.row}: {self.reason}"


class ImportSeen(models.Model):
    """An external id this run has met, so that a second row with it is told apart."""

    run = models.ForeignKey(
        ImportRun, models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    external_id = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "external_id"], name="import_seen_once")
        ]

    def __str__(self) -> str:
        return self.external_id


class ImportedTicket(models.Model):
    """Which row of which file a ticket is, so that the same row again changes nothing."""

    ticket = models.OneToOneField(
        "tickets.Ticket", models.CASCADE, primary_key=True, related_name="imported"
    )
    run = models.ForeignKey(
        ImportRun,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="tickets",
        help_text="What made the ticket; nothing if it was here before.",
    )
    told_by = models.ForeignKey(
        ImportRun,
        models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,  # the run is held while it writes these
        help_text="Whose telling of its history counts; earlier ones are kept and do not.",
    )
    digest = models.BinaryField(max_length=16)

    def __str__(self) -> str:
        return f"#{self.ticket_id} of {self.run}"


class ImportBefore(models.Model):
    """A ticket as it was before a run told it anew, so that this can be taken back."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="befores", db_index=False)
    ticket = models.ForeignKey("tickets.Ticket", models.CASCADE, related_name="+")
    contact = models.ForeignKey(
        "customers.Contact", models.PROTECT, null=True, blank=True, related_name="+"
    )
    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, null=True, blank=True, related_name="+"
    )
    told_by = models.ForeignKey(
        ImportRun, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    digest = models.BinaryField(max_length=16, null=True)
    seen = models.BigIntegerField(help_text="The newest Activity of it then.")
    row = models.JSONField()
    messages = models.JSONField(help_text="What earlier runs had it say.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "ticket"], name="import_before_once")]

    def __str__(self) -> str:
        return f"#{self.ticket_id} before {self.run_id}"


class StandIn(models.Model):
    """A contact, customer or colleague that a run made because a row named them."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=10)
    subject_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "kind", "subject_id"], name="stand_in_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"
