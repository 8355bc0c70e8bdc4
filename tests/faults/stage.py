"""The stage: a private PostgreSQL and Valkey, the portal's processes, and the sinks."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from apps.embedded import Home, Program, Services, Supervisor, listen
from apps.embedded.server import Server
from apps.portal.processes import MANAGE, ROOT, environment, web_command, worker_command
from tests.tickets.dovecot import AVAILABLE, running

CHILDREN = 3  # of each worker
WORKERS = ("worker-1", "worker-2")
BEATS = ("beat-1", "beat-2")
FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


class Stage:
    """Everything that runs, by name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = Home.at(folder / "home")
        self.services = Services(self.home, durable=True)
        self.left_alone: Server | None = None  # not brought back for now
        self.socket = listen("127.0.0.1", 0)
        self.port = self.socket.getsockname()[1]
        self.sinks: subprocess.Popen[bytes] | None = None
        self.supervisor: Supervisor | None = None
        self.mail_port = self.http_port = 0
        self.imap_port: int | None = None

    def open(self) -> None:
        """Start everything; returns when the portal answers."""
        self.services.ensure()
        self._start_sinks()
        os.environ.update(self._environ())
        subprocess.run([sys.executable, MANAGE, "migrate", "-v0"], check=True, cwd=ROOT)
        self.supervisor = Supervisor(
            self._programs(), log=self.home.log, tend=self._tend, cwd=ROOT, backoff=1.0
        )
        self.supervisor.start()

    def close(self) -> None:
        """Stop everything."""
        if self.supervisor is not None:
            self.supervisor.stop()
        if self.sinks is not None:
            self.sinks.kill()
            self.sinks.wait()
        for server in self.services.servers:
            with suppress(ProcessLookupError, TypeError):
                os.kill(server.number(), signal.SIGCONT)
        self.services.stop()
        self.socket.close()

    def turn(self, wait: float = 0.1) -> None:
        """Let the supervisor look at everything once."""
        self.supervisor.turn(wait)

    def play(self, seconds: float) -> None:
        """Let time pass while the supervisor works."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.turn()

    def dial(self, **modes: str) -> None:
        """Set what the sinks do to their guests."""
        line = HTTPConnection("127.0.0.1", self.http_port, timeout=10)
        line.request("POST", "/dial", json.dumps(modes))
        line.getresponse().read()
        line.close()

    def answers(self) -> bool:
        """Whether the portal is ready."""
        line = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            line.request("GET", "/healthz/ready", headers={"Host": "localhost"})
            return line.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            line.close()

    def tree(self, name: str) -> list[int]:
        """The numbers of a program's processes, the first one first."""
        top = self.supervisor[name].pid
        return [] if top is None else [top, *_below(top)]

    def shift_clock(self, name: str, seconds: int) -> None:
        """From its next start on, a program lives in another time; 0 puts it right."""
        running = self.supervisor[name]
        env = environment("worker")
        if seconds:
            env |= {
                "LD_PRELOAD": str(FAKETIME),
                "FAKETIME": f"{seconds:+d}s",
                "DONT_FAKE_MONOTONIC": "1",
            }
        running.program = replace(running.program, env=env)

    def _tend(self) -> None:
        for server in self.services.servers:
            if server is not self.left_alone:
                server.ensure()

    def _start_sinks(self) -> None:
        self.sinks = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.sinks", str(self.folder)], cwd=ROOT
        )
        ports = self.folder / "ports"
        while not ports.exists():
            time.sleep(0.05)
        self.mail_port, self.http_port = json.loads(ports.read_text())

    def _environ(self) -> dict[str, str]:
        return {
            **self.services.environ,
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "AFTERLAUNCH_HOME": str(self.home.path),
            "PORT": str(self.port),
            "SMTP_PORT": str(self.mail_port),
            "INTERNAL_HOSTS": ",".join(
                f"{host}:{port}"
                for host in ("127.0.0.1", "localhost")
                for port in (self.http_port, self.imap_port)
                if port
            ),
            "WORKER_CONCURRENCY": str(CHILDREN * len(WORKERS)),
            "WEB_WORKERS": "2",
        }

    def _programs(self) -> list[Program]:
        socket = self.socket.fileno()
        manage = [sys.executable, MANAGE]
        return [
            Program(
                "web",
                web_command(f"fd://{socket}"),
                env=environment("web"),
                pass_fds=[socket],
                ready=self.answers,
                notifies=True,
                stop_wait=25,
            ),
            *(
                Program(name, [*worker_command(CHILDREN), "-n", name], env=environment("worker"))
                for name in WORKERS
            ),
            Program("relay", [*manage, "relay"], env=environment("relay")),
            *(Program(name, [*manage, "beat"], env=environment("beat")) for name in BEATS),
        ]


def _below(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *_below(int(child))]
    return found


@contextmanager
def staged(folder: Path) -> Iterator[Stage]:
    """A stage, closed at the end."""
    stage = Stage(folder)
    with ExitStack() as around:
        around.callback(stage.close)
        if AVAILABLE:
            stage.imap_port = around.enter_context(running()).port
        stage.open()
        yield stage
