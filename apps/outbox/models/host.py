"""Host: where deliveries go, once it made trouble; its breaker."""

from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models.functions import Now

from apps.timeline.models import Tracked
from apps.timeline.refusal import Refused

from ..choices import DeliveryState, Held
from ..querysets import HostQuerySet
from .delivery import Delivery


class Host(Tracked):
    """The breaker of one host: ten failures in a row within an hour hold its deliveries.

    While it is open one delivery at a time is tried, ever more rarely; when one gets through,
    or somebody presses the button, all that were held go.
    """

    kind = "host"

    name = models.CharField(max_length=300, unique=True)
    failures = models.PositiveIntegerField(default=0)
    first_failed_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    probes = models.PositiveIntegerField(default=0)
    probe_at = models.DateTimeField(null=True, blank=True)
    probe = models.BigIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)

    objects = HostQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        return self.opened_at is not None

    def waiting(self) -> models.QuerySet:
        """What its breaker holds."""
        return Delivery.objects.held().filter(host=self.name, held_for=Held.BREAKER)

    def close(self, *, by: Any, at: datetime) -> int:
        """Release everything its breaker holds; how many."""
        with transaction.atomic():
            host = Host.objects.select_for_update().get(pk=self.pk)
            if not host.is_open:
                raise Refused("Nothing is held for this host.")
            released = host.shut()
            self.refresh_from_db()
            self.record("released", by=by, at=at, deliveries=released)
        return released

    def shut(self) -> int:
        """Forget the trouble; inside the caller's transaction."""
        Host.objects.filter(pk=self.pk).update(
            failures=0, first_failed_at=None, opened_at=None, probes=0, probe_at=None, probe=None
        )
        return self.waiting().update(state=DeliveryState.PENDING, held_for="", next_at=Now())
