"""An outbox that was restored from a backup: held, compared with the send journal, released."""

from django.db.models.functions import Now

from . import journal
from .choices import DeliveryState, Held
from .models import Delivery

BATCH = 5000


def hold_all() -> int:
    """Hold everything that waits or was under way when the backup was made."""
    return Delivery.objects.waiting().update(
        state=DeliveryState.HELD,
        held_for=Held.RESTORE,
        lease=None,
        lease_until=None,
        lane=None,
    )


def reconcile() -> tuple[int, int]:
    """Mark what the journal knows as sent, release the rest; both counts."""
    held = Delivery.objects.held().filter(held_for=Held.RESTORE)
    marked, batch = 0, []
    for key in journal.all_keys():
        batch.append(key)
        if len(batch) == BATCH:
            marked += _mark(held, batch)
            batch = []
    marked += _mark(held, batch)
    released = held.update(state=DeliveryState.PENDING, held_for="", next_at=Now())
    return marked, released


def _mark(held, keys: list[str]) -> int:
    return held.filter(key__in=keys).update(
        state=DeliveryState.SENT,
        held_for="",
        sent_at=Now(),
        last_error="sent before the restore, as the journal says",
    )
