"""Periodic work by any number of schedulers: whoever inserts the slot's row does its work.

The row and the effects are one transaction, so a slot is done once or not at all, and a slot
that failed is tried again: nobody goes past one that another is still doing. Slots are counted
from the epoch, in UTC, by the database's clock.
"""

import logging
import time
from datetime import UTC, datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.utils.module_loading import import_string

from . import claims, rules
from .models import Heartbeat, PeriodicRun

log = logging.getLogger(__name__)
MOST_AT_ONCE = 200  # slots of one name in one turn
SIGN_OF_LIFE = 2.0


class BeingDone(Exception):
    """Another scheduler does a slot of this name: it may yet fail, and then it is due again."""


class Beat:
    """One scheduler."""

    def __init__(self) -> None:
        self._pause: dict[str, tuple[float, float]] = {}  # name → (not before, next pause)
        self._lived = -SIGN_OF_LIFE

    def turn(self) -> int:
        """Do every slot that is due and that no other scheduler has; how many."""
        if time.monotonic() - self._lived >= SIGN_OF_LIFE:
            self._lived = time.monotonic()
            Heartbeat.objects.beat("beat")
        last, now = last_slots(), database_time()
        return sum(self._catch_up(name, last.get(name), now) for name in settings.SCHEDULE)

    def _catch_up(self, name: str, last: int | None, now: float) -> int:
        not_before, pause = self._pause.get(name, (0.0, 1.0))
        if time.monotonic() < not_before:
            return 0
        every, _, catch_up = settings.SCHEDULE[name]
        count = 0
        for slot in rules.slots_due(last, now, every, catch_up)[:MOST_AT_ONCE]:
            try:
                count += run_slot(name, slot)
            except claims.AWAY:
                raise
            except BeingDone:
                return count
            except Exception as error:
                log.exception("periodic work failed", extra={"periodic": name})
                Heartbeat.objects.beat(f"slot:{name}", error=f"{type(error).__name__}: {error}")
                self._pause[name] = (time.monotonic() + pause, min(60.0, pause * 2))
                return count
        if count:
            self._pause.pop(name, None)
        return count


def run_slot(name: str, slot: int) -> bool:
    """Do one slot unless it is done; raises what the work raises, undone then, or `BeingDone`."""
    at = datetime.fromtimestamp(slot, UTC)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s), 0)", [f"slot:{name}"])
        if not cursor.fetchone()[0]:
            raise BeingDone
        cursor.execute(
            "INSERT INTO outbox_periodicrun (name, slot) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            [name, at],
        )
        if not cursor.rowcount:
            return False
        import_string(settings.SCHEDULE[name][1])(at=at)
    return True


def run_now(name: str) -> None:
    """The twin of a slot, by hand: the same work at this moment, no slot taken."""
    with transaction.atomic():
        import_string(settings.SCHEDULE[name][1])(at=datetime.fromtimestamp(database_time(), UTC))


def last_slots() -> dict[str, int]:
    """The newest slot of every name that ran."""
    newest = PeriodicRun.objects.filter(name__in=list(settings.SCHEDULE)).values("name")
    return {
        row["name"]: int(row["newest"].timestamp())
        for row in newest.annotate(newest=Max("slot")).order_by()
    }


def database_time() -> float:
    """The one clock that decides, in epoch seconds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
        return cursor.fetchone()[0]
