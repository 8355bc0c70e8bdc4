"""InboundEvent: what another program sent us, raw, before anybody reads it."""

from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Now

from apps.timeline.models import Tracked
from apps.timeline.refusal import Lost, Refused

from ..choices import WorkState
from ..querysets import InboundQuerySet


class InboundEvent(Tracked):
    """One event of a kind; read later by what `config/inbound.py` names, any number of times."""

    kind = "inbound_event"

    source = models.CharField(max_length=40, db_column="kind")
    key = models.CharField(max_length=200)
    body = models.BinaryField()
    headers = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=WorkState.choices, default=WorkState.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    lease = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(db_default=Now())
    last_error = models.TextField(blank=True)
    received_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True, blank=True)

    objects = InboundQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="inbound_once")]
        indexes = [
            models.Index(
                fields=["next_at"],
                condition=Q(state__in=["pending", "working"]),
                name="inbound_due",
            ),
            models.Index(fields=["-id"], condition=Q(state="failed"), name="inbound_failed"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.key}"

    def text(self) -> str:
        """The body for eyes."""
        return bytes(self.body).decode("utf-8", "replace").replace("\x00", "\ufffd")

    def replay(self, *, by: Any, at: datetime) -> None:
        """Have it read again from its raw bytes."""
        if self.state not in {WorkState.FAILED, WorkState.DONE}:
            raise Refused("This event is still waiting to be read.")
        with transaction.atomic():
            before = self.state
            moved = InboundEvent.objects.filter(pk=self.pk, state=before).update(
                state=WorkState.PENDING, attempts=0, next_at=Now(), last_error=""
            )
            if not moved:
                raise Lost()
            self.refresh_from_db()
            self.record("replayed", by=by, at=at, state=[before, self.state])
