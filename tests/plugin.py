"""Gives a test run servers of its own, before anything reads the settings."""

from __future__ import annotations

import atexit
import gc
import os
import tempfile
import time
from pathlib import Path

import pytest

from apps.embedded import EmbeddedError, Home, Services
from apps.embedded.process import take_lock

PREFIX = "afterlaunch-test-"
STALE = 60  # seconds after which a folder that nobody has locked was left by a killed run

_run: tuple[Services, int] | None = None


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Start what the environment does not give; the workers of xdist inherit the addresses."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    if os.environ.get("PYTEST_XDIST_WORKER"):
        return
    missing = {name for name in ("DATABASE_URL", "REDIS_URL") if not os.environ.get(name)}
    if missing:
        _start(missing)


def _start(missing: set[str]) -> None:
    global _run
    sweep(Path(tempfile.gettempdir()))
    home = Home.at(tempfile.mkdtemp(prefix=PREFIX))
    held = take_lock(home.path / "run.lock")
    assert held is not None
    ours = Services(
        home,
        durable=False,
        postgres="DATABASE_URL" in missing,
        valkey="REDIS_URL" in missing,
    )
    _run = (ours, held)
    atexit.register(_end)  # a run that ends before it is configured unconfigures nothing
    try:
        ours.ensure()
    except EmbeddedError as refused:
        _end()
        raise pytest.UsageError(str(refused)) from refused
    os.environ.update(ours.environ)
    # Settings and helpers that look for a home find this one and not the developer's.
    os.environ["AFTERLAUNCH_HOME"] = str(home.path)


def pytest_collection_finish() -> None:
    """What is loaded by now stays: it is not searched for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def pytest_unconfigure() -> None:
    """Stop what was started and leave nothing behind."""
    _end()


def _end() -> None:
    global _run
    if _run is None:
        return
    (ours, held), _run = _run, None
    ours.stop()
    for name in ours.environ:
        os.environ.pop(name, None)
    ours.home.remove()
    os.close(held)


def sweep(folder: Path) -> None:
    """Remove the folders of runs that were killed."""
    for left in folder.glob(f"{PREFIX}*"):
        try:
            if left.stat().st_uid != os.geteuid() or time.time() - left.stat().st_mtime < STALE:
                continue
            held = take_lock(left / "run.lock")
        except OSError:
            continue
        if held is not None:
            Home.at(left).remove()
            os.close(held)
