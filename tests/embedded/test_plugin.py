"""The plugin that every test here already relies on, looked at from outside."""

import os
import subprocess
import sys
import time

import pytest

from apps.embedded import Home, Services
from apps.embedded.home import PROJECT
from apps.embedded.process import take_lock
from tests.embedded.conftest import eventually
from tests.plugin import PREFIX, STALE, sweep

STORY = """
import os, sys, time
from pathlib import Path
from apps.embedded import Services
def test_story():
    place = os.environ["AFTERLAUNCH_HOME"] if {own} else "none"
    answers = [server.answers() for server in Services().servers] if {own} else []
    Path({told!r}).joinpath(str(os.getpid())).write_text(f"{{place}} {{answers}}")
    time.sleep({pause})
def test_again():
    test_story()
"""


@pytest.fixture
def run(tmp_path):
    """Starts a test run of its own, with a temporary folder of its own."""
    temporary, told = tmp_path / "t", tmp_path / "told"
    temporary.mkdir()
    told.mkdir()
    started = []

    def start(*options, pause=0, own=True, **given):
        story = tmp_path / "test_story.py"
        story.write_text(STORY.format(told=str(told), pause=pause, own=own))
        given_here = ("PYTEST_", "COV_", "DATABASE_URL", "REDIS_URL")
        env = {n: value for n, value in os.environ.items() if not n.startswith(given_here)}
        env |= {"TMPDIR": str(temporary), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull]
        command += ["-p", "tests.plugin", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)]
        child = subprocess.Popen(
            [*command, *options, str(story)],
            cwd=PROJECT,
            env=env | given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(child)
        return child

    start.temporary, start.told = temporary, told
    start.answers = lambda: [place.read_text() for place in told.iterdir()]
    yield start
    for child in started:
        child.kill()
        child.communicate()


def test_the_workers_of_a_run_share_servers_of_its_own_and_nothing_is_left(run):
    child = run("-p", "xdist", "-n2")
    said, _ = child.communicate(timeout=120)
    assert child.returncode == 0, said
    assert len(run.answers()) == 2
    (answer,) = set(run.answers())
    assert answer.startswith(str(run.temporary))
    assert answer.endswith("[True, True]")
    assert list(run.temporary.glob(f"{PREFIX}*")) == []


def test_given_servers_are_used(run):
    child = run(own=False, DATABASE_URL="postgresql://there/db", REDIS_URL="redis://there")
    said, _ = child.communicate(timeout=120)
    assert child.returncode == 0, said
    assert run.answers() == ["none []"]


def test_servers_that_cannot_be_had_are_one_sentence(run, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "from apps.embedded import binaries\nbinaries.postgres_folders = lambda: iter([])\n"
    )
    child = run(PYTHONPATH=f"{tmp_path}:{PROJECT}")
    said, _ = child.communicate(timeout=120)
    assert child.returncode == 4
    assert said.strip().startswith("ERROR: No PostgreSQL was found")
    assert list(run.temporary.glob(f"{PREFIX}*")) == []


@pytest.mark.fault
def test_a_killed_run_leaves_no_process_and_the_next_run_removes_its_folder(run):
    child = run(pause=60)
    assert eventually(run.answers, wait=120)
    (left,) = run.temporary.glob(f"{PREFIX}*")
    home = Home.at(left)
    servers = Services(home).servers
    assert home.run.exists()
    child.kill()
    child.wait()
    assert eventually(lambda: not any(server.alive() for server in servers))
    sweep(run.temporary)
    assert left.exists(), "a folder this young may be one that is just being made"
    os.utime(left, (time.time() - 2 * STALE,) * 2)
    sweep(run.temporary)
    assert not left.exists()
    assert not home.run.exists()


def test_folders_in_use_and_of_others_are_not_swept(tmp_path):
    long_ago = (time.time() - 2 * STALE,) * 2
    for name in ("used", "foreign", "closed"):
        (tmp_path / f"{PREFIX}{name}").mkdir()
    held = take_lock(tmp_path / f"{PREFIX}used" / "run.lock")
    (tmp_path / f"{PREFIX}closed" / "run.lock").mkdir()
    os.chown(tmp_path / f"{PREFIX}foreign", 12345, -1)
    for place in tmp_path.iterdir():
        os.utime(place, long_ago)
    sweep(tmp_path)
    os.close(held)
    assert len(list(tmp_path.iterdir())) == 3
