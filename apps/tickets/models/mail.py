"""A mail that arrived: kept raw, then filed, held back, ignored, or not readable."""

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse

from apps.timeline.models import Tracked
from apps.timeline.refusal import Lost, Refused

from ..choices import MailReason, MailState, SenderEffect
from ..querysets.mail import InboundMailQuerySet, RawMailQuerySet, SenderRuleQuerySet


class RawMail(models.Model):
    """The bytes of a mail, kept once under their digest."""

    digest = models.CharField("SHA-256", max_length=64, primary_key=True)
    body = models.BinaryField()
    received_at = models.DateTimeField(db_default=Now(), db_index=True)

    objects = RawMailQuerySet.as_manager()

    def __str__(self) -> str:
        return self.digest


class InboundMail(Tracked):
    """One mail that came by one way; it can be read again as long as its bytes are kept.

    What was read of it (sender, subject, …) is a copy for lists; the bytes decide.
    """

    kind: ClassVar[str] = "mail"

    digest = models.CharField("SHA-256", max_length=64)
    raw = models.ForeignKey(
        RawMail,
        models.SET_NULL,
        null=True,
        related_name="mails",
        help_text="Nothing once it was forgotten.",
    )
    size = models.PositiveIntegerField()
    way = models.CharField(max_length=60, help_text="Through what it came.")
    run = models.CharField(max_length=40, blank=True, help_text="The import that brought it.")
    arrived_at = models.DateTimeField(help_text="When it reached the mail server.")
    received_at = models.DateTimeField(db_default=Now())

    state = models.CharField(max_length=12, choices=MailState.choices, default=MailState.RECEIVED)
    reason = models.CharField(max_length=12, choices=MailReason.choices, blank=True)
    detail = models.TextField(blank=True)
    remarks = models.TextField(blank=True, help_text="What was over a limit or damaged.")
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(db_default=Now())
    settled_at = models.DateTimeField(null=True, blank=True)
    released = models.BooleanField("one of us let it through", default=False)

    sender = models.CharField(max_length=254, blank=True)
    sender_name = models.CharField(max_length=200, blank=True)
    recipient = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=998, blank=True)
    header_id = models.CharField("Message-ID", max_length=998, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    written_at = models.DateTimeField(null=True, blank=True)

    ticket = models.ForeignKey(
        "tickets.Ticket", models.SET_NULL, null=True, blank=True, related_name="mails"
    )
    message = models.ForeignKey(
        "tickets.Message", models.SET_NULL, null=True, blank=True, related_name="mails"
    )

    objects = InboundMailQuerySet.as_manager()

    class Meta:
        verbose_name = "mail"
        constraints = [models.UniqueConstraint(fields=["way", "digest"], name="mail_once")]
        indexes = [
            models.Index(fields=["next_at", "id"], condition=Q(state="received"), name="mail_due"),
            models.Index(fields=["state", "-id"], name="mail_state"),
            models.Index(fields=["sender", "-received_at"], name="mail_sender"),
            models.Index(fields=["header_id"], condition=~Q(header_id=""), name="mail_message_id"),
        ]

    def __str__(self) -> str:
        return self.subject or "(no subject)"

    def get_absolute_url(self) -> str:
        return reverse("portal:mailroom-mail", args=[self.pk])

    @property
    def content(self) -> bytes:
        """The mail as it came; refused once it was forgotten."""
        if self.raw_id is None:
            raise Refused("The raw mail is no longer kept.", code="forgotten")
        return bytes(RawMail.objects.get(pk=self.raw_id).body)

    @property
    def sentence(self) -> str:
        """Why it is where it is."""
        return self.detail or (self.get_reason_display() if self.reason else "")

    def settle(
        self,
        state: str,
        *,
        reason: str = "",
        detail: str = "",
        ticket: Any = None,
        message: Any = None,
    ) -> None:
        """What became of it, on a row that is held."""
        self.state, self.reason, self.detail = state, reason, detail[:2000]
        self.ticket, self.message = ticket, message
        self.settled_at = Now()
        self.save()

    def release(self, *, by: Any, at: datetime) -> None:
        """It is for us after all: file it, whatever held it back."""
        if self.state not in {MailState.QUARANTINED, MailState.IGNORED}:
            raise Refused("This mail is not held back.")
        self._again("released", by=by, at=at, released=True)

    def retry(self, *, by: Any, at: datetime) -> None:
        """Read it again from its bytes."""
        if self.state != MailState.FAILED:
            raise Refused("Only a mail that could not be read is read again.")
        self._again("retried", by=by, at=at)

    def discard(self, *, by: Any, at: datetime) -> None:
        """Nobody needs it; it is kept with all others until mail of its age is forgotten."""
        if self.state not in {MailState.QUARANTINED, MailState.FAILED}:
            raise Refused("This mail is not held back.")
        self._move(
            "discarded",
            by=by,
            at=at,
            state=MailState.IGNORED,
            reason=MailReason.DISCARDED,
            detail="",
        )

    def _again(self, verb: str, *, by: Any, at: datetime, **fields: Any) -> None:
        if self.raw_id is None:
            raise Refused("The raw mail is no longer kept.", code="forgotten")
        self._move(
            verb,
            by=by,
            at=at,
            state=MailState.RECEIVED,
            attempts=0,
            next_at=Now(),
            settled_at=None,
            **fields,
        )

    def _move(self, verb: str, *, by: Any, at: datetime, **fields: Any) -> None:
        with transaction.atomic():
            before = self.state
            moved = InboundMail.objects.filter(pk=self.pk, state=before).update(**fields)
            if not moved:
                raise Lost()
            self.refresh_from_db()
            self.record(verb, by=by, at=at, state=[before, self.state])


class SenderRule(Tracked):
    """What is done with mail from an address, or from every address of a domain."""

    kind: ClassVar[str] = "sender_rule"

    pattern = models.CharField(
        max_length=255, unique=True, help_text="An address, or @ and a domain."
    )
    effect = models.CharField(max_length=5, choices=SenderEffect.choices)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField()

    objects = SenderRuleQuerySet.as_manager()

    class Meta:
        ordering = ["pattern"]

    def __str__(self) -> str:
        return self.pattern

    @staticmethod
    def tidy(pattern: str) -> str:
        """The pattern as it is kept; refused when it is neither."""
        pattern = pattern.strip().lower()
        local, at, domain = pattern.rpartition("@")
        if not at or "." not in domain or " " in pattern or "@" in local or len(pattern) > 255:
            raise Refused("That is no address, and no @domain.", field="pattern")
        return pattern

    def drop(self, *, by: Any, at: datetime) -> None:
        """Forget it: this sender is like every other."""
        with transaction.atomic():
            self.record("dropped", by=by, at=at, effect=[self.effect, None])
            self.delete()
