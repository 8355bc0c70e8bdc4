"""What the portal saw of its own requests: counted in memory, written every few seconds.

A request costs one addition under a lock. Writing is another thread's work; while the database is
away the last hour waits in memory, and no request ever notices.
"""

import atexit
import logging
import os
import secrets
import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest

from apps.metrics.rules import LATENCY_BOUNDS

from .models import TrafficMinute
from .models.traffic import EPOCH, FOLDED

log = logging.getLogger(__name__)

EVERY = 10.0  # seconds between two writings
REMEMBERED = 60  # minutes kept while the database is away
OPEN_FOR = 2  # minutes that are still written again
KEPT_FOR = timedelta(days=2)
UNSEEN = ("/healthz/", "/metrics", settings.STATIC_URL)
NOWHERE = "(nowhere)"

Key = tuple[int, str, str]  # minute since the epoch, route, class of the answer


@dataclass
class Seen:
    """One request as it went."""

    status: int = 500


@dataclass
class Tally:
    """What is counted of one key."""

    requests: int = 0
    errors: int = 0
    seconds: float = 0.0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(LATENCY_BOUNDS) + 1))

    def add(self, status: int, seconds: float) -> None:
        self.requests += 1
        self.errors += status >= 500
        self.seconds += seconds
        self.buckets[bisect_left(LATENCY_BOUNDS, seconds)] += 1

    def copy(self) -> "Tally":
        return Tally(self.requests, self.errors, self.seconds, list(self.buckets))


class Recorder:
    """The counts of this process; a fork begins its own."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.process = f"{settings.PROCESS}-{secrets.token_hex(6)}"
        self.tallies: dict[Key, Tally] = {}
        self.dirty: set[Key] = set()
        self.lock = threading.Lock()

    def count(self, route: str, status: int, seconds: float) -> None:
        """One request that has ended."""
        key = (int(self.clock()) // 60, route, f"{status // 100}xx")
        with self.lock:
            self.tallies.setdefault(key, Tally()).add(status, seconds)
            self.dirty.add(key)

    def write(self) -> int:
        """Bring what is new to the database; how many rows. What fails is tried again later."""
        with self.lock:
            fresh = {key: self.tallies[key].copy() for key in self.dirty}
            self.dirty.clear()
        try:
            if fresh:
                TrafficMinute.objects.put(self._row(key, tally) for key, tally in fresh.items())
        except (DatabaseError, InterfaceError) as error:
            with self.lock:
                self.dirty |= fresh.keys()
                self._forget(REMEMBERED)
            log.warning("traffic waits in memory", extra={"error": str(error)})
            return 0
        with self.lock:
            self._forget(OPEN_FOR)
        return len(fresh)

    def _row(self, key: Key, tally: Tally) -> TrafficMinute:
        minute, route, status_class = key
        return TrafficMinute(
            minute=datetime.fromtimestamp(minute * 60, UTC),
            process=self.process,
            route=route,
            status_class=status_class,
            requests=tally.requests,
            errors=tally.errors,
            seconds=tally.seconds,
            buckets=tally.buckets,
        )

    def _forget(self, minutes: int) -> None:
        """Let go of minutes that are over: all of them written, or too many to keep."""
        oldest = int(self.clock()) // 60 - minutes
        for key in [key for key in self.tallies if key[0] < oldest]:
            if minutes == REMEMBERED or key not in self.dirty:
                del self.tallies[key]
                self.dirty.discard(key)


@dataclass
class _Own:
    """What belongs to one process."""

    pid: int
    recorder: Recorder


_own: _Own | None = None
_starting = threading.Lock()


def recorder() -> Recorder:
    """The recorder of this process, with its writer running where pages are served."""
    global _own
    if _own is None or _own.pid != os.getpid():
        with _starting:
            if _own is None or _own.pid != os.getpid():
                _own = _Own(os.getpid(), Recorder())
                if settings.PROCESS == "web":
                    start_writing(_own.recorder)
    return _own.recorder


def start_writing(recorder: Recorder, *, every: float = EVERY) -> threading.Event:
    """Write every few seconds, and once more at the end; setting the event ends it."""
    ended = threading.Event()

    def keep_writing() -> None:
        while not ended.wait(every):
            _write_and_let_go(recorder)

    threading.Thread(target=keep_writing, name="traffic", daemon=True).start()
    atexit.register(_write_and_let_go, recorder)
    return ended


def _write_and_let_go(recorder: Recorder) -> None:
    try:
        recorder.write()
    except Exception:
        log.exception("traffic could not be written")
    finally:
        connection.close()


@contextmanager
def observe(request: HttpRequest) -> Iterator[Seen]:
    """Count one request, however it ends; probes and static files are not the portal's work."""
    began = time.perf_counter()
    seen = Seen()
    try:
        yield seen
    finally:
        if not request.path.startswith(UNSEEN):
            recorder().count(route_of(request), seen.status, time.perf_counter() - began)


def route_of(request: HttpRequest) -> str:
    """The pattern of the address: few words for many pages."""
    match = getattr(request, "resolver_match", None)
    return (match.route[:200] or "/") if match else NOWHERE


def fold(*, at: datetime) -> int:
    """Sum the minutes that nobody imports any more."""
    return TrafficMinute.objects.fold(before=at - KEPT_FOR, into=EPOCH, name=FOLDED)
