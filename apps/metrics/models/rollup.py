"""Hours and days of samples, and which of them must be computed again."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from ..choices import Level


class Bucket(models.Model):
    """An hour or a day (UTC) of one series."""

    series = models.ForeignKey("metrics.Series", models.CASCADE, related_name="+", db_index=False)
    level = models.PositiveSmallIntegerField(choices=Level)
    bucket = models.DateTimeField()

    class Meta:
        abstract = True


class Rollup(Bucket):
    """What the samples of a bucket amount to; `n` counts those that are numbers.

    `total` adds the values, `increase` is what a counter added, resets included.
    """

    pk = models.CompositePrimaryKey("series", "level", "bucket")
    n = models.IntegerField()
    n_other = models.IntegerField(default=0)  # NaN, ±Inf, missing, withdrawn
    total = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    first = models.FloatField(null=True)
    last = models.FloatField(null=True)
    last_ts = models.DateTimeField(null=True)
    increase = models.FloatField(null=True)
    resets = models.IntegerField(default=0)
    computed_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.series_id} {self.bucket:%Y-%m-%d %H:%M} {self.level} h"


class RollupDist(Bucket):
    """The merged histogram of a bucket, one for each layout that occurs in it."""

    pk = models.CompositePrimaryKey("series", "level", "bucket", "layout_id")
    layout_id = models.IntegerField()
    n = models.IntegerField()
    total = models.FloatField(null=True)
    counts = ArrayField(models.FloatField())
    resets = models.IntegerField(default=0)
    computed_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.series_id} {self.bucket:%Y-%m-%d %H:%M} {self.level} h"


class DirtyBucket(Bucket):
    """A bucket whose samples changed since it was computed."""

    pk = models.CompositePrimaryKey("series", "level", "bucket")
    since = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["level", "bucket"], name="dirty_due")]

    def __str__(self) -> str:
        return f"{self.series_id} {self.bucket:%Y-%m-%d %H:%M} {self.level} h"
