"""PeriodicRun and Heartbeat: what ran when, and who lives."""

from django.db import models
from django.db.models.functions import Now

from ..querysets import HeartbeatQuerySet


class PeriodicRun(models.Model):
    """A slot of a periodic job, taken by one of any number of schedulers with its effects."""

    name = models.CharField(max_length=100)
    slot = models.DateTimeField()
    ran_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "slot"], name="slot_once")]

    def __str__(self) -> str:
        return f"{self.name} at {self.slot:%Y-%m-%d %H:%M:%S}"


class Heartbeat(models.Model):
    """The last sign of life of a process or a drain, and what it had to say."""

    name = models.CharField(max_length=100, unique=True)
    at = models.DateTimeField(db_default=Now())
    detail = models.JSONField(default=dict)

    objects = HeartbeatQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
