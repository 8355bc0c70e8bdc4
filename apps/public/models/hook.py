"""Hook: an address that another program may send events to."""

import hashlib
import secrets
from datetime import datetime
from typing import Any

from django.db import models, transaction

from apps.timeline.models import Tracked
from apps.timeline.refusal import Lost, Refused
from apps.timeline.text import clean_line

from ..choices import HookKind

SHORTEST = 22  # characters of base64: 128 bits


class HookManager(models.Manager["Hook"]):
    """Hooks are issued; their secret is shown once."""

    @transaction.atomic
    def issue(
        self, kind: str, name: str, *, by: Any, at: datetime, secret: str = ""
    ) -> tuple["Hook", str]:
        """A new hook and its secret; the same secret again is the hook there is."""
        secret = secret or secrets.token_urlsafe(24)
        if len(secret) < SHORTEST:
            raise Refused(f"A hook's token has at least {SHORTEST} characters.", field="secret")
        digest = Hook.digest_of(secret)
        if known := self.filter(digest=digest).first():
            return known, secret
        name = clean_line(name, limit=80, field="name")
        if not name:
            raise Refused("Name what sends here.", code="empty", field="name")
        hook = self.create(
            event_kind=kind, name=name, prefix=secret[:6], digest=digest, created_at=at
        )
        hook.record("issued", by=by, at=at, event_kind=[None, kind])
        return hook, secret

    def behind(self, kind: str, secret: str) -> "Hook | None":
        """The hook with this token, unless it was revoked."""
        digest = Hook.digest_of(secret)
        return self.filter(digest=digest, event_kind=kind, revoked_at=None).first()


class Hook(Tracked):
    """An address for events of one kind; the token is kept as a hash."""

    kind = "hook"

    event_kind = models.CharField("kind", max_length=20, choices=HookKind.choices, db_column="kind")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=8, editable=False)
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    created_at = models.DateTimeField(editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = HookManager()

    class Meta:
        ordering = ["event_kind", "name"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @staticmethod
    def digest_of(secret: str) -> bytes:
        return hashlib.sha256(secret.encode()).digest()

    @staticmethod
    def path(kind: str, secret: str) -> str:
        """Where events of this kind are sent."""
        return f"/hooks/{kind}/{secret}/"

    @transaction.atomic
    def revoke(self, *, by: Any, at: datetime) -> None:
        """Nothing arrives by it any more."""
        if self.revoked_at is not None:
            raise Refused("This hook is revoked already.", code="revoked")
        if not Hook.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=at):
            raise Lost
        self.revoked_at = at
        self.record("revoked", by=by, at=at)
