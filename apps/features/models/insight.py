"""Insight: one person's evidence on one request."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from apps.customers.models import Contact, Customer
from apps.tickets.models import Message, Ticket

from ..choices import Importance
from ..querysets import InsightQuerySet

LONGEST_SNIPPET = 2_000


class Insight(models.Model):
    """Who asked for it on which ticket, in which words, and what their customer was then.

    The customer is frozen as they were when it was written down: what demand was worth when
    something was decided is not changed by what they pay later.
    """

    request = models.ForeignKey(
        "features.FeatureRequest", models.CASCADE, related_name="insights", db_index=False
    )
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="insights")
    message = models.ForeignKey(
        Message, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    contact = models.ForeignKey(
        Contact, models.PROTECT, null=True, blank=True, related_name="insights"
    )
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="insights"
    )
    importance = models.PositiveSmallIntegerField(
        choices=Importance.choices, default=Importance.NICE
    )
    snippet = models.TextField(blank=True)
    said_at = models.DateTimeField(help_text="When they asked.")

    # What the customer was when this was written down.
    plan = models.CharField(max_length=60, blank=True)
    tier = models.CharField(max_length=20, blank=True)
    standing = models.CharField(max_length=20, blank=True)
    arr = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)

    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = InsightQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "ticket"], name="insight_once"),
            models.CheckConstraint(
                condition=Q(importance__lte=Importance.BLOCKING), name="insight_importance"
            ),
        ]
        indexes = [models.Index(fields=["request", "-said_at", "-id"], name="insight_newest")]

    def __str__(self) -> str:
        return f"#{self.ticket_id} asks for {self.request_id}"

    def get_absolute_url(self) -> str:
        return f"{reverse('portal:request', args=[self.request_id])}#insight-{self.pk}"

    @property
    def who(self) -> str:
        """Whoever asked, or their organisation."""
        return str(self.contact or self.customer or f"#{self.ticket_id}")

    def freeze(self, customer: Any) -> None:
        """Keep what the customer is now."""
        self.customer = customer
        if customer is None:
            return
        self.plan, self.tier, self.standing = customer.plan, customer.tier, customer.status
        self.arr, self.currency = customer.arr, customer.currency
