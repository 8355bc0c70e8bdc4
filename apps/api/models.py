"""What programs asked: answers kept for repeated requests, and calls counted per minute."""

from django.db import models

from apps.accounts.models import ApiToken

from .querysets import ApiMinuteQuerySet, ApiRequestQuerySet


class ApiRequest(models.Model):
    """A request under an Idempotency-Key and, once it ended well or was refused, its answer."""

    token = models.ForeignKey(ApiToken, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=255)
    fingerprint = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField(null=True)
    content_type = models.CharField(max_length=100, blank=True)
    body = models.BinaryField(default=bytes)
    created_at = models.DateTimeField(db_index=True)

    objects = ApiRequestQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="api_request_key")]

    def __str__(self) -> str:
        return self.key

    def keep(self, *, status: int, content_type: str, body: bytes) -> None:
        """Remember the answer for whoever asks again."""
        self.status, self.content_type, self.body = status, content_type, body
        self.save(update_fields=["status", "content_type", "body"])


class ApiMinute(models.Model):
    """How often one token called in one minute."""

    token = models.ForeignKey(ApiToken, models.CASCADE, related_name="+", db_index=False)
    minute = models.DateTimeField()
    calls = models.PositiveIntegerField()

    objects = ApiMinuteQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "minute"], name="api_minute")]

    def __str__(self) -> str:
        return f"{self.calls} at {self.minute:%H:%M}"
