"""Saved views: a name for an address."""

from django.conf import settings
from django.db import models

from ..choices import Sort


class View(models.Model):
    """Words and an order somebody keeps; without an owner it is everybody's."""

    name = models.CharField(max_length=80)
    words = models.CharField(max_length=400, blank=True, help_text="As typed into the filter.")
    sort = models.CharField(max_length=10, choices=Sort.choices, default=Sort.DUE)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="ticket_views",
    )
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"], name="view_name_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return self.name
