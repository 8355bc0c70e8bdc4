"""The relay: keeps the broker's queues topped up with nudges, and drains itself when need be.

Stateless, any number of them. It drains in its own process when the broker is away for more than
five seconds, or when rows are due and no drain gave a sign of life for ten.
"""

import logging
import threading
import time
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from . import breaker, claims, rules
from .drains import Drain, all_drains
from .models import Heartbeat

log = logging.getLogger(__name__)
TURN = 0.25
AWAY_AFTER = 5.0  # seconds without the broker
STUCK_AFTER = 10.0  # seconds with rows due and no drain alive
TEND = 1.0
SIGN_OF_LIFE = 2.0
BROKER_AWAY = (KombuError, RedisError, OSError)


class Broker:
    """As much of the broker as a relay needs; every wait in it is bounded by a second."""

    def __init__(self) -> None:
        self._app = import_string(settings.CELERY_APP)
        self._connection: Any = None

    def queued(self, queue: str) -> int:
        """How many nudges wait."""
        return self._line().default_channel.client.llen(queue)

    def nudge(self, drain: Drain, times: int) -> None:
        """Add nudges; they carry nothing."""
        with self._app.amqp.Producer(self._line()) as producer:
            for _ in range(times):
                self._app.send_task(drain.task, queue=drain.name, producer=producer, retry=False)

    def close(self) -> None:
        """Forget the line, so that the next call opens a new one."""
        line, self._connection = self._connection, None
        if line is not None:
            line.collect(socket_timeout=0.5)

    def _line(self) -> Any:
        if self._connection is None:
            line = self._app.connection_for_write()
            line.ensure_connection(max_retries=1, timeout=1)
            self._connection = line
        return self._connection


class Relay:
    """One relay process."""

    def __init__(self, broker: Broker | None = None, *, concurrency: int | None = None) -> None:
        self._broker = Broker() if broker is None else broker
        self._concurrency = concurrency or settings.OUTBOX_CONCURRENCY
        self._broker_seen = time.monotonic()
        self._retry_broker = 0.0
        self._due_since: dict[str, float] = {}
        self._own: dict[str, threading.Thread] = {}
        self._tended = self._lived = -SIGN_OF_LIFE

    @property
    def broker_is_away(self) -> bool:
        return time.monotonic() - self._broker_seen > AWAY_AFTER

    def turn(self) -> None:
        """One look at what is due."""
        now = time.monotonic()
        if now - self._lived >= SIGN_OF_LIFE:
            self._lived = now
            Heartbeat.objects.beat("relay", broker="away" if self.broker_is_away else "here")
        if now - self._tended >= TEND:
            self._tended = now
            breaker.tend_hosts()
        for drain in all_drains():
            due = drain.due()
            if not due:
                self._due_since.pop(drain.name, None)
                continue
            self._due_since.setdefault(drain.name, now)
            self._top_up(drain, due)
            if self.broker_is_away or self._is_stuck(drain, now):
                self._drain_here(drain)

    def finish(self) -> None:
        """Wait for what this process drains itself; the broker's line is closed."""
        for thread in self._own.values():
            thread.join()
        self._broker.close()

    def _top_up(self, drain: Drain, due: int) -> None:
        now = time.monotonic()
        if now < self._retry_broker:
            return
        try:
            queued = self._broker.queued(drain.name)
            if missing := rules.nudges(due, queued, self._concurrency):
                self._broker.nudge(drain, missing)
            self._broker_seen = time.monotonic()
        except BROKER_AWAY as error:
            log.warning("broker away", extra={"error": str(error)})
            self._broker.close()
            self._retry_broker = time.monotonic() + 1.0

    def _is_stuck(self, drain: Drain, now: float) -> bool:
        if now - self._due_since[drain.name] < STUCK_AFTER:
            return False
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM outbox_heartbeat WHERE name = %s"
                " AND at > clock_timestamp() - %s * interval '1 second')",
                [f"drain:{drain.name}", STUCK_AFTER],
            )
            return not cursor.fetchone()[0]

    def _drain_here(self, drain: Drain) -> None:
        """A thread per drain, so that one hanging mail server stops no other."""
        running = self._own.get(drain.name)
        if running is None or not running.is_alive():
            thread = threading.Thread(target=self._run, args=[drain], name=drain.name)
            self._own[drain.name] = thread
            thread.start()

    @staticmethod
    def _run(drain: Drain) -> None:
        try:
            drain.run()
        except claims.AWAY as error:
            log.warning("database away", extra={"error": str(error)})
        except Exception:
            log.exception("drain failed", extra={"drain": drain.name})
        finally:
            connection.close()
