"""Requests through the whole handler in one process, timed by wall clock and by processor."""

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from urllib.parse import urlencode

from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test import override_settings

from . import doors

TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Taken:
    """What one kind of work took: wall seconds of each, processor seconds of all."""

    walls: list[float] = field(default_factory=list)
    app: float = 0.0
    database: float = 0.0
    size: int = 0

    @property
    def p50(self) -> float:
        """Milliseconds."""
        return statistics.median(self.walls) * 1000

    @property
    def p95(self) -> float:
        """Milliseconds."""
        ordered = sorted(self.walls)
        return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))] * 1000

    @property
    def cpu(self) -> float:
        """Milliseconds of processor for each, application and database together."""
        return (self.app + self.database) / len(self.walls) * 1000

    def told(self) -> dict[str, float]:
        """For the table."""
        return {
            "p50": self.p50,
            "p95": self.p95,
            "cpu": self.cpu,
            "app": self.app / len(self.walls) * 1000,
            "n": len(self.walls),
            "bytes": self.size,
        }


class Browser:
    """A signed-in person's requests, without a network between."""

    def __init__(self, handler: WSGIHandler, session: str, *, csrf: str = "c" * 32) -> None:
        self.handler = handler
        self.csrf = csrf
        self.cookies = f"session={session}; sessionid={session}; csrf={csrf}; csrftoken={csrf}"

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body."""
        return self._ask("GET", path, b"")

    def post(self, path: str, **fields: str) -> tuple[int, bytes]:
        """Status and body."""
        return self._ask(
            "POST", path, urlencode({**fields, "csrfmiddlewaretoken": self.csrf}).encode()
        )

    def _ask(self, method: str, address: str, body: bytes) -> tuple[int, bytes]:
        path, _, query = address.partition("?")
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "HTTP_HOST": "localhost",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_COOKIE": self.cookies,
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": BytesIO(body),
            "wsgi.errors": BytesIO(),
            "wsgi.url_scheme": "http",
            "wsgi.version": (1, 0),
            "wsgi.multithread": False,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        status: list[int] = []
        response = self.handler(
            environ, lambda line, headers, error=None: status.append(int(line[:3]))
        )
        try:
            return status[0], b"".join(response)
        finally:
            response.close()


def stock_django() -> WSGIHandler:
    """A handler with the middleware and doors of the comparison, and nothing of ours."""
    with override_settings(MIDDLEWARE=doors.MIDDLEWARE):
        return WSGIHandler()


def backend_seconds() -> float:
    """Processor seconds our database process has used."""
    pid = connection.connection.info.backend_pid
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def take_turns(
    works: dict[str, Callable[[int], int]],
    *,
    rounds: int = 5,
    seconds: float = 0.6,
    most: int = 400,
) -> dict[str, Taken]:
    """Do each kind of work in turns; a work takes a running number and returns a size."""
    taken = {name: Taken() for name in works}
    number = 0
    for turn in range(rounds + 1):
        for name, work in works.items():
            counted = taken[name] if turn else Taken()  # the first turn warms up
            counted_before, base = len(counted.walls), backend_seconds()
            processor, until = time.process_time(), time.perf_counter() + seconds
            while True:
                began = time.perf_counter()
                counted.size = work(number)
                ended = time.perf_counter()
                number += 1
                counted.walls.append(ended - began)
                if ended >= until or len(counted.walls) - counted_before >= most:
                    break
            counted.app += time.process_time() - processor
            counted.database += backend_seconds() - base
    return taken
