"""A ticket: what somebody waits for."""

from datetime import UTC, datetime
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Now

from apps.timeline.models import Tracked

from ..choices import Channel, Origin, Priority, Status

NEVER = datetime(9999, 12, 31, tzinfo=UTC)  # what is not due sorts after everything that is
DESK = Q(status__in=["new", "open"], snoozed_until=None)
WAITING = Q(status__in=["waiting_customer", "waiting_third_party"])


class Ticket(Tracked):
    """One matter of one customer; its primary key is the number everybody calls it by."""

    kind: ClassVar[str] = "ticket"

    subject = models.CharField(max_length=998)
    external_id = models.CharField(max_length=200, null=True, blank=True, unique=True)
    customer = models.ForeignKey(
        "customers.Customer",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="tickets",
        db_index=False,
    )
    contact = models.ForeignKey(
        "customers.Contact",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="tickets",
        db_index=False,
    )
    channel = models.CharField(max_length=10, choices=Channel.choices)
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.CUSTOMER)
    reported_at = models.DateTimeField()
    updated_at = models.DateTimeField(help_text="When anything last happened to it.")
    recorded_at = models.DateTimeField(db_default=Now())

    status = models.CharField(max_length=20, choices=Status.choices, default=Status.NEW)
    label = models.ForeignKey(
        "tickets.StatusLabel",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    priority = models.CharField(max_length=10, choices=Priority.choices, default=Priority.NORMAL)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="tickets",
        db_index=False,
    )
    team = models.ForeignKey(
        "accounts.Team",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="tickets",
        db_index=False,
    )
    queue = models.ForeignKey(
        "tickets.Queue",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="tickets",
        db_index=False,
    )
    tags = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    fields = models.JSONField(default=dict, blank=True)
    component = models.ForeignKey(
        "catalog.Component", models.SET_NULL, null=True, blank=True, related_name="tickets"
    )
    capability = models.ForeignKey(
        "catalog.Capability", models.SET_NULL, null=True, blank=True, related_name="tickets"
    )
    snoozed_until = models.DateTimeField(null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged_here"
    )
    follows = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="followed_by"
    )

    # The reading copy of its conversation, kept by the verbs.
    snippet = models.CharField(max_length=140, blank=True)
    waiting_since = models.DateTimeField(null=True, blank=True)  # first unanswered message
    first_replied_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    has_attachment = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)  # counts changes

    # The reading copy of its clocks, written by sla.clocks only.
    due_at = models.DateTimeField(null=True, blank=True)
    due_kind = models.CharField(max_length=20, blank=True)
    sla_state = models.CharField(max_length=20, blank=True)
    sla_left = models.IntegerField(null=True, blank=True)
    breached = models.BooleanField(default=False)
    due_order = models.GeneratedField(
        expression=Coalesce(F("due_at"), Value(NEVER)),
        output_field=models.DateTimeField(),
        db_persist=True,
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    reported_at__gte=datetime(1970, 1, 1, tzinfo=UTC),
                    reported_at__lt=datetime(2200, 1, 1, tzinfo=UTC),
                ),
                name="ticket_reported_in_living_memory",
            )
        ]
        indexes = [
            # One index for each list of the inbox; `id` makes every place in it distinct.
            models.Index("due_order", "id", condition=DESK, name="ticket_desk"),
            models.Index("assignee", "due_order", "id", condition=DESK, name="ticket_mine"),
            models.Index(
                "due_order", "id", condition=DESK & Q(assignee=None), name="ticket_unassigned"
            ),
            models.Index("queue", "due_order", "id", condition=DESK, name="ticket_queue_desk"),
            models.Index("updated_at", "id", condition=WAITING, name="ticket_waiting"),
            models.Index(
                "due_order", "id", condition=Q(sla_state="breached_open"), name="ticket_breached"
            ),
            # Every ticket, by each order and each thing it is asked by.
            models.Index("updated_at", "id", name="ticket_updated"),
            models.Index("reported_at", "id", name="ticket_reported"),
            models.Index("customer", "updated_at", "id", name="ticket_customer"),
            models.Index("contact", "updated_at", "id", name="ticket_contact"),
            models.Index("assignee", "updated_at", "id", name="ticket_assignee"),
            models.Index("queue", "updated_at", "id", name="ticket_queue"),
            models.Index("status", "updated_at", "id", name="ticket_status"),
            models.Index("priority", "updated_at", "id", name="ticket_priority"),
            GinIndex(fields=["tags"], name="ticket_tags"),
            # What is due by itself.
            models.Index("snoozed_until", condition=~Q(snoozed_until=None), name="ticket_snoozed"),
            models.Index("resolved_at", condition=Q(status="resolved"), name="ticket_resolved"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.subject}"
