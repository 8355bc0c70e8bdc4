"""One demo in a home: a second one waits until the first has ended, or says where it runs."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from apps.embedded import process
from apps.embedded.errors import EmbeddedError
from apps.embedded.home import Home

GRACE = 2.0  # seconds in which one that runs may be about to end
PATIENCE = 180.0  # seconds for one to come up, or to end


@contextmanager
def alone(home: Home, *, grace: float = GRACE, patience: float = PATIENCE) -> Iterator[None]:
    """Be the only demo of a home until its servers have stopped; raises EmbeddedError else."""
    home.make()
    began = time.monotonic()
    while (held := process.take_lock(_file(home))) is None:
        waited = time.monotonic() - began
        if (where := _file(home).read_text()) and waited >= grace:
            raise EmbeddedError(
                f"A demo runs in {home.path} already, at {where}: stop it first, or name another"
                " home with AFTERLAUNCH_HOME."
            )
        if waited >= patience:
            raise EmbeddedError(
                f"Another demo in {home.path} neither comes up nor ends; see {home.log}."
            )
        time.sleep(0.05)
    try:
        say_where(home, "")
        yield
    finally:
        os.close(held)


def say_where(home: Home, url: str) -> None:
    """Where the demo of this home runs; nothing while it comes up and once it is about to end."""
    _file(home).write_text(url)


def _file(home: Home) -> Path:
    return home.path / "demo.lock"
