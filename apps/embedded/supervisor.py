"""Keeps the programs of one machine running: started in order, stopped in reverse."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from apps.embedded import process
from apps.embedded.errors import EmbeddedError

BACKOFF = 1.0  # seconds before a program that ended is started again
TURN = 0.2  # seconds between two looks at the programs


@dataclass(frozen=True)
class Program:
    """What to run, and how to tell that it is ready and that it must go."""

    name: str
    command: Sequence[str | Path]
    env: dict[str, str] = field(default_factory=dict)  # added to this process's own
    pass_fds: Sequence[int] = ()
    ready: Callable[[], bool] | None = None  # asked until it says yes; None is ready at once
    ready_wait: float = 60.0
    notifies: bool = False  # says READY=1 to NOTIFY_SOCKET once it serves, as systemd asks for it
    stop_signal: int = signal.SIGTERM
    stop_wait: float = 20.0


class Running:
    """One program and its present process, if it has one."""

    def __init__(self, program: Program, log: IO[bytes], say: Callable[[str, bytes], None]) -> None:
        self.program = program
        self.log = log
        self.child: subprocess.Popen[bytes] | None = None
        self.due = 0.0  # the monotonic second of the next start
        self.starts = 0
        self._say = say
        self._tail = b""

    @property
    def pid(self) -> int | None:
        """The number of the process, None while there is none."""
        return self.child.pid if self.child else None

    @property
    def output(self) -> IO[bytes]:
        """The reading end of what the process prints."""
        assert self.child is not None
        assert self.child.stdout is not None
        return self.child.stdout

    def start(self, cwd: Path | None, **env: str) -> None:
        """Start a process; raises EmbeddedError when there is nothing to start."""
        try:
            self.child = process.spawn(
                self.program.command,
                death_signal=self.program.stop_signal,
                output=subprocess.PIPE,
                pass_fds=self.program.pass_fds,
                env={**os.environ, **self.program.env, **env},
                cwd=cwd,
            )
        except OSError as refused:
            raise EmbeddedError(f"{self.program.name} cannot be started: {refused}.") from refused
        os.set_blocking(self.output.fileno(), False)
        self.starts += 1

    def read(self) -> int:
        """Pass on what it said: how many bytes, 0 at the end, -1 when there is nothing now."""
        try:
            said = os.read(self.output.fileno(), 65536)
        except BlockingIOError:
            return -1
        *lines, self._tail = (self._tail + said).split(b"\n")
        if not said and self._tail:
            lines, self._tail = [*lines, self._tail], b""
        for line in lines:
            with contextlib.suppress(OSError):  # a full disk ends nothing that runs
                self.log.write(line + b"\n")
            self._say(self.program.name, line)
        return len(said)


class Supervisor:
    """
    Named programs, kept running until told to stop.

    To be used from the main thread. What a program prints goes to `log/NAME.log`, and line by
    line to `echo(name, line)` when given. `tend` is called about once a second: the place to bring
    back an embedded server; an EmbeddedError in it is told and tried again.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        log: Path,
        echo: Callable[[str, bytes], None] | None = None,
        tend: Callable[[], None] | None = None,
        backoff: float = BACKOFF,
        cwd: Path | None = None,
    ) -> None:
        log.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._say = echo or (lambda name, line: None)
        self._running = {
            program.name: Running(program, process.open_log(log / f"{program.name}.log"), self._say)
            for program in programs
        }
        self._selector = selectors.DefaultSelector()
        self._tend = tend
        self._tended = 0.0
        self._backoff = backoff
        self._cwd = cwd
        self._stopping = False

    def __enter__(self) -> Supervisor:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __getitem__(self, name: str) -> Running:
        return self._running[name]

    def start(self) -> None:
        """Start every program in order, each when the one before is ready."""
        for running in self._running.values():
            self._start(running)
            self._await(running, running.program.ready)

    def run(self) -> None:
        """Keep the programs alive until SIGINT, SIGTERM or `leave()`; then stop them."""
        before = {
            number: signal.signal(number, lambda *_: self.leave())
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            while not self._stopping:
                self.turn()
        finally:
            # A second Ctrl-C must not leave programs behind.
            for number in before:
                signal.signal(number, signal.SIG_IGN)
            self.stop()
            for number, handler in before.items():
                signal.signal(number, handler)

    def leave(self) -> None:
        """Make `run()` come to its end."""
        self._stopping = True

    def turn(self, wait: float = TURN) -> None:
        """One look at everything: pass on output, start again what ended, tend the servers."""
        self._listen(wait)
        now = time.monotonic()
        for running in self._running.values():
            if running.child is not None and running.child.poll() is not None:
                self._bury(running)
                running.due = now + self._backoff
            elif running.child is None and running.starts and now >= running.due:
                self._start_again(running)
        self._tend_servers()

    def restart(self, name: str) -> None:
        """
        Stop one program, start it again and wait until it is ready.

        One that notifies is started beside the old one, which serves until then, and goes on
        serving where the new one raises EmbeddedError.
        """
        running = self._running[name]
        if running.program.notifies:
            self._running[name] = self._start_beside(running)
            self._end(running)
        else:
            self._end(running)
            self._start(running)
            self._await(running, running.program.ready)

    def stop(self) -> None:
        """Stop every program, the last started first; no server is brought back any more."""
        self._tend = None
        for running in reversed(self._running.values()):
            self._end(running)
            running.starts = 0
            running.log.close()
        self._selector.close()
        self._running.clear()

    def _tend_servers(self) -> None:
        now = time.monotonic()
        if self._tend and now - self._tended >= 1.0:
            self._tended = now
            try:
                self._tend()
            except EmbeddedError as refused:
                self._say("supervisor", str(refused).encode())

    def _start(self, running: Running, **env: str) -> None:
        running.start(self._cwd, **env)
        self._selector.register(running.output, selectors.EVENT_READ, running)

    def _start_again(self, running: Running) -> None:
        try:
            self._start(running)
        except EmbeddedError as refused:
            self._say("supervisor", str(refused).encode())
            running.due = time.monotonic() + self._backoff

    def _start_beside(self, old: Running) -> Running:
        fresh = Running(old.program, old.log, self._say)
        fresh.starts = old.starts
        with hearing() as (address, heard):
            self._start(fresh, NOTIFY_SOCKET=address)
            try:
                self._await(fresh, heard)
            except EmbeddedError:
                self._end(fresh)
                raise
        return fresh

    def _await(self, running: Running, ready: Callable[[], bool] | None) -> None:
        program, deadline = running.program, time.monotonic() + running.program.ready_wait
        while ready and not ready():
            if running.child is not None and running.child.poll() is not None:
                code = running.child.returncode
                self._bury(running)
                raise EmbeddedError(f"{program.name} ended with code {code}; see its log.")
            if time.monotonic() > deadline:
                raise EmbeddedError(f"{program.name} was not ready in {program.ready_wait:g} s.")
            self._tend_servers()  # a program may be waiting for a server that has gone
            self._listen(0.05)

    def _listen(self, wait: float) -> None:
        if not self._selector.get_map():
            time.sleep(wait)
            return
        for key, _ in self._selector.select(wait):
            if key.data.read() == 0:
                self._selector.unregister(key.fileobj)

    def _end(self, running: Running) -> None:
        child = running.child
        if child is None:
            return
        if child.poll() is None:
            child.send_signal(running.program.stop_signal)
        deadline = time.monotonic() + running.program.stop_wait
        while child.poll() is None and time.monotonic() < deadline:
            self._tend_servers()
            self._listen(0.02)
        self._bury(running)

    def _bury(self, running: Running) -> None:
        """See to it that nothing is left of a process: no children, no unheard last words."""
        child, output = running.child, running.output
        assert child is not None
        process.kill_group(child)
        child.wait()
        while running.read() > 0:
            pass
        with contextlib.suppress(KeyError):  # it may have closed its output before
            self._selector.unregister(output)
        output.close()
        running.child = None


@contextlib.contextmanager
def hearing() -> Iterator[tuple[str, Callable[[], bool]]]:
    """An address for NOTIFY_SOCKET, and whether somebody said READY=1 there."""
    with (
        tempfile.TemporaryDirectory(prefix="notify-") as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear,
    ):
        address = f"{folder}/socket"
        ear.bind(address)
        ear.setblocking(False)

        def heard() -> bool:
            try:
                return b"READY=1" in ear.recv(4096).split(b"\n")
            except BlockingIOError:
                return False

        yield address, heard


def listen(host: str, port: int, *, backlog: int = 1024) -> socket.socket:
    """
    Open a listening socket for a program to inherit, so that its restarts refuse nobody.

    Connections wait in the backlog while the program is away. Port 0 takes any free port.
    """
    held = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind((host, port))
        held.listen(backlog)
    except (OSError, OverflowError) as refused:
        held.close()
        why = getattr(refused, "strerror", "") or "there are 65535"
        raise EmbeddedError(f"Port {port} cannot be used ({why}): name another with PORT=.") from (
            refused
        )
    held.set_inheritable(True)
    return held
