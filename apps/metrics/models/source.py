"""Source: where samples come from, and when they are fetched next."""

from datetime import datetime, timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from apps.accounts.models import User
from apps.timeline.models import Tracked
from apps.timeline.refusal import Refused

from .. import sealing
from ..choices import SourceKind
from ..querysets import SourceQuerySet
from ..rules.freshness import Freshness, circuit_is_open, freshness, wait
from .metric import Metric


class Source(Tracked):
    """One question to one place, asked on a schedule; its answer feeds one metric.

    `next_at` is when it is due; `watermark` is the time of the last sample that is
    beyond doubt.
    """

    kind = "source"

    name = models.SlugField(max_length=80, unique=True)
    sort = models.CharField(max_length=20, choices=SourceKind)
    metric = models.ForeignKey(Metric, models.CASCADE, related_name="sources")
    url = models.CharField(max_length=2_048, blank=True)
    query = models.TextField(blank=True, help_text="PromQL, SQL, or the folder of CSV files.")
    mapping = models.JSONField(default=dict, blank=True)
    username = models.CharField(max_length=120, blank=True)
    header = models.CharField(
        max_length=60, blank=True, help_text="Header that carries the secret; empty: Authorization."
    )
    secret_sealed = models.TextField(blank=True, editable=False)
    step = models.PositiveIntegerField(default=60, validators=[MinValueValidator(1)])
    every = models.PositiveIntegerField(default=60, validators=[MinValueValidator(10)])
    settle = models.PositiveIntegerField(
        default=90, help_text="Seconds that data needs until it no longer changes."
    )
    overlap = models.PositiveIntegerField(
        default=600, help_text="Seconds before the last sample that are read again."
    )
    look_back = models.PositiveIntegerField(
        default=86_400, help_text="Seconds the first import reaches back, and no import more."
    )
    timeout = models.PositiveSmallIntegerField(
        default=20, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    enabled = models.BooleanField(default=True)
    watermark = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)
    last_error_final = models.BooleanField(default=False)

    objects = SourceQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        indexes = [
            models.Index(fields=["next_at"], condition=models.Q(enabled=True), name="source_due")
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/data-health/sources/{self.name}/"

    # --- questions

    @property
    def has_secret(self) -> bool:
        return bool(self.secret_sealed)

    @property
    def secret(self) -> str:
        """For the request alone: it is on no page, in no log and in no answer."""
        return sealing.unseal(self.secret_sealed) if self.secret_sealed else ""

    @property
    def is_polled(self) -> bool:
        return self.sort != SourceKind.PUSH

    @property
    def circuit_open(self) -> bool:
        return circuit_is_open(self.failures) or self.last_error_final

    def freshness(self, at: datetime) -> Freshness:
        """By its last sample, never by the last time somebody asked."""
        last = self.watermark.timestamp() if self.watermark else None
        allowed = max(self.metric.freshness, 2 * self.every + self.settle)
        return freshness(last, at.timestamp(), allowed)

    # --- verbs

    def seal(self, secret: str) -> None:
        """Take a secret that will never be shown again; the caller saves."""
        self.secret_sealed = sealing.seal(secret) if secret else ""

    def fetch_soon(self, *, by: User | None, at: datetime) -> None:
        """Due now, whatever it waited for."""
        if not self.is_polled:
            raise Refused("Samples of this source are pushed to us; it cannot be fetched.")
        if not self.enabled:
            raise Refused(f"{self.name} is switched off.")
        Source.objects.filter(pk=self.pk).update(next_at=at, failures=0, last_error_final=False)
        self.refresh_from_db()
        self.record("fetch_wanted", by=by, at=at)

    def succeeded(self, *, at: datetime, watermark: datetime | None) -> None:
        """In the transaction that wrote the samples; the watermark never goes back."""
        self.failures = 0
        self.last_error, self.last_error_final = "", False
        self.last_success_at = at
        if watermark and (self.watermark is None or watermark > self.watermark):
            self.watermark = watermark
        self.next_at = at + timedelta(seconds=self.every) if self.is_polled else None
        self.save(update_fields=[*_COURSE, "last_success_at", "watermark"])

    def doubted(self, sentence: str, *, at: datetime) -> None:
        """Something came, but not all of it can be believed: the watermark stays."""
        self.last_error, self.last_error_final = sentence, False
        self.failures = 0
        self.next_at = at + timedelta(seconds=self.every) if self.is_polled else None
        self.save(update_fields=_COURSE)

    def failed(self, sentence: str, *, final: bool, at: datetime) -> None:
        """Nothing came: wait longer each time; a wrong setting waits for a person."""
        self.failures = min(self.failures + 1, 30_000)
        self.last_error, self.last_error_final = sentence, final
        pause = max(self.every, wait(self.failures, final=final))
        self.next_at = at + timedelta(seconds=pause) if self.is_polled else None
        self.save(update_fields=_COURSE)


_COURSE = ["failures", "last_error", "last_error_final", "next_at"]
