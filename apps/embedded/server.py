"""What the embedded servers share: attach to a running one, else start it; stop only one's own."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from apps.embedded import process
from apps.embedded.errors import EmbeddedError
from apps.embedded.home import Home


class Server:
    """One server program of a home, used by any number of processes, started by one of them."""

    title: ClassVar[str]
    name: ClassVar[str]
    stop_signal: ClassVar[int] = signal.SIGTERM
    start_wait: ClassVar[float] = 120.0  # seconds; recovery after a crash is part of it
    stop_wait: ClassVar[float] = 60.0

    def __init__(self, home: Home, *, durable: bool = True) -> None:
        self.home = home
        self.durable = durable
        self._child: subprocess.Popen[bytes] | None = None
        self._owner = 0

    # What each server says for itself.

    def prepare(self) -> None:
        """Make ready what the program needs; called under the lock, with no server alive."""
        raise NotImplementedError

    def command(self) -> list[str | Path]:
        """The program and its arguments."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether the server takes work now."""
        raise NotImplementedError

    def number(self) -> int | None:
        """The number of the server's process, None when it left none."""
        try:
            return int(self.pid_file.read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None

    @property
    def pid_file(self) -> Path:
        """Where the server writes its number."""
        raise NotImplementedError

    def as_user(self) -> Callable[[], None] | None:
        """How the program stops being root, when it must."""
        return None

    # What they have in common.

    @property
    def lock(self) -> Path:
        """Held by the server's processes for as long as one of them lives."""
        return self.home.path / f"{self.name}.lock"

    @property
    def log(self) -> Path:
        """Where the server writes what happens to it."""
        return self.home.log / f"{self.name}.log"

    @property
    def started_here(self) -> bool:
        """Whether this process started the server and so will stop it."""
        return self._child is not None and self._owner == os.getpid()

    def ensure(self) -> None:
        """Attach to the running server or start it; raises EmbeddedError with the reason."""
        if self.started_here and self._child is not None and self._child.poll() is None:
            return
        deadline = time.monotonic() + self.start_wait
        while not self.answers():
            self.home.make()
            held = process.take_lock(self.lock)
            if held is not None:
                try:
                    self._launch(held, deadline)
                finally:
                    os.close(held)
                return
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    f"{self.title} in {self.home.path} neither answers nor ends; see {self.log}."
                )
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop the server if this process started it."""
        child, self._child = (self._child, None) if self.started_here else (None, self._child)
        if child is not None:
            process.end(child, stop_signal=self.stop_signal, wait=self.stop_wait)

    def halt(self) -> None:
        """Stop the server, whoever started it, and wait until it is gone."""
        number = self.number()
        deadline = time.monotonic() + self.stop_wait
        while number is not None and self.alive():
            os.kill(number, self.stop_signal)
            if time.monotonic() > deadline:
                raise EmbeddedError(f"{self.title} (process {number}) does not stop.")
            time.sleep(0.1)

    def alive(self) -> bool:
        """Whether any process of the server lives, answering or not."""
        if not self.lock.exists():
            return False
        held = process.take_lock(self.lock)
        if held is not None:
            os.close(held)
        return held is None

    def _launch(self, held: int, deadline: float) -> None:
        try:
            self.prepare()
        except OSError as refused:
            raise EmbeddedError(f"{self.title} cannot be started: {refused}.") from refused
        with process.open_log(self.log) as log:
            begin = log.tell()
            self._owner = os.getpid()
            self._child = process.spawn(
                self.command(),
                death_signal=self.stop_signal,
                as_user=self.as_user(),
                output=log,
                pass_fds=(held,),
            )
        try:
            while not self.answers():
                if self._child.poll() is not None:
                    raise EmbeddedError(f"{self.title} did not start: {self._last_words(begin)}")
                if time.monotonic() > deadline:
                    raise EmbeddedError(f"{self.title} does not answer; see {self.log}.")
                time.sleep(0.01)
        except BaseException:
            self.stop()
            raise

    def _last_words(self, begin: int) -> str:
        with self.log.open("rb") as log:
            log.seek(begin)
            lines = log.read().decode(errors="replace").strip().splitlines()
        told = [line for line in lines if "FATAL" in line or "rror" in line] or lines
        return f"{told[-1].strip()} ({self.log})" if told else f"see {self.log}."
