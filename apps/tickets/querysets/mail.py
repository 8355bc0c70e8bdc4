"""How mail that arrived is asked for."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import F
from django.db.models.functions import Now

from ..choices import MailState, SenderEffect

LEASE = timedelta(seconds=60)  # how long one attempt may take before another begins


class InboundMailQuerySet(models.QuerySet):
    """Mails as they came."""

    def receive(
        self, raw: bytes, *, way: str, arrived_at: datetime | None = None, run: str = ""
    ) -> tuple[Any, bool]:
        """Keep a mail before anybody reads it; and whether it is new by this way.

        `way` says through what it came (`hook:3`, `mailbox:1`, `import`).
        """
        digest = hashlib.sha256(raw).hexdigest()
        raws = self.model._meta.get_field("raw").related_model.objects
        with transaction.atomic():
            if known := self.filter(way=way, digest=digest).first():
                return known, False
            raws.bulk_create([raws.model(digest=digest, body=raw)], ignore_conflicts=True)
            mail = self.model(
                digest=digest,
                raw_id=digest,
                size=len(raw),
                way=way,
                run=run,
                arrived_at=arrived_at or Now(),
            )
            self.bulk_create([mail], ignore_conflicts=True)
            kept = self.get(way=way, digest=digest)
        return kept, mail.pk is None or kept.pk == mail.pk

    def due(self) -> "InboundMailQuerySet":
        return self.filter(state=MailState.RECEIVED, next_at__lte=Now())

    def claim(self) -> Any:
        """The next one, counted as tried before it is; somebody else takes the one after it."""
        with transaction.atomic():
            held = self.due().order_by("next_at", "id").select_for_update(skip_locked=True)
            mail = held.first()
            if mail is not None:
                self.filter(pk=mail.pk).update(attempts=F("attempts") + 1, next_at=Now() + LEASE)
                mail.attempts += 1
        return mail

    def newest_first(self) -> "InboundMailQuerySet":
        return self.order_by("-id")

    def listed(self) -> "InboundMailQuerySet":
        """With what a row of a list shows."""
        return self.select_related("ticket").defer("detail", "remarks")

    def of_sender(self, email: str) -> "InboundMailQuerySet":
        return self.filter(sender=email)

    def repeats(self, header_id: str, fingerprint: str) -> "InboundMailQuerySet":
        """Filed already, or held back already, with the same Message-ID and the same words."""
        return self.filter(
            header_id=header_id,
            fingerprint=fingerprint,
            state__in=[MailState.FILED, MailState.QUARANTINED],
        )


class RawMailQuerySet(models.QuerySet):
    """The bytes of mails."""

    def forgettable(self, before: datetime) -> "RawMailQuerySet":
        """Those older than that which are filed or ignored, whichever way they came."""
        open_states = [MailState.RECEIVED, MailState.QUARANTINED, MailState.FAILED]
        needed = models.Q(mails__state__in=open_states)
        return self.filter(received_at__lt=before).exclude(needed).order_by("received_at")

    def forget(self, most: int = 5_000) -> int:
        """Some of them; the rest is for the next time."""
        digests = list(self.values_list("digest", flat=True)[:most])
        self.model.objects.filter(digest__in=digests).delete()
        return len(digests)


class SenderRuleQuerySet(models.QuerySet):
    """What was decided about senders."""

    def effect_on(self, email: str) -> str:
        """`allow`, `block` or nothing; what is said of the address beats its domain."""
        domain = "@" + email.rpartition("@")[2]
        found = dict(self.filter(pattern__in=[email, domain]).values_list("pattern", "effect"))
        return found.get(email) or found.get(domain, "")

    def put(self, pattern: str, effect: str, *, by: Any, at: datetime) -> Any:
        """Decide about a sender, or decide anew."""
        with transaction.atomic():
            rule, _ = self.select_for_update().get_or_create(
                pattern=self.model.tidy(pattern),
                defaults={"effect": SenderEffect(effect), "decided_by": by, "decided_at": at},
            )
            before, rule.effect = rule.effect, SenderEffect(effect)
            rule.decided_by, rule.decided_at = by, at
            rule.save()
            rule.record("decided", by=by, at=at, effect=[before, rule.effect])
        return rule


class MailboxQuerySet(models.QuerySet):
    """Mailboxes that are looked into."""

    def due(self) -> "MailboxQuerySet":
        return self.filter(active=True, next_at__lte=Now())

    def claim(self) -> Any:
        """The next one to look into; nobody else does while the lease runs."""
        with transaction.atomic():
            held = self.due().order_by("next_at", "id").select_for_update(skip_locked=True)
            box = held.first()
            if box is not None:
                self.filter(pk=box.pk).update(next_at=Now() + 2 * LEASE)
        return box
