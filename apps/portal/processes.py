"""The processes a portal is made of, and their command lines: one list for demo, compose, tests."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from apps.embedded import Program

ROOT = Path(__file__).resolve().parents[2]
MANAGE = str(ROOT / "manage.py")
WEB_WORKERS = 2
WEB_THREADS = 4


def web_command(bind: str) -> list[str]:
    """Serve HTTP at an address, or on an inherited socket: `fd://N`.

    Gunicorn takes a socket somebody else holds, so that a restart refuses no connection. The
    program is loaded once, before it says that it is ready, and its workers are forks of that: one
    that was killed or has served its time is replaced at once.
    """
    return [
        *(sys.executable, "-m", "gunicorn", "config.wsgi:application", "--bind", bind),
        *("--preload", "--worker-class", "gthread", "--keep-alive", "5"),
        *("--workers", os.environ.get("WEB_WORKERS", str(WEB_WORKERS))),
        *("--threads", os.environ.get("WEB_THREADS", str(WEB_THREADS))),
        *("--graceful-timeout", "20", "--timeout", "60", "--max-requests", "20000"),
        *("--max-requests-jitter", "2000", "--worker-tmp-dir", _shared_memory()),
        *("--log-level", "warning", "--no-control-socket"),
    ]


def worker_command(concurrency: int | str) -> list[str]:
    """Take nudges from every queue."""
    return [
        *(sys.executable, "-m", "celery", "--app", "config.celery", "--quiet", "worker"),
        *("--concurrency", str(concurrency), "--loglevel", "WARNING"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]


def programs(
    socket: int, *, concurrency: int, ready: Callable[[], bool] | None = None
) -> list[Program]:
    """The programs of one machine, for a supervisor that holds the listening socket."""
    return [
        Program(
            "web",
            web_command(f"fd://{socket}"),
            env=environment("web"),
            pass_fds=[socket],
            ready=ready,
            notifies=True,
            stop_wait=25.0,
        ),
        Program("worker", worker_command(concurrency), env=environment("worker"), stop_wait=25.0),
        Program("relay", [sys.executable, MANAGE, "relay"], env=environment("relay")),
        Program("beat", [sys.executable, MANAGE, "beat"], env=environment("beat")),
    ]


def environment(name: str) -> dict[str, str]:
    """What tells a process which of them it is."""
    return {"AFTERLAUNCH_PROCESS": name, "PYTHONUNBUFFERED": "1"}


def become(command: list[str], name: str) -> None:
    """Turn this process into another program."""
    os.environ.update(environment(name))
    os.chdir(ROOT)
    os.execv(command[0], command)  # noqa: S606  # nosec B606


def _shared_memory() -> str:
    """Where workers show that they live: a busy disk must not look like a hung worker."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else "/tmp"  # noqa: S108  # nosec B108
