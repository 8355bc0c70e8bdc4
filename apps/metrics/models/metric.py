"""Metric, its series, and the layouts of its histograms."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models

from apps.timeline.models import Tracked

from ..choices import Better, Joined, MetricKind, Retention, Role, Store
from ..querysets import MetricQuerySet

key_shape = RegexValidator(
    r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$", "Small letters, digits and _, in parts divided by points."
)


class Metric(Tracked):
    """Something we measure: what it means, what its samples are, and how long they count as new."""

    kind = "metric"

    key = models.CharField(max_length=120, unique=True, validators=[key_shape])
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    unit = models.CharField(max_length=30, blank=True)
    shape = models.CharField(max_length=20, choices=MetricKind, default=MetricKind.GAUGE)
    joined = models.CharField(max_length=10, choices=Joined, default=Joined.MEAN)
    better = models.CharField(max_length=10, choices=Better, default=Better.NEITHER, blank=True)
    target = models.FloatField(null=True, blank=True)
    role = models.CharField(max_length=20, choices=Role, default=Role.NONE, blank=True)
    own = models.BooleanField(default=False, help_text="The portal measures itself by it.")
    estimate = models.BooleanField(
        default=False, help_text="Its samples are extrapolated (a rate), so totals are not exact."
    )
    step = models.PositiveIntegerField(default=60, validators=[MinValueValidator(1)])
    freshness = models.PositiveIntegerField(
        default=300, help_text="Seconds after which its last sample is stale."
    )
    retention = models.PositiveSmallIntegerField(choices=Retention, default=Retention.STANDARD)
    store = models.CharField(max_length=10, choices=Store, default=Store.HERE)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    component = models.ForeignKey(
        "catalog.Component", models.SET_NULL, null=True, blank=True, related_name="metrics"
    )

    objects = MetricQuerySet.as_manager()

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/metrics/{self.key}/"

    @property
    def form(self) -> MetricKind:
        """What its samples are."""
        return MetricKind(self.shape)


class HistogramLayout(models.Model):
    """The bucket edges of a metric's histograms; other edges are another version, never merged."""

    metric = models.ForeignKey(Metric, models.CASCADE, related_name="layouts")
    version = models.PositiveSmallIntegerField()
    bounds = ArrayField(models.FloatField())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["metric", "version"], name="layout_version_once"),
            models.UniqueConstraint(fields=["metric", "bounds"], name="layout_bounds_once"),
        ]

    def __str__(self) -> str:
        return f"{self.metric_id} layout {self.version}"


class Series(models.Model):
    """One line of a metric: its labels in one spelling, and the time of its last news."""

    metric = models.ForeignKey(Metric, models.CASCADE, related_name="series")
    labels = models.JSONField(default=dict)
    labels_hash = models.BinaryField(max_length=16)
    retention = models.PositiveSmallIntegerField(choices=Retention)
    first_ts = models.DateTimeField(null=True)
    last_ts = models.DateTimeField(null=True)
    last_good_ts = models.DateTimeField(null=True)  # of the last sample that is a number

    class Meta:
        verbose_name_plural = "series"
        constraints = [
            models.UniqueConstraint(fields=["metric", "labels_hash"], name="series_labels_once")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """`instance=h:9100, job=node`, or a word for no labels."""
        return ", ".join(f"{name}={text}" for name, text in sorted(self.labels.items())) or "all"
