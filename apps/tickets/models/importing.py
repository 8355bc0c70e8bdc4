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
    placeholders = models.JSONField(default=dict)
    rejected = models.JSONField(default=list)
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
