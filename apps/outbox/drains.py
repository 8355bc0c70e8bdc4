"""Draining: do what is due, row by row, for a few seconds; and who drains what."""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from . import claims, inbound, jobs, rules
from .channels import carrier
from .dispatch import send_next
from .models import Heartbeat, InboundEvent, Job

log = logging.getLogger(__name__)
SIGN_OF_LIFE = 2.0  # seconds between two heartbeats of one drain in one process
_last_sign: dict[str, float] = {}


@dataclass(frozen=True)
class Drain:
    """A line of DRAINS: what is due, and the argument-less task that does it."""

    name: str
    due_path: str
    task: str

    def due(self) -> int:
        """How many nudges it is worth now."""
        return import_string(self.due_path)()

    def run(self) -> None:
        """Drain here and now, without the broker."""
        import_string(self.task)()


def all_drains() -> Iterator[Drain]:
    """Every drain of the house."""
    for name, (due_path, task) in settings.DRAINS.items():
        yield Drain(name, due_path, task)


def drain(name: str, one: Callable[[], bool], *, seconds: float | None = None) -> int:
    """Do `one` row after another until there is none or the time is over; how many were done.

    A database that goes away ends the drain quietly: the rows are still there.
    """
    until, count = time.monotonic() + (rules.DRAIN if seconds is None else seconds), 0
    try:
        _live(name)
        while time.monotonic() < until and one():
            count += 1
            _live(name)
    except claims.AWAY as error:
        log.warning("database away", extra={"drain": name, "error": str(error)})
        connection.close()
        time.sleep(0.2)  # not to spin through the queue of nudges
    return count


def _live(name: str) -> None:
    now = time.monotonic()
    if now - _last_sign.get(name, -SIGN_OF_LIFE) >= SIGN_OF_LIFE:
        _last_sign[name] = now
        Heartbeat.objects.beat(f"drain:{name}")


def drain_channel(channel: str, *, seconds: float | None = None) -> int:
    """Send what is due on one channel."""
    with carrier(channel) as open_carrier:
        return drain(f"outbox.{channel}", lambda: send_next(channel, open_carrier), seconds=seconds)


def drain_mail() -> int:
    return drain_channel("mail")


def drain_webhooks() -> int:
    return drain_channel("webhook")


def drain_inbound() -> int:
    return drain("outbox.inbound", inbound.read_next)


def drain_jobs() -> int:
    return drain("outbox.jobs", jobs.advance_next)


def due_mail() -> int:
    return claims.due_deliveries("mail")


def due_webhooks() -> int:
    return claims.due_deliveries("webhook")


def due_inbound() -> int:
    return InboundEvent.objects.due()[:100].count()


def due_jobs() -> int:
    return Job.objects.due()[:100].count()
