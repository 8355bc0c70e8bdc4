"""Hosts that keep failing: their deliveries are held, one at a time is tried, success frees all."""

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now

from . import rules
from .choices import DeliveryState, Held
from .models import Delivery, Host

FAILED = """
INSERT INTO outbox_host (name, failures, first_failed_at, probes, reason)
VALUES (%(host)s, 1, clock_timestamp(), 0, %(reason)s)
ON CONFLICT (name) DO UPDATE SET reason = EXCLUDED.reason,
  failures = CASE WHEN outbox_host.first_failed_at
                    > clock_timestamp() - %(window)s * interval '1 second'
                  THEN outbox_host.failures + 1 ELSE 1 END,
  first_failed_at = CASE WHEN outbox_host.first_failed_at
                           > clock_timestamp() - %(window)s * interval '1 second'
                         THEN outbox_host.first_failed_at ELSE clock_timestamp() END
RETURNING id, failures, opened_at
"""

OPEN = """
UPDATE outbox_host SET opened_at = clock_timestamp(), probes = 0, probe = NULL,
  probe_at = clock_timestamp() + %(pause)s * interval '1 second'
WHERE id = %(id)s AND opened_at IS NULL
"""

PROBE = """
UPDATE outbox_host SET probe = %(probe)s, probes = probes + 1,
  probe_at = clock_timestamp() + %(pause)s * interval '1 second'
WHERE id = %(id)s
"""


def host_failed(name: str, reason: str) -> bool:
    """Count a failure of the host itself; True when this one opened its breaker."""
    words = {"host": name, "reason": reason[:500], "window": rules.BREAKER_WINDOW}
    with connection.cursor() as cursor:
        cursor.execute(FAILED, words)
        pk, failures, opened_at = cursor.fetchone()
        if opened_at is not None or failures < rules.BREAKER_FAILURES:
            return False
        cursor.execute(OPEN, {"id": pk, "pause": rules.probe_pause(0)})
        return cursor.rowcount == 1


def tend_hosts() -> None:
    """For every open breaker: free it if its probe got through, else hold and probe on."""
    for pk in Host.objects.open().values_list("pk", flat=True):
        with transaction.atomic():
            host = Host.objects.select_for_update(skip_locked=True).open().filter(pk=pk).first()
            if host is not None:
                _tend(host)


def _tend(host: Host) -> None:
    probe = Delivery.objects.filter(pk=host.probe).first() if host.probe else None
    if probe is not None and probe.state in {DeliveryState.SENT, DeliveryState.DEAD}:
        host.shut()
        return
    ours = Delivery.objects.filter(host=host.name)
    # Rows another process is claiming this moment are held the next time.
    waiting = ours.filter(~Q(pk=host.probe), state=DeliveryState.PENDING)
    locked = waiting.select_for_update(skip_locked=True).values("pk")
    ours.filter(pk__in=locked).update(state=DeliveryState.HELD, held_for=Held.BREAKER)
    if not Host.objects.filter(pk=host.pk, probe_at__lte=Now()).exists():
        return
    if probe is None or probe.state != DeliveryState.SENDING:
        _try_one(host, probe)


def _try_one(host: Host, last: Delivery | None) -> None:
    """Let one delivery go: the one that was tried before, else the one that waits longest."""
    if last is None or last.state != DeliveryState.PENDING:
        last = host.waiting().order_by("next_at").first()
    if last is None:
        host.shut()  # nothing waits: the next delivery will tell
        return
    Delivery.objects.filter(
        pk=last.pk, state__in=[DeliveryState.PENDING, DeliveryState.HELD]
    ).update(state=DeliveryState.PENDING, held_for="", next_at=Now())
    with connection.cursor() as cursor:
        pause = rules.probe_pause(host.probes + 1)
        cursor.execute(PROBE, {"id": host.pk, "probe": last.pk, "pause": pause})
