"""Violation: what the content security policy of our pages forbade, as browsers tell it."""

from datetime import datetime, timedelta

from django.db import models
from django.urls import Resolver404, resolve

from ..rules import Blocked

MOST = 200  # rows; more kinds than that are somebody's game
KEPT_FOR = timedelta(days=30)
NOWHERE = "(nowhere)"


class ViolationManager(models.Manager["Violation"]):
    """One row a kind: the same again is counted."""

    def note(self, blocked: Blocked, *, at: datetime) -> None:
        """Count it; one that is new is kept while there is room."""
        kind = {
            "directive": blocked.directive,
            "blocked": blocked.what,
            "page": name_of(blocked.path),
            "source": blocked.source,
        }
        again = self.filter(**kind).update(count=models.F("count") + 1, last_at=at)
        if not again and self.count() < MOST:
            fresh = Violation(**kind, count=1, first_at=at, last_at=at)
            self.bulk_create([fresh], ignore_conflicts=True)


class Violation(models.Model):
    """Something that was blocked on a page of ours; how often, and since when."""

    directive = models.CharField(max_length=30)
    blocked = models.CharField(max_length=200)
    page = models.CharField(max_length=100)  # its name: an address may be a key
    source = models.CharField(max_length=200, blank=True)
    count = models.PositiveBigIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    objects = ViolationManager()

    class Meta:
        ordering = ["-last_at"]
        verbose_name = "blocked source"
        verbose_name_plural = "blocked sources"
        constraints = [
            models.UniqueConstraint(
                fields=["directive", "blocked", "page", "source"], name="violation_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.directive}: {self.blocked} on {self.page}"


def name_of(path: str) -> str:
    """The name of a page, without the numbers and keys in its address."""
    try:
        return resolve(path).view_name[:100]
    except Resolver404:
        return NOWHERE


def tidy(*, at: datetime) -> int:
    """Forget what has not happened for a month."""
    return Violation.objects.filter(last_at__lt=at - KEPT_FOR).delete()[0]
