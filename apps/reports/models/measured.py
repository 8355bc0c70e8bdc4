"""What was measured before it is looked at."""

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import F, Q

LEASE = timedelta(minutes=1)  # after that, whoever began to measure is thought to be gone


class Subject(models.TextChoices):
    """What takes long to measure."""

    REPORT = "report", "Support report"
    OUTLOOK = "outlook", "Today's forecast"
    KEPT = "kept", "SLA compliance"
    FIGURE = "figure", "One figure"


class MeasuredQuerySet(models.QuerySet):
    """What was measured, or will be."""

    def waiting(self, at: datetime) -> "MeasuredQuerySet":
        """What is wanted and measured by nobody: what is missing first, then the oldest."""
        begun = Q(begun_at=None) | Q(begun_at__lte=at - LEASE)
        return self.filter(begun, wanted=True).order_by(F("at").asc(nulls_first=True), "pk")

    def want(self, **question: Any) -> None:
        """Have it measured anew; wanted twice, it is measured once."""
        self.update_or_create(**question, defaults={"wanted": True})


class Measured(models.Model):
    """One subject, about one stretch of time by the midnights of one zone, as of `at`.

    `asked` holds the filters as an address does. It is `wanted` until it is measured; `begun_at` is
    when somebody last began to, and `told` what was found, as JSON carries it.
    """

    subject = models.CharField(max_length=20, choices=Subject.choices)
    place = models.CharField(max_length=64)
    start = models.DateTimeField()
    end = models.DateTimeField()
    asked = models.CharField(max_length=500, blank=True)
    wanted = models.BooleanField(default=False)
    begun_at = models.DateTimeField(null=True)
    at = models.DateTimeField(null=True)
    told: Any = models.JSONField(null=True)

    objects = MeasuredQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "measured"
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "place", "start", "end", "asked"], name="measured_once"
            )
        ]

    def __str__(self) -> str:
        about = f" of {self.asked}" if self.asked else ""
        return f"{self.subject}{about}, {self.start:%Y-%m-%d} to {self.end:%Y-%m-%d}, {self.place}"
