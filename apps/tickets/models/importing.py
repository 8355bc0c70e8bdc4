"""A file of tickets on its way in."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from ..choices import ImportState


class ImportRun(models.Model):
    """One file and how far it is; a run that was killed goes on from `cursor`."""

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

    class Meta:
        indexes = [models.Index(fields=["digest", "state"], name="import_run_file")]

    def __str__(self) -> str:
        return f"tickets-{self.pk}"

    @property
    def share(self) -> float:
        """How much of the file is settled, 0 to 1."""
        return self.cursor / self.size if self.size else 1.0


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
