"""ImportRun: one delivery of samples, and what became of it."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models

from apps.timeline.models import Tracked

from ..choices import Mode, Origin, RunStatus
from ..querysets import ImportRunQuerySet


class ImportRun(Tracked):
    """One delivery of samples; the numbers add up: received = new + changed + same + the rest."""

    kind = "import_run"

    id = models.AutoField(primary_key=True)  # samples carry it: four bytes
    source = models.ForeignKey(
        "metrics.Source", models.SET_NULL, null=True, blank=True, related_name="runs"
    )
    metric = models.ForeignKey(
        "metrics.Metric", models.SET_NULL, null=True, blank=True, related_name="runs"
    )
    origin = models.CharField(max_length=10, choices=Origin)
    label = models.CharField(max_length=200, blank=True)
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.MERGE)
    status = models.CharField(max_length=10, choices=RunStatus)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    received = models.IntegerField(default=0)
    inserted = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    withdrawn = models.IntegerField(default=0)
    repeated = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    warnings = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    error = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["source", "-id"], name="run_source")]
        constraints = [
            models.UniqueConstraint(
                fields=["sha256"],
                condition=~models.Q(sha256="") & models.Q(undone_at__isnull=True),
                name="file_once",
            )
        ]

    def __str__(self) -> str:
        return f"Run {self.pk}"

    def get_absolute_url(self) -> str:
        return f"/data-health/runs/{self.pk}/"

    @property
    def wrote(self) -> int:
        """How many samples are different because of it."""
        return self.inserted + self.changed + self.withdrawn

    @property
    def can_be_undone(self) -> bool:
        return self.undone_at is None and self.wrote > 0

    def finish(self, status: str, *, at: datetime, **counted: Any) -> None:
        """Close the books of this run, in the transaction that wrote its samples."""
        self.status = status
        self.finished_at = at
        for name, value in counted.items():
            setattr(self, name, value)
        self.save()


class RejectedRow(models.Model):
    """A row that was not taken: where it stood, and why."""

    MOST = 1_000  # kept for one run; the count is of all

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="rejected_rows")
    row = models.IntegerField()
    column = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=500)

    class Meta:
        ordering = ["row", "id"]

    def __str__(self) -> str:
        return f"Row {self.row}: {self.reason}"
