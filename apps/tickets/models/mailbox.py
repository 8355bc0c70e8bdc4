"""Mailbox: a place where mail for us arrives, looked into every minute."""

from datetime import datetime
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models.functions import Now

from apps.outbox.secret import seal, unseal
from apps.timeline.models import Tracked
from apps.timeline.refusal import Refused

from ..choices import MailSecurity
from ..querysets.mail import MailboxQuerySet


class Mailbox(Tracked):
    """An IMAP folder. `uid_validity` and `last_uid` say what was fetched from it."""

    kind: ClassVar[str] = "mailbox"

    name = models.CharField(max_length=80, unique=True)
    host = models.CharField(max_length=253)
    port = models.PositiveIntegerField(
        default=993, validators=[MinValueValidator(1), MaxValueValidator(65_535)]
    )
    security = models.CharField(
        max_length=10, choices=MailSecurity.choices, default=MailSecurity.TLS
    )
    user = models.CharField(max_length=254)
    secret = models.TextField(editable=False, blank=True)
    folder = models.CharField(max_length=200, default="INBOX")
    done_folder = models.CharField(
        "move to",
        max_length=200,
        blank=True,
        help_text="Where fetched mail is moved; empty: it stays and is marked as read.",
    )
    queue = models.ForeignKey(
        "tickets.Queue",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="mailboxes",
        help_text="For mail to an address no queue has.",
    )
    every = models.PositiveIntegerField(
        "seconds between looks", default=60, validators=[MinValueValidator(10)]
    )
    active = models.BooleanField(default=True)

    uid_validity = models.PositiveBigIntegerField(null=True, editable=False)
    last_uid = models.PositiveBigIntegerField(default=0, editable=False)
    next_at = models.DateTimeField(db_default=Now(), editable=False)
    looked_at = models.DateTimeField(null=True, blank=True, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False)
    last_error = models.TextField(blank=True, editable=False)

    objects = MailboxQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "mailboxes"
        indexes = [
            models.Index(fields=["next_at"], condition=models.Q(active=True), name="mailbox_due")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def way(self) -> str:
        """How mail that came through it is marked."""
        return f"mailbox:{self.pk}"

    def put_secret(self, secret: str) -> None:
        """Seal what signs in there; it is shown to nobody again."""
        self.secret = seal(secret)

    def password(self) -> str:
        return unseal(self.secret)

    def look_now(self, *, by: Any, at: datetime) -> None:
        """Look into it at once."""
        if not self.active:
            raise Refused("This mailbox is switched off.")
        with transaction.atomic():
            Mailbox.objects.filter(pk=self.pk).update(next_at=Now())
            self.record("asked", by=by, at=at)
