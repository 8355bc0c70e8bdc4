"""StoppedAddress: where mail came back from, so that none goes there until somebody says so."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from django.db import models, transaction
from django.utils import timezone

from apps.timeline.models import Tracked
from apps.timeline.refusal import Lost
from apps.timeline.text import scrub

from .delivery import Delivery


class StoppedAddressManager(models.Manager["StoppedAddress"]):
    """Addresses are stopped by what a mail server says, let go by a sign of life or one of us."""

    def stop(self, address: str, *, reason: str, at: datetime) -> "StoppedAddress":
        """Mail to it comes back."""
        address = address.strip().lower()
        reason = " ".join(scrub(reason).split())[:300]
        with transaction.atomic():
            found, new = self.select_for_update().get_or_create(
                address=address, defaults={"reason": reason, "since": at}
            )
            if new:
                found.record("stopped", at=at, reason=reason)
        return found

    def of(self, address: str) -> "StoppedAddress | None":
        """The stop that is on an address; nothing where mail may go."""
        return self.filter(address=address.strip().lower()).first()

    def among(self, addresses: Iterable[str]) -> "dict[str, StoppedAddress]":
        """Those of some addresses that are stopped; not asked where there is none."""
        wanted = {address.lower() for address in addresses}
        return {one.address: one for one in self.filter(address__in=wanted)} if wanted else {}

    def heard_from(self, address: str, *, at: datetime) -> None:
        """A mail came from there: it lives."""
        with transaction.atomic():
            for found in self.select_for_update().filter(address=address.strip().lower()):
                found.let_go(by=None, at=at)


class StoppedAddress(Tracked):
    """An address that mail came back from, or whose owner called ours spam: none leaves for it."""

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

    @property
    def sentence(self) -> str:
        """Why nothing goes there, in words."""
        since = timezone.localtime(self.since)
        day = f"{since.day} {since:%B}" + (f" {since.year}" if self.is_old else "")
        return f"Mails to {self.address} stopped on {day} because “{self.reason}”."

    @property
    def is_old(self) -> bool:
        """Of another year: its day alone would mislead."""
        return timezone.localtime(self.since).year != timezone.localtime().year

    def let_go(self, *, by: Any, at: datetime) -> int:
        """Mail may go there again. What waited only for that leaves now if one of us says so, and
        stays where it is after a mere sign of life: how old it is somebody should see. How many.
        """
        with transaction.atomic():
            if not StoppedAddress.objects.filter(pk=self.pk).delete()[0]:
                raise Lost()
            self.record("let_go", by=by, at=at, address=self.address)
            waiting = list(Delivery.objects.stopped_at(self.address)) if by else []
            for delivery in waiting:
                delivery.retry(by=by, at=at)
        return len(waiting)
