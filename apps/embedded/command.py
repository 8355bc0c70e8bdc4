"""Which management commands need servers, and lending them some."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext

from apps.embedded.alone import alone
from apps.embedded.home import Home, database_url, redis_url
from apps.embedded.pair import services

# These read files, settings or nothing at all. `replay_*` belong here too: see needs_servers().
BARE = {
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "spectacular",
    "startapp",
    "startproject",
    "version",
}


def needs_servers(argv: Sequence[str]) -> bool:
    """Whether a command line of manage.py, program name first, asks for the database."""
    words = list(argv[1:])
    if not words or words[0].startswith("-") or {"-h", "--help", "--version"} & set(words):
        return False
    name = words[0]
    if name == "check":
        return any(word.split("=")[0] in ("--database", "--databases") for word in words)
    return name not in BARE and not name.startswith("replay_")


@contextmanager
def lent(argv: Sequence[str]) -> Iterator[None]:
    """
    Export the addresses of the embedded servers, started when the command needs them.

    With DATABASE_URL given somebody else looks after the servers, and nothing is started. Of demos
    there is one in a home, until its servers have stopped.
    """
    if os.environ.get("DATABASE_URL"):
        yield
        return
    own_valkey = not os.environ.get("REDIS_URL")
    if not needs_servers(argv):
        _export(own_valkey)
        yield
        return
    only = alone(Home.default()) if argv[1] == "demo" else nullcontext()
    with only, services(valkey=own_valkey):
        _export(own_valkey)
        # By default this signal ends Python without leaving the block.
        signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
        yield


def _export(own_valkey: bool) -> None:
    os.environ["DATABASE_URL"] = database_url()
    if own_valkey:
        os.environ["REDIS_URL"] = redis_url()
