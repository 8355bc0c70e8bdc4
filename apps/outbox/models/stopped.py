"""StoppedAddress: where mail came back from, so that no program writes there again."""

from datetime import datetime
from typing import Any, ClassVar

from django.db import models, transaction

from apps.timeline.models import Tracked
from apps.timeline.text import scrub


class StoppedAddressManager(models.Manager["StoppedAddress"]):
    """Addresses are stopped by a report of a mail server, and let go by a sign of life."""

    def stop(self, address: str, *, reason: str, at: datetime) -> "StoppedAddress":
        """Mail to it comes back."""
        address = address.strip().lower()
        reason = scrub(reason)[:300]
        with transaction.atomic():
            found, new = self.select_for_update().get_or_create(
                address=address, defaults={"reason": reason, "since": at}
            )
            if new:
                found.record("stopped", at=at, reason=reason)
        return found

    def reason_for(self, address: str) -> str:
        """Why nothing automatic goes there; empty when it may."""
        found = self.filter(address=address.strip().lower()).values_list("reason", flat=True)
        return found.first() or ""

    def heard_from(self, address: str, *, at: datetime) -> None:
        """A mail came from there: it lives."""
        for found in self.filter(address=address.strip().lower()):
            found.let_go(by=None, at=at)


class StoppedAddress(Tracked):
    """An address that mail came back from. People may still write to it; programs do not."""

    kind: ClassVar[str] = "stopped_address"

    address = models.CharField(max_length=254, unique=True)
    reason = models.CharField(max_length=300)
    since = models.DateTimeField()

    objects = StoppedAddressManager()

    class Meta:
        verbose_name_plural = "stopped addresses"
        ordering = ["-since"]

    def __str__(self) -> str:
        return self.address

    def let_go(self, *, by: Any, at: datetime) -> None:
        """Mail may go there again."""
        with transaction.atomic():
            self.record("let_go", by=by, at=at, address=self.address)
            self.delete()
