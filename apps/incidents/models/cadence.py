"""Cadence: how soon after an update the next one is promised."""

from django.core.validators import MinValueValidator
from django.db import models

from ..choices import Audience, Severity
from ..querysets import CadenceQuerySet


class Cadence(models.Model):
    """Minutes between two updates, by severity and audience; where there is no row, no promise."""

    severity = models.CharField(max_length=4, choices=Severity.choices)
    audience = models.CharField(max_length=10, choices=Audience.choices)
    minutes = models.PositiveIntegerField(validators=[MinValueValidator(1)])

    objects = CadenceQuerySet.as_manager()

    class Meta:
        ordering = ["severity", "audience"]
        constraints = [
            models.UniqueConstraint(fields=["severity", "audience"], name="cadence_once"),
            models.CheckConstraint(condition=models.Q(minutes__gte=1), name="cadence_some_time"),
        ]

    def __str__(self) -> str:
        return f"{self.severity}, {self.get_audience_display().lower()}: {self.minutes} min"
