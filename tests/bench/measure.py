"""Requests through the whole handler in one process, timed by wall clock and by processor.

Processor time is what counts: it is what a quiet machine's clock would show, and whatever else the
machine does meanwhile changes it little. It is read from the scheduler, to the microsecond.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test import override_settings

from . import doors

TICK = os.sysconf("SC_CLK_TCK")
PROCESSORS = os.cpu_count() or 1


@dataclass
class Taken:
    """What one kind of work took: seconds of each, by the clock and by the processors."""

    walls: list[float] = field(default_factory=list)
    apps: list[float] = field(default_factory=list)
    databases: list[float] = field(default_factory=list)
    size: int = 0
    queries: int = 0

    def told(self) -> dict[str, float]:
        """For the table, in milliseconds; `cpu` is application and database together."""
        cpus = [app + database for app, database in zip(self.apps, self.databases, strict=True)]
        return {
            "wall": statistics.median(self.walls) * 1000,
            "wall95": quantile(self.walls, 0.95) * 1000,
            "cpu": statistics.median(cpus) * 1000,
            "cpu95": quantile(cpus, 0.95) * 1000,
            "app": statistics.median(self.apps) * 1000,
            "n": len(self.walls),
            "bytes": self.size,
            "queries": self.queries,
        }


def quantile(values: Sequence[float], share: float) -> float:
    """The value that this share of all does not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


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
    """A handler with the middleware, sessions and doors of the comparison, and nothing of ours."""
    with override_settings(MIDDLEWARE=doors.MIDDLEWARE, SESSION_ENGINE=doors.SESSIONS):
        return WSGIHandler()


def backend_seconds() -> float:
    """Processor seconds our own database process has used."""
    pid = connection.connection.info.backend_pid
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def server_seconds() -> float:
    """Processor seconds of the whole database server, those of ended connections included."""
    connection.ensure_connection()
    parent = _stat(connection.connection.info.backend_pid)[1]
    children = (_stat(int(one.name)) for one in Path("/proc").iterdir() if one.name.isdigit())
    ended = _stat(parent)
    alive = sum(sum(one[11:13]) for one in children if one[1] == parent)
    return (alive + sum(ended[11:15])) / TICK


def _stat(pid: int) -> list[int]:
    """What the kernel tells of a process after its name; 0 for a process that has just ended."""
    try:
        said = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return [0] * 20
    return [0, *(int(word) for word in said[1:20])]


def machine_seconds() -> float:
    """Processor seconds of everything on this machine."""
    words = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    user, nice, system, _, _, interrupt, soft, *_ = (int(word) for word in words)
    return (user + nice + system + interrupt + soft) / TICK


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    """The statements of a block."""
    asked: list[str] = []

    def count(execute: Callable, sql: str, params: Any, many: bool, context: dict) -> Any:
        asked.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield asked


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
            until = time.perf_counter() + (seconds if turn else min(seconds, 0.2))
            for _ in range(most):
                app, database = time.process_time(), backend_seconds()
                began = time.perf_counter()
                counted.size = work(number)
                counted.walls.append(time.perf_counter() - began)
                counted.apps.append(time.process_time() - app)
                counted.databases.append(backend_seconds() - database)
                number += 1
                if time.perf_counter() >= until:
                    break
    for name, work in works.items():
        with counted_queries() as asked:
            work(number)
        taken[name].queries = len(asked)
        number += 1
    return taken
