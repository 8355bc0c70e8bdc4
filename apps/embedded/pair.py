"""Both servers of a home together, for as long as a block runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from apps.embedded.home import Home, database_url, redis_url
from apps.embedded.postgres import Postgres
from apps.embedded.server import Server
from apps.embedded.valkey import Valkey


class Services:
    """The servers a process relies on; it stops those it started and no others."""

    def __init__(
        self,
        home: str | Path | Home | None = None,
        *,
        durable: bool = True,
        postgres: bool = True,
        valkey: bool = True,
    ) -> None:
        self.home = Home.at(home)
        self.servers: list[Server] = []
        self.environ: dict[str, str] = {}
        if postgres:
            self.servers.append(Postgres(self.home, durable=durable))
            self.environ["DATABASE_URL"] = database_url(self.home)
        if valkey:
            self.servers.append(Valkey(self.home, durable=durable))
            self.environ["REDIS_URL"] = redis_url(self.home)

    def ensure(self) -> None:
        """Start what is not running; called again, brings back what died."""
        for server in self.servers:
            server.ensure()

    def stop(self) -> None:
        """Stop what this process started, the last first."""
        for server in reversed(self.servers):
            server.stop()


@contextmanager
def services(
    home: str | Path | Home | None = None,
    *,
    durable: bool = True,
    postgres: bool = True,
    valkey: bool = True,
) -> Iterator[Services]:
    """
    Attach to the running servers of a home, or start them; stop what was started at the end.

    `durable=False` is for tests: faster, and a power cut loses the data. The block is given the
    `Services`, whose `environ` holds DATABASE_URL and REDIS_URL, and whose `ensure()` brings back
    a server that died. To be called from the main thread.
    """
    ours = Services(home, durable=durable, postgres=postgres, valkey=valkey)
    try:
        ours.ensure()
        yield ours
    finally:
        ours.stop()
