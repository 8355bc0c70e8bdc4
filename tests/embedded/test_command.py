import os
import signal
import subprocess
import sys

import pytest

from apps.embedded import Services, database_url, process, redis_url, say_where
from apps.embedded.command import lent, needs_servers
from apps.embedded.home import PROJECT


@pytest.mark.parametrize(
    ("line", "needed"),
    [
        ("", False),
        ("help", False),
        ("--version", False),
        ("version", False),
        ("migrate --help", False),
        ("migrate", True),
        ("demo", True),
        ("shell", True),
        ("makemigrations --check", True),
        ("import_tickets file.csv", True),
        ("assess_sla", True),
        ("replay_sla scenario.json", False),
        ("replay_slo -", False),
        ("check", False),
        ("check --deploy", False),
        ("check --database default", True),
        ("check --database=default", True),
        ("collectstatic --noinput", False),
        ("spectacular", False),
        ("diffsettings", False),
        ("makemessages", False),
    ],
)
def test_which_commands_are_lent_servers(line, needed):
    assert needs_servers(["manage.py", *line.split()]) is needed


@pytest.fixture
def nothing_given(monkeypatch, home):
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.setenv(name, "taken back at the end")
        monkeypatch.delenv(name)
    monkeypatch.setenv("AFTERLAUNCH_HOME", str(home.path))
    before = signal.getsignal(signal.SIGTERM)
    yield home
    signal.signal(signal.SIGTERM, before)


def running(home):
    return [server.name for server in Services(home).servers if server.answers()]


def test_a_given_database_is_used_and_nothing_is_started(nothing_given, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://there/db")
    with lent(["manage.py", "migrate"]):
        assert os.environ["DATABASE_URL"] == "postgresql://there/db"
        assert "REDIS_URL" not in os.environ
        assert running(nothing_given) == []


def test_a_bare_command_knows_the_addresses_and_starts_nothing(nothing_given):
    with lent(["manage.py", "check"]):
        assert os.environ["DATABASE_URL"] == database_url(nothing_given)
        assert os.environ["REDIS_URL"] == redis_url(nothing_given)
        assert running(nothing_given) == []


def test_a_command_is_lent_servers_for_as_long_as_it_runs(nothing_given):
    with lent(["manage.py", "migrate"]):
        assert running(nothing_given) == ["postgres", "valkey"]
    assert running(nothing_given) == []


def test_a_given_broker_is_kept(nothing_given, monkeypatch):
    monkeypatch.setenv("REDIS_URL", "redis://there")
    with lent(["manage.py", "migrate"]):
        assert running(nothing_given) == ["postgres"]
        assert os.environ["REDIS_URL"] == "redis://there"


# manage.py with a command of ours in Django's place, which then needs no settings.
STAND_IN = """
import django.core.management, manage, sys, time
from django.db import ProgrammingError
def command(argv):
    print("ready", flush=True)
    if argv[1] == "wait":
        time.sleep(60)
    if argv[1] == "fail":
        cause = Exception()
        cause.sqlstate = argv[2]
        raise ProgrammingError("a mistake of ours") from cause
django.core.management.execute_from_command_line = command
manage.main()
"""


def manage(home, *words, program=("-c", STAND_IN), settings="none"):
    given = ("DATABASE_URL", "REDIS_URL")
    env = {name: value for name, value in os.environ.items() if name not in given}
    return subprocess.Popen(
        [sys.executable, *program, *words],
        cwd=PROJECT,
        env=env | {"AFTERLAUNCH_HOME": str(home.path), "DJANGO_SETTINGS_MODULE": settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_terminated_command_stops_what_it_started(home):
    child = manage(home, "wait")
    assert child.stdout.readline() == "ready\n"
    assert running(home) == ["postgres", "valkey"]
    child.terminate()
    assert child.communicate(timeout=120)[1] == ""
    assert child.returncode == 128 + signal.SIGTERM
    assert running(home) == []


def test_an_interrupted_command_says_so_and_stops_what_it_started(home):
    child = manage(home, "wait")
    assert child.stdout.readline() == "ready\n"
    child.send_signal(signal.SIGINT)
    assert child.communicate(timeout=120)[1] == "\nStopped.\n"
    assert child.returncode == 130
    assert running(home) == []


def test_a_port_that_is_no_number_is_one_sentence(empty, monkeypatch):
    monkeypatch.setenv("PORT", "http")
    child = manage(empty, "check", program=["manage.py"], settings="config.settings.demo")
    assert child.communicate(timeout=120)[1] == "PORT must be a whole number, not “http”.\n"
    assert child.returncode == 1


def test_a_second_demo_beside_one_is_told_where_it_runs(nothing_given):
    with lent(["manage.py", "demo"]):
        assert running(nothing_given) == ["postgres", "valkey"]
        say_where(nothing_given, "http://localhost:8123")
        _, told = manage(nothing_given, "demo").communicate(timeout=120)
        assert "already, at http://localhost:8123: stop it first" in told
        assert told.count("\n") == 1


def test_servers_that_cannot_be_had_are_one_sentence(empty):
    data = empty.path / "postgres"
    data.mkdir()
    (data / "PG_VERSION").write_text("9\n")
    child = manage(empty, "migrate")
    _, told = child.communicate(timeout=120)
    assert child.returncode == 1
    assert told.startswith("The data here were written by PostgreSQL 9, which is not on")
    assert told.count("\n") == 1


@pytest.mark.parametrize("command", ["clearsessions", "roll_up", "rebuild_sla"])
def test_a_missing_schema_is_one_sentence(home, command):
    """A table is missing, a function of ours, or either is in a process of its own."""
    child = manage(home, command, program=["manage.py"], settings="config.settings.test")
    said, told = child.communicate(timeout=120)
    assert (child.returncode, said) == (1, "")
    assert told == "The database has not all its tables: run manage.py migrate first.\n"


@pytest.mark.parametrize("cause", ["42703", None])
def test_other_errors_of_the_database_are_shown_whole(home, cause):
    child = manage(home, "fail", cause or "")
    _, told = child.communicate(timeout=120)
    assert told.strip().endswith("django.db.utils.ProgrammingError: a mistake of ours")


def test_replaying_a_scenario_starts_nothing(home):
    child = manage(home, "replay_sla")
    assert child.communicate(timeout=120) == ("ready\n", "")
    assert not any(process.take_lock(lock) is None for lock in home.path.glob("*.lock"))
    assert not home.run.exists()
