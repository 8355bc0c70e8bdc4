"""Of demos there is one in a home, until its servers have stopped."""

import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest

from apps.embedded import EmbeddedError, say_where
from apps.embedded.alone import alone
from apps.embedded.home import PROJECT

HOLDS = """
import sys
from apps.embedded import Home, say_where
from apps.embedded.alone import alone
home = Home.at(sys.argv[1])
with alone(home):
    say_where(home, sys.argv[2])
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another(home, where):
    """A demo in another process, until its standard input is closed."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(home.path), where],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout.readline() == "held\n"
        yield child


def test_beside_a_running_one_a_second_says_where_it_runs(home):
    with (
        another(home, "http://localhost:8000"),
        pytest.raises(EmbeddedError, match="already, at http://localhost:8000: stop it"),
        alone(home, grace=0),
    ):
        pass


def test_a_second_waits_for_one_that_is_about_to_end(home):
    with another(home, "") as first:
        later = threading.Timer(0.3, first.stdin.close)
        later.start()
        with alone(home, grace=0):
            assert first.wait() == 0
            say_where(home, "http://localhost:8001")
        later.join()
    with alone(home, grace=0):  # what the last one said is not believed
        pass


def test_one_that_neither_comes_up_nor_ends_is_not_waited_for_for_ever(home):
    with (
        another(home, ""),
        pytest.raises(EmbeddedError, match="neither comes up nor ends"),
        alone(home, patience=0),
    ):
        pass


def test_one_that_was_running_is_given_a_moment_to_end(home):
    with another(home, "http://localhost:8000") as first:
        first.stdin.close()
        with alone(home, grace=60):
            pass
