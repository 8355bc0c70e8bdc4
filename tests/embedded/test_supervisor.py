import os
import signal
import socket
import sys
import threading
import time

import pytest

from apps.embedded import EmbeddedError, Program, Supervisor, listen
from tests.embedded.conftest import eventually, processes

SLEEP = "import time; time.sleep(60)"


def python(name, text, **options):
    return Program(name, [sys.executable, "-u", "-c", text], **options)


@pytest.fixture
def supervise(tmp_path):
    """Makes a supervisor that is stopped at the end; what it says is in `.said`."""
    made = []

    def make(*programs, **options):
        said = []
        options = {"backoff": 0.1, "echo": lambda name, line: said.append((name, line))} | options
        supervisor = Supervisor(programs, log=tmp_path / "log", **options)
        supervisor.said = said
        made.append(supervisor)
        return supervisor

    yield make
    for supervisor in made:
        supervisor.stop()


def turns_until(supervisor, question, wait=60.0):
    deadline = time.monotonic() + wait
    while not question():
        assert time.monotonic() < deadline, supervisor.said
        supervisor.turn(0.02)


def test_programs_start_in_order_and_stop_in_reverse(supervise, tmp_path):
    diary = tmp_path / "diary"
    text = f"""
import signal, sys, time
def write(word): open({str(diary)!r}, "a").write(word + " ")
def stop(*_): write("-NAME"); sys.exit()
signal.signal(signal.SIGTERM, stop); time.sleep(0.05); write("+NAME"); time.sleep(60)
"""

    def noted(name):
        return lambda: diary.exists() and f"+{name}" in diary.read_text()

    programs = [
        python(name, text.replace("NAME", name), ready=noted(name))
        for name in ("web", "worker", "beat")
    ]
    with supervise(*programs) as supervisor:
        supervisor.start()
    assert diary.read_text().split() == ["+web", "+worker", "+beat", "-beat", "-worker", "-web"]


def test_what_a_program_says_is_logged_and_echoed_line_by_line(supervise, tmp_path):
    text = (
        "import sys; sys.stdout.write('one\\ntwo'); sys.stdout.flush(); sys.stderr.write('!\\n3')"
    )
    supervisor = supervise(python("web", text), backoff=60)
    supervisor.start()
    turns_until(supervisor, lambda: len(supervisor.said) == 3)
    assert supervisor.said == [("web", b"one"), ("web", b"two!"), ("web", b"3")]
    assert (tmp_path / "log" / "web.log").read_text() == "one\ntwo!\n3\n"


def test_a_program_that_closed_its_output_is_still_looked_after(supervise):
    supervisor = supervise(python("web", f"import os; os.close(1); os.close(2); {SLEEP}"))
    supervisor.start()
    first = supervisor["web"].pid
    turns_until(supervisor, lambda: not supervisor._selector.get_map())
    supervisor.turn(0.01)
    os.kill(first, signal.SIGKILL)
    turns_until(supervisor, lambda: supervisor["web"].starts == 2)


def test_what_dies_is_started_again_after_a_pause(supervise):
    supervisor = supervise(python("web", SLEEP), python("worker", SLEEP), backoff=0.3)
    supervisor.start()
    web, worker = supervisor["web"].pid, supervisor["worker"].pid
    begin = time.monotonic()
    os.kill(web, signal.SIGKILL)
    turns_until(supervisor, lambda: supervisor["web"].pid is None)
    turns_until(supervisor, lambda: supervisor["web"].pid is not None)
    assert time.monotonic() - begin >= 0.3
    assert supervisor["web"].pid != web
    assert supervisor["worker"].pid == worker


def test_children_of_a_killed_program_end_with_it(supervise, tmp_path):
    marker = f"marker-{os.getpid()}-{tmp_path.name}"
    child = f"import time; '{marker}'; time.sleep(60)"
    text = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}]); {SLEEP}"
    supervisor = supervise(python("worker", text), backoff=60)
    supervisor.start()
    assert eventually(lambda: len(processes(marker)) == 2)
    os.kill(supervisor["worker"].pid, signal.SIGKILL)
    turns_until(supervisor, lambda: supervisor["worker"].pid is None)
    assert eventually(lambda: processes(marker) == [])


def test_the_stubborn_are_killed(supervise):
    text = "import signal,time; signal.signal(15, signal.SIG_IGN); print('deaf'); time.sleep(60)"
    supervisor = supervise(python("web", text, stop_wait=0.2))
    supervisor.start()
    turns_until(supervisor, lambda: supervisor.said)
    child = supervisor["web"].child
    supervisor.stop()
    assert child.returncode == -signal.SIGKILL


def test_one_program_is_restarted_alone(supervise):
    supervisor = supervise(python("web", SLEEP), python("beat", SLEEP))
    supervisor.start()
    web, beat = supervisor["web"].pid, supervisor["beat"].pid
    supervisor.restart("web")
    assert supervisor["web"].pid not in (None, web)
    assert supervisor["beat"].pid == beat


SERVES = """
import os, pathlib, socket, sys, time
folder = pathlib.Path(sys.argv[1])
if (folder / "broken").exists():
    sys.exit(3)
if address := os.environ.get("NOTIFY_SOCKET"):
    os.kill(int((folder / "pid").read_text()), 0)
    line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    line.connect(address)
    line.send(b"STATUS=Loading")
    line.send(b"READY=1\\nSTATUS=Serving")
(folder / "pid").write_text(str(os.getpid()))
time.sleep(60)
"""


def test_one_that_notifies_comes_up_beside_the_old_one(supervise, tmp_path):
    command = [sys.executable, "-u", "-c", SERVES, tmp_path]
    supervisor = supervise(
        Program("web", command, ready=(tmp_path / "pid").exists, notifies=True),
    )
    supervisor.start()
    eventually((tmp_path / "pid").read_text)
    old = supervisor["web"].child
    supervisor.restart("web")
    assert old.returncode == -signal.SIGTERM
    assert supervisor["web"].pid != old.pid
    assert supervisor["web"].starts == 2


def test_the_old_one_goes_on_where_the_new_one_fails(supervise, tmp_path):
    command = [sys.executable, "-u", "-c", SERVES, tmp_path]
    supervisor = supervise(
        Program("web", command, ready=(tmp_path / "pid").exists, notifies=True),
    )
    supervisor.start()
    (tmp_path / "broken").touch()
    old = supervisor["web"].child
    with pytest.raises(EmbeddedError, match=r"^web ended with code 3; see its log\.$"):
        supervisor.restart("web")
    assert supervisor["web"].child is old
    assert old.poll() is None


def test_a_program_never_ready_is_one_sentence(supervise):
    late = supervise(python("web", SLEEP, ready=lambda: False, ready_wait=0.2))
    with pytest.raises(EmbeddedError, match=r"^web was not ready in 0.2 s\.$"):
        late.start()
    broken = supervise(python("web", "raise SystemExit(3)", ready=lambda: False))
    with pytest.raises(EmbeddedError, match=r"^web ended with code 3; see its log\.$"):
        broken.start()


def test_a_program_that_is_not_there_is_one_sentence(supervise, tmp_path):
    with pytest.raises(EmbeddedError, match=r"web cannot be started: .*none"):
        supervise(Program("web", [tmp_path / "none"])).start()


def test_a_program_that_went_missing_is_tried_again(supervise, tmp_path):
    place = tmp_path / "web"
    place.symlink_to(sys.executable)
    supervisor = supervise(Program("web", [place, "-c", ""]), backoff=0.05)
    supervisor.start()
    place.unlink()
    turns_until(supervisor, lambda: any(name == "supervisor" for name, _ in supervisor.said))
    place.symlink_to(sys.executable)
    starts = supervisor["web"].starts
    turns_until(supervisor, lambda: supervisor["web"].starts > starts)


def test_the_servers_are_tended_once_a_second_and_refusals_are_told(supervise):
    calls = []

    def tend():
        calls.append(time.monotonic())
        raise EmbeddedError("The disk is full.")

    supervisor = supervise(tend=tend)
    begin = time.monotonic()
    turns_until(supervisor, lambda: len(calls) == 2)
    assert calls[1] - begin >= 1
    assert supervisor.said == [("supervisor", b"The disk is full.")] * 2


def test_a_server_comes_back_while_a_program_waits_for_it(supervise):
    back = []
    web = python("web", SLEEP, ready=lambda: bool(back), ready_wait=30)
    supervisor = supervise(web, tend=lambda: back.append("PostgreSQL"))
    supervisor.start()
    back.clear()
    supervisor.restart("web")
    assert back
    back.clear()
    supervisor.stop()
    assert not back


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_and_everything_in_it(supervise, number):
    supervisor = supervise(python("web", SLEEP))
    supervisor.start()
    child, before = supervisor["web"].child, signal.getsignal(number)
    threading.Timer(0.2, os.kill, (os.getpid(), number)).start()
    supervisor.run()
    assert child.returncode == -signal.SIGTERM
    assert signal.getsignal(number) is before


@pytest.mark.fault
def test_a_killed_supervisor_leaves_no_process(other, tmp_path):
    marker = f"marker-{os.getpid()}-{tmp_path.name}"
    child = other(f"""
import sys
from pathlib import Path
with services(home, durable=False) as ours:
    text = "import time; {marker!r}; time.sleep(60)"
    programs = [Program(name, [sys.executable, "-c", text]) for name in ("web", "worker")]
    supervisor = Supervisor(programs, log=home.log, tend=ours.ensure)
    supervisor.start()
    print([server.number() for server in ours.servers])
    supervisor.run()
""")
    servers = [int(number) for number in child.stdout.readline().strip(" []\n").split(",")]
    started = [number for number in processes(marker) if number != child.pid]
    assert len(started) == 2
    child.kill()
    child.wait()

    def gone(number):
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return True
        return False

    assert eventually(lambda: all(gone(number) for number in [*servers, *started]))


# It leaves between two answers only, as a server does that finishes what it took on.
SERVE = """
import os, signal, socket
held = socket.socket(fileno=FD)
held.settimeout(0.05)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
while signal.SIGTERM not in signal.sigpending():
    try:
        talk, _ = held.accept()
    except TimeoutError:
        continue
    talk.sendall(str(os.getpid()).encode())
    talk.close()
"""


def test_nobody_is_refused_while_a_program_with_a_held_socket_restarts(supervise):
    with listen("127.0.0.1", 0) as held:
        number, port = held.fileno(), held.getsockname()[1]
        supervisor = supervise(python("web", SERVE.replace("FD", str(number)), pass_fds=[number]))
        answers, over = [], threading.Event()

        def client():
            while not over.is_set():
                try:
                    with socket.create_connection(("127.0.0.1", port), timeout=60) as talk:
                        answers.append(talk.recv(20).decode())
                except OSError as refused:
                    answers.append(repr(refused))
                time.sleep(0.002)

        supervisor.start()
        thread = threading.Thread(target=client)
        thread.start()
        for _ in range(3):
            turns_until(supervisor, lambda: str(supervisor["web"].pid) in answers)
            supervisor.restart("web")
        turns_until(supervisor, lambda: str(supervisor["web"].pid) in answers)
        over.set()
        thread.join()
    assert all(answer.isdigit() for answer in answers), set(answers)
    assert len(set(answers)) == 4


def test_a_port_in_use_is_one_sentence():
    with listen("127.0.0.1", 0) as held:
        port = held.getsockname()[1]
        with pytest.raises(EmbeddedError, match=rf"^Port {port} cannot be used .*PORT=\.$"):
            listen("127.0.0.1", port)
