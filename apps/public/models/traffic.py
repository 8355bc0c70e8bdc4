"""TrafficMinute: what one process saw of one kind of request in one minute."""

from datetime import UTC, datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models

from ..querysets import TrafficQuerySet

FOLDED = "folded"  # the process name of sums over minutes that are gone
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class TrafficMinute(models.Model):
    """Requests that ended in one minute; `buckets` count per edge of LATENCY_BOUNDS, plus above.

    A process writes its minute as often as it likes: the row holds absolute numbers. Minutes older
    than two days are summed into one row per route, so that a total never falls.
    """

    minute = models.DateTimeField()
    process = models.CharField(max_length=40)
    route = models.CharField(max_length=200)
    status_class = models.CharField(max_length=3)  # 2xx, 3xx, 4xx, 5xx
    requests = models.PositiveBigIntegerField()
    errors = models.PositiveBigIntegerField()
    seconds = models.FloatField()
    buckets = ArrayField(models.BigIntegerField())

    objects = TrafficQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["minute", "process", "route", "status_class"], name="traffic_minute"
            )
        ]

    def __str__(self) -> str:
        return f"{self.requests} × {self.route} {self.status_class} at {self.minute:%H:%M}"
