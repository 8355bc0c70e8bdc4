"""Clients that ask for work, retry under one key until they are answered, and keep a ledger."""

import json
import os
import threading
import time
import uuid
from collections import Counter
from http.client import HTTPConnection, HTTPException
from pathlib import Path

PATIENCE = 20.0
STALE = 0.02  # seconds within which a kept connection shows that it had ended


class Ledger:
    """What was acknowledged to the clients: a line each, on disk before the next request."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._lock = threading.Lock()
        self.count = 0

    def note(self, key: str) -> None:
        with self._lock:
            os.write(self._handle, json.dumps({"key": key, "at": time.time()}).encode() + b"\n")
            os.fdatasync(self._handle)
            self.count += 1


class Load:
    """Some clients, at a pace."""

    def __init__(
        self, port: int, ledger: Ledger, *, wanted: int, clients: int, pace: float
    ) -> None:
        self._port = port
        self._ledger = ledger
        self._left = wanted
        self._lock = threading.Lock()
        self._pause = clients / pace if pace else 0.0
        self._stopped = threading.Event()
        self.requests = 0
        self.failures: Counter[str] = Counter()
        self.slowest = 0.0
        self.during = ""  # the fault of this moment
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(clients)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """No new work is asked for; what was begun is asked until it is answered."""
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    @property
    def done(self) -> bool:
        return not any(thread.is_alive() for thread in self._threads)

    def _run(self) -> None:
        line: HTTPConnection | None = None
        while not self._stopped.is_set() and self._take():
            began = time.monotonic()
            line = self._ask(str(uuid.uuid4()), line)
            if (rest := self._pause - (time.monotonic() - began)) > 0:
                self._stopped.wait(rest)

    def _take(self) -> bool:
        with self._lock:
            self._left -= 1
            return self._left >= 0

    def _ask(self, key: str, line: HTTPConnection | None) -> HTTPConnection | None:
        while True:
            fresh = line is None
            line = line or HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
            began, trouble = time.monotonic(), ""
            try:
                line.request(
                    "POST",
                    "/api/faults/work/",
                    b"{}",
                    {"Host": "localhost", "Idempotency-Key": key, "Connection": "keep-alive"},
                )
                response = line.getresponse()
                response.read()
                if response.status == 201:
                    self._count(began, "")
                    self._ledger.note(key)
                    return line
                trouble = str(response.status)
            except (OSError, HTTPException) as error:
                trouble = type(error).__name__
                line.close()
                line = None
                if not fresh and time.monotonic() - began < STALE:
                    continue  # a kept connection that had ended before: any client asks again
            self._count(began, trouble)
            time.sleep(0.3)

    def _count(self, began: float, trouble: str) -> None:
        with self._lock:
            self.requests += 1
            self.slowest = max(self.slowest, time.monotonic() - began)
            if trouble:
                self.failures[f"{self.during or 'quiet'}: {trouble}"] += 1
