"""Whether this process turns, and whether it can serve."""

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLong
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from kombu import Connection
from kombu.exceptions import OperationalError as BrokerAway

PATIENCE = 1.0  # seconds for the database
LEAST_FREE = 0.05  # of the disk

_askers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="probe")


def database_answers() -> bool:
    """SELECT 1 comes back within a second."""
    return _in_time(_select_one)


def migrations_match() -> bool:
    """Every migration of this code is applied."""
    return _in_time(_all_applied)


def disk_has_room() -> bool:
    """At least a twentieth of the disk that holds the files is free."""
    place = Path(settings.MEDIA_ROOT).resolve()
    while not place.exists():
        place = place.parent
    usage = shutil.disk_usage(place)
    return usage.free / usage.total > LEAST_FREE


def broker_answers() -> bool:
    """The nudges go through; without them the relay drains by itself, a little slower."""
    broker = Connection(
        settings.CELERY_BROKER_URL,
        connect_timeout=PATIENCE,
        transport_options=settings.CELERY_BROKER_TRANSPORT_OPTIONS,
    )
    try:
        broker.ensure_connection(max_retries=1, timeout=1)
    except (BrokerAway, OSError):
        return False
    finally:
        broker.release()
    return True


def _in_time(ask: Callable[[], bool]) -> bool:
    """Asked in another thread: a database that hangs must not hang the probe."""
    try:
        return _askers.submit(_and_close, ask).result(timeout=PATIENCE)
    except (TooLong, DatabaseError):
        return False


def _and_close(ask: Callable[[], bool]) -> bool:
    try:
        return ask()
    finally:
        connection.close()


def _select_one() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def _all_applied() -> bool:
    return _known_migrations() <= set(MigrationRecorder(connection).applied_migrations())


@cache
def _known_migrations() -> frozenset[tuple[str, str]]:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return frozenset(loader.disk_migrations)
