"""Threshold: where a metric becomes worth a look, and what it would have said."""

from django.db import models

from apps.timeline.models import Tracked

from ..rules.thresholds import Limit
from .metric import Metric


class Threshold(Tracked):
    """A level that must not be passed for longer than it says."""

    kind = "threshold"

    metric = models.ForeignKey(Metric, models.CASCADE, related_name="thresholds")
    name = models.CharField(max_length=120)
    level = models.FloatField()
    above = models.BooleanField(default=True, help_text="Fires above the level; else below it.")
    hold = models.PositiveIntegerField(default=300, help_text="Seconds the value must stay there.")
    clear = models.FloatField(null=True, blank=True, help_text="Ends here; empty: at the level.")
    enabled = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def limit(self) -> Limit:
        return Limit(self.level, above=self.above, hold=self.hold, clear=self.clear)
