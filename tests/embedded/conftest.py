"""A home of its own for every test, and other processes to share it with."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from apps.embedded import Home, Services, database_url, services
from apps.embedded.home import PROJECT


@pytest.fixture(scope="session", autouse=True)
def ctrl_c():
    """Ends what it ends at a terminal, also where the suite was begun in the background: a shell
    lets such programs, and all that they start, ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def empty():
    """A new home, open to all on the way to it; whatever a failing test left in it is stopped."""
    place = Home.at(tempfile.mkdtemp(prefix="afterlaunch-home-"))
    yield place
    for server in Services(place).servers:
        server.halt()
    place.remove()


@pytest.fixture(scope="session")
def cluster():
    """A PostgreSQL that was made and stopped: making one for each test takes long."""
    place = Home.at(tempfile.mkdtemp(prefix="afterlaunch-made-"))
    with services(place, durable=False, valkey=False):
        pass
    yield place.path / "postgres"
    place.remove()


@pytest.fixture
def home(empty, cluster):
    """A home with the cluster moved into it for as long as the test runs."""
    cluster.rename(empty.path / "postgres")
    yield empty
    for server in Services(empty).servers:
        server.halt()
    (empty.path / "postgres").rename(cluster)


@pytest.fixture
def ours(home):
    """The services of the home, not started; stopped at the end."""
    ours = Services(home, durable=False)
    yield ours
    ours.stop()


@pytest.fixture
def other(empty):
    """Runs Python text in another process that knows the home; it is killed at the end."""
    started = []

    def run(text, **options):
        text = f"from apps.embedded import *\nhome = Home.at({str(empty.path)!r})\n{text}"
        child = subprocess.Popen(
            [sys.executable, "-u", "-c", text],
            env={**os.environ, "PYTHONPATH": str(PROJECT), "AFTERLAUNCH_HOME": str(empty.path)},
            stdout=subprocess.PIPE,
            text=True,
            **options,
        )
        started.append(child)
        return child

    yield run
    for child in started:
        child.kill()
        child.wait()
        child.stdout.close()


def ask(home, sql):
    """The first value of the first row."""
    with psycopg.connect(database_url(home), autocommit=True) as talk:
        done = talk.execute(sql)
        return done.fetchone()[0] if done.description else None


def eventually(question, wait=60.0):
    """Whether the answer becomes yes in time."""
    deadline = time.monotonic() + wait
    while not question():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def processes(word):
    """The numbers of the processes whose command line holds a word."""
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdigit() and int(place.name) != os.getpid():
            try:
                line = (place / "cmdline").read_bytes()
            except OSError:
                continue
            if word.encode() in line:
                found.append(int(place.name))
    return found
