"""Starting a program that dies with its parent, is not root, and holds a lock while it lives."""

from __future__ import annotations

import ctypes
import fcntl
import functools
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import IO

from apps.embedded.errors import EmbeddedError
from apps.embedded.home import NOBODY

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
LOG_BYTES = 10_000_000

# Loaded before any fork: between fork and exec a child must not import.
_libc = ctypes.CDLL(None, use_errno=True)


def enter_user_namespace() -> None:
    """Become an ordinary user inside a namespace of one's own; files stay root's outside it."""
    if _libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text("1000 0 1\n")
    Path("/proc/self/gid_map").write_text("1000 0 1\n")


def become_nobody() -> None:
    """Give up root for good."""
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


@functools.cache
def user_namespaces_work() -> bool:
    """Whether root may enter a user namespace here; containers often forbid it."""
    return sys.platform == "linux" and runs(["true"], as_user=enter_user_namespace)


def demotion() -> Callable[[], None] | None:
    """How a child of this process stops being root; None when it is not root to begin with."""
    if os.geteuid() != 0:
        return None
    return enter_user_namespace if user_namespaces_work() else become_nobody


def runs(command: Sequence[str | Path], *, as_user: Callable[[], None] | None) -> bool:
    """Whether a command ends well as that user."""
    try:
        done = subprocess.run(  # noqa: S603  # our own programs
            command,
            preexec_fn=as_user,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def spawn(
    command: Sequence[str | Path],
    *,
    death_signal: int,
    as_user: Callable[[], None] | None = None,
    output: IO[bytes] | int | None = None,
    pass_fds: Iterable[int] = (),
    env: dict[str, str] | None = None,
    cwd: Path | None = None,
    stdin: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """
    Start a program in a session of its own, so that Ctrl-C reaches only us.

    On Linux the kernel sends it `death_signal` when this process is gone, however it went.
    Raises RuntimeError off the main thread: that signal follows the thread that forked.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("Programs are started from the main thread: they would die with it.")
    parent = os.getpid()

    def before_exec() -> None:
        if as_user:
            as_user()
        if sys.platform == "linux":
            # Last, because a change of user clears it.
            _libc.prctl(PR_SET_PDEATHSIG, death_signal)
            if os.getppid() not in (parent, 0):
                os._exit(1)

    return subprocess.Popen(  # noqa: S603  # our own programs
        [str(part) for part in command],
        preexec_fn=before_exec,
        start_new_session=True,
        stdin=stdin,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        pass_fds=tuple(pass_fds),
        env=env,
        cwd=cwd,
    )


def take_lock(path: Path) -> int | None:
    """
    Take a lock without waiting; None when somebody has it.

    The lock belongs to the open file: a child that inherits the descriptor holds it on, and so
    do that child's own children, until the last of them is gone. No process number can lie so.
    """
    held = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        return None
    return held


def end(process: subprocess.Popen[bytes], *, stop_signal: int, wait: float) -> int:
    """Ask a program to stop, insist after `wait` seconds, and give its return code."""
    if process.poll() is None:
        process.send_signal(stop_signal)
        try:
            process.wait(wait)
        except subprocess.TimeoutExpired:
            kill_group(process)
    return process.wait()


def kill_group(process: subprocess.Popen[bytes], number: int = signal.SIGKILL) -> None:
    """Signal a program and whatever it started."""
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        # macOS answers EPERM for a group of zombies.
        return


def open_log(path: Path) -> IO[bytes]:
    """A log file to append to; one that grew large is put aside first."""
    try:
        if path.exists() and path.stat().st_size > LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
        return path.open("ab", buffering=0)
    except OSError as refused:
        raise EmbeddedError(f"The log {path} cannot be written ({refused.strerror}).") from refused
