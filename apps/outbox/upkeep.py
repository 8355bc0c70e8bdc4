"""Periodic upkeep of this app's own rows."""

from datetime import datetime, timedelta

from . import journal
from .choices import WorkState
from .models import InboundEvent, Notification, PeriodicRun

SLOTS = timedelta(days=14)
RAW_EVENTS = timedelta(days=90)
NOTIFICATIONS = timedelta(days=90)


def tidy(*, at: datetime) -> None:
    """Forget old slots, read notifications and raw events that were read long ago."""
    # The newest slot of every name stays: catching up counts from it.
    newest = PeriodicRun.objects.order_by("name", "-slot").distinct("name").values("pk")
    PeriodicRun.objects.filter(slot__lt=at - SLOTS).exclude(pk__in=newest).delete()
    InboundEvent.objects.filter(state=WorkState.DONE, done_at__lt=at - RAW_EVENTS).delete()
    Notification.objects.filter(read_at__lt=at - NOTIFICATIONS).delete()
    journal.prune()
