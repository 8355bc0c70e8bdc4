"""Samples as they came, and what they were before.

Both sample tables are partitioned: by retention class, then by month (see the first migration and
`partitions.py`), so a class of old samples is dropped as a table.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from ..choices import SAMPLE_STATES, Retention
from ..rules.values import State


class Drawn(models.Model):
    """What every sample has; `run_id` is the import that wrote it last."""

    series = models.ForeignKey(
        "metrics.Series", models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    ts = models.DateTimeField()
    retention = models.PositiveSmallIntegerField(choices=Retention)
    state = models.SmallIntegerField(choices=SAMPLE_STATES, default=State.OK.value)
    rev = models.SmallIntegerField(default=0)
    run_id = models.IntegerField()

    class Meta:
        abstract = True


class Sample(Drawn):
    """A number at an instant, or the way in which it is not one."""

    pk = models.CompositePrimaryKey("series", "ts", "retention")
    value = models.FloatField(null=True)
    size = models.BigIntegerField(null=True)  # how many observations the value speaks of

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.series_id} {self.ts:%Y-%m-%d %H:%M:%S} {self.value}"


class SampleDist(Drawn):
    """A histogram at an instant: counts per bucket of a layout."""

    pk = models.CompositePrimaryKey("series", "ts", "retention")
    layout_id = models.IntegerField()
    total = models.FloatField(null=True)
    counts = ArrayField(models.FloatField())

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.series_id} {self.ts:%Y-%m-%d %H:%M:%S}"


class Replaced(models.Model):
    """What a sample was before `run_id` replaced it; `old_run_id` had written it."""

    series = models.ForeignKey("metrics.Series", models.CASCADE, related_name="+", db_index=False)
    ts = models.DateTimeField()
    rev = models.SmallIntegerField()
    state = models.SmallIntegerField()
    run_id = models.IntegerField()
    old_run_id = models.IntegerField()

    class Meta:
        abstract = True


class SampleRevision(Replaced):
    """An earlier value of a sample."""

    value = models.FloatField(null=True)
    size = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "ts", "run_id"], name="revision_once_a_run")
        ]
        indexes = [
            models.Index(fields=["run_id"], name="revision_run"),
            models.Index(fields=["old_run_id"], name="revision_old_run"),
        ]

    def __str__(self) -> str:
        return f"{self.series_id} {self.ts:%Y-%m-%d %H:%M:%S} {self.value}"


class DistRevision(Replaced):
    """An earlier histogram of a sample."""

    layout_id = models.IntegerField()
    total = models.FloatField(null=True)
    counts = ArrayField(models.FloatField())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["series", "ts", "run_id"], name="dist_revision_once_a_run"
            )
        ]
        indexes = [
            models.Index(fields=["run_id"], name="dist_revision_run"),
            models.Index(fields=["old_run_id"], name="dist_revision_old_run"),
        ]

    def __str__(self) -> str:
        return f"{self.series_id} {self.ts:%Y-%m-%d %H:%M:%S}"
