"""Records of this app."""

from django.conf import settings
from django.db import models

from .querysets import ShelfQuerySet


class Shelved(models.Model):
    """What everything in the catalogue has: a name, an address, a place."""

    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60)
    description = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    retired_at = models.DateTimeField(
        null=True, blank=True, help_text="Kept for history, offered no more."
    )

    objects = ShelfQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class Product(Shelved):
    """Something we launched."""

    slug = models.SlugField(max_length=60, unique=True)
    launched_on = models.DateField(null=True, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta(Shelved.Meta):
        ordering = ["position", "name"]


class Component(Shelved):
    """A part of a product that can fail by itself."""

    product = models.ForeignKey(Product, models.PROTECT, related_name="components")
    team = models.ForeignKey(
        "accounts.Team", models.SET_NULL, null=True, blank=True, related_name="components"
    )

    class Meta(Shelved.Meta):
        ordering = ["product", "position", "name"]
        constraints = [
            models.UniqueConstraint(fields=["product", "slug"], name="component_slug_once")
        ]


class Capability(Shelved):
    """Something a product lets people do."""

    product = models.ForeignKey(Product, models.PROTECT, related_name="capabilities")
    components = models.ManyToManyField(
        Component, blank=True, related_name="capabilities", help_text="What it rests on."
    )

    class Meta(Shelved.Meta):
        verbose_name_plural = "capabilities"
        ordering = ["product", "position", "name"]
        constraints = [
            models.UniqueConstraint(fields=["product", "slug"], name="capability_slug_once")
        ]
