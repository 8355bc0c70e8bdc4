"""Delivery: one thing for one recipient, and every attempt to bring it there."""

import uuid
from collections.abc import Mapping, Set
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse

from apps.timeline.models import Tracked
from apps.timeline.refusal import Lost, Refused
from apps.timeline.text import clean_line

from .. import reach
from ..choices import Channel, DeliveryState, Held, Outcome
from ..querysets import DeliveryQuerySet

STOPPABLE = frozenset({DeliveryState.PENDING, DeliveryState.DEAD, DeliveryState.HELD})
UNDER_WAY = "This delivery is under way or finished."


class Delivery(Tracked):
    """One mail or webhook for one recipient and one cause.

    `key` stays the same over all attempts: it is the webhook's Idempotency-Key, and the mail's
    Message-ID unless its payload names one. Attempts are counted before the work, so that what
    kills its worker ends too.
    """

    kind = "delivery"

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    cause = models.CharField(max_length=200)
    recipient = models.CharField(max_length=2048)
    host = models.CharField(max_length=300)
    payload = models.JSONField(default=dict)
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.BigIntegerField(null=True, blank=True)
    careful = models.BooleanField("rather not twice", default=False)

    state = models.CharField(
        max_length=10, choices=DeliveryState.choices, default=DeliveryState.PENDING
    )
    held_for = models.CharField(max_length=10, choices=Held.choices, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    vanished = models.PositiveSmallIntegerField(default=0)
    lane = models.PositiveSmallIntegerField(null=True, blank=True)
    lease = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    stage = models.CharField(max_length=10, blank=True)
    first_at = models.DateTimeField(db_default=Now())
    next_at = models.DateTimeField(db_default=Now())
    trouble = models.CharField(max_length=60, blank=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["cause", "recipient", "channel"], name="delivery_once"),
            models.UniqueConstraint(
                fields=["host", "lane"], condition=Q(state="sending"), name="delivery_lane"
            ),
            models.CheckConstraint(
                condition=Q(state="sending", lease__isnull=False, lease_until__isnull=False)
                | ~Q(state="sending") & Q(lease__isnull=True),
                name="delivery_leased",
            ),
        ]
        indexes = [
            models.Index(
                fields=["channel", "host", "next_at"],
                condition=Q(state="pending"),
                name="delivery_due",
            ),
            models.Index(
                fields=["state", "-id"],
                condition=Q(state__in=["dead", "held", "cancelled"]),
                name="delivery_stopped",
            ),
            models.Index(fields=["subject_kind", "subject_id"], name="delivery_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} to {self.recipient}"

    def get_absolute_url(self) -> str:
        return reverse("portal:delivery", args=[self.pk])

    @classmethod
    def draft(
        cls,
        *,
        channel: str,
        cause: str,
        recipient: str,
        payload: Mapping[str, Any],
        send_after: datetime | None = None,
        about: tuple[str, int] | None = None,
        careful: bool = False,
    ) -> "Delivery":
        """An unsaved delivery, for `enqueue_all`; refused when it can never arrive."""
        draft = cls(
            channel=Channel(channel),
            cause=clean_line(cause),
            recipient=clean_line(recipient, limit=2048),
            payload=dict(payload),
            careful=careful,
        )
        draft.host = draft.way()
        if about:
            draft.subject_kind, draft.subject_id = about
        if send_after:
            draft.first_at = draft.next_at = send_after
        return draft

    def way(self) -> str:
        """The host it goes through: the mail server, or the endpoint's."""
        if self.channel == Channel.MAIL:
            if "@" not in self.recipient or len(self.recipient) > 320:
                raise Refused(f"“{self.recipient}” is not a mail address.", field="recipient")
            return f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
        try:
            target = reach.read_address(self.recipient)
        except reach.Forbidden as refused:
            raise Refused(str(refused), field="recipient") from refused
        return f"{target.host}:{target.port}"

    @property
    def message_id(self) -> str:
        """The same on every copy; a payload may bring its own."""
        return self.payload.get("message_id") or f"<{self.key}@{settings.MAIL_DOMAIN}>"

    @property
    def title(self) -> str:
        """What it says on the envelope."""
        return self.payload.get("subject") or self.payload.get("event") or self.cause

    # --- what a person does with one that stopped --------------------------------------------

    def retry(self, *, by: Any, at: datetime) -> None:
        """Try a dead or held one again, under the same key, with three fresh days."""
        self._move(
            {DeliveryState.DEAD, DeliveryState.HELD},
            "retried",
            "Only a dead or held delivery can be retried.",
            by=by,
            at=at,
            state=DeliveryState.PENDING,
            held_for="",
            vanished=0,
            next_at=Now(),
            first_at=Now(),
        )

    def cancel(self, *, reason: str, by: Any, at: datetime) -> None:
        """Never send it; the reason stays with it."""
        reason = clean_line(reason, limit=500, field="reason")
        if not reason:
            raise Refused("Say why it shall not be sent.", field="reason")
        self._move(
            STOPPABLE,
            "cancelled",
            UNDER_WAY,
            by=by,
            at=at,
            state=DeliveryState.CANCELLED,
            held_for="",
            last_error=reason,
        )

    @classmethod
    def cancel_all(cls, deliveries: models.QuerySet, *, reason: str, by: Any, at: datetime) -> None:
        """The same for many, in a few statements: all of them, or none."""
        with transaction.atomic():
            rows = deliveries.defer("payload").order_by("pk").select_for_update()
            before = {one.pk: one.state for one in rows}
            if not STOPPABLE.issuperset(before.values()):
                raise Refused(UNDER_WAY)
            to = DeliveryState.CANCELLED
            cls.objects.filter(pk__in=before).update(state=to, held_for="", last_error=reason)
            told = {
                pk: {"state": [state, to.value], "reason": reason} for pk, state in before.items()
            }
            cls.record_each("cancelled", told, by=by, at=at)

    def release(self, *, by: Any, at: datetime) -> None:
        """Let a held one go."""
        self._move(
            {DeliveryState.HELD},
            "released",
            "This delivery is not held.",
            by=by,
            at=at,
            state=DeliveryState.PENDING,
            held_for="",
            next_at=Now(),
        )

    def _move(
        self, allowed: Set[str], verb: str, sentence: str, *, by: Any, at: datetime, **to: Any
    ) -> None:
        if self.state not in allowed:
            raise Refused(sentence)
        with transaction.atomic():
            before = self.state
            if not Delivery.objects.filter(pk=self.pk, state=before).update(**to):
                raise Lost()
            self.refresh_from_db()
            detail = {"reason": to["last_error"]} if "last_error" in to else {}
            self.record(verb, by=by, at=at, state=[before, self.state], **detail)

    @classmethod
    def retry_like(cls, delivery: "Delivery", *, by: Any, at: datetime) -> int:
        """Retry every dead one that died of the same trouble at the same host."""
        count = 0
        for other in cls.objects.like(delivery).order_by("pk")[:1000]:
            other.retry(by=by, at=at)
            count += 1
        return count


class DeliveryAttempt(models.Model):
    """One try; appended, never changed."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="tries")
    n = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    code = models.PositiveSmallIntegerField(null=True, blank=True)
    response = models.CharField(max_length=2048, blank=True)

    class Meta:
        ordering = ["n"]
        constraints = [
            models.UniqueConstraint(fields=["delivery", "n"], name="delivery_attempt_once")
        ]

    def __str__(self) -> str:
        return f"attempt {self.n} of delivery {self.delivery_id}"
