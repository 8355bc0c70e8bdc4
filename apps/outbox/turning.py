"""A process that takes turns until it is told to stop, and outlives a database that goes away."""

import logging
import signal
import threading
from collections.abc import Callable

from django.db import connection

from .claims import AWAY

log = logging.getLogger(__name__)


def keep_turning(turn: Callable[[], object], *, every: float) -> None:
    """Take a turn every so many seconds until SIGTERM or SIGINT; the turn under way is finished."""
    stop = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stop.set())
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        while not stop.is_set():
            try:
                turn()
            except AWAY as error:
                log.warning("database away", extra={"error": str(error)})
                connection.close()
                stop.wait(0.5)
            stop.wait(every)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
