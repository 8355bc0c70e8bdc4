"""Notification: what a person is told inside the portal."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from ..querysets import NotificationQuerySet


class Notification(models.Model):
    """One sentence for one person and one cause; lives in the database only, so exactly once."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications"
    )
    cause = models.CharField(max_length=200)
    sentence = models.CharField(max_length=500)
    url = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "cause"], name="notification_once")
        ]
        indexes = [
            models.Index(fields=["person", "-id"], name="notification_person"),
            models.Index(fields=["person"], condition=Q(read_at=None), name="notification_unread"),
        ]

    def __str__(self) -> str:
        return self.sentence
