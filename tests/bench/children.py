"""Commands of the portal as a person runs them: in a process of their own, with its memory."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from django.db import connection

from .measure import server_seconds

ROOT = Path(__file__).resolve().parents[2]


class Ran(NamedTuple):
    """Seconds by the clock; by the processors, the database's work included; the most memory.

    The memory is megabytes at the worst moment of the largest process.
    """

    seconds: float
    cpu: float
    peak: float

    def rate(self, count: int, processes: int = 1) -> float:
        """How many a second on processors that nobody else uses."""
        return count / (self.cpu / processes)


def manage(*words: str) -> Ran:
    """`manage.py WORDS`; its start is part of what it takes."""
    database = connection.settings_dict["NAME"]
    assert f"/{database}?" in os.environ["DATABASE_URL"]
    began, base = time.perf_counter(), server_seconds()
    child = subprocess.Popen(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {child.returncode}")
    cpu = used.ru_utime + used.ru_stime + server_seconds() - base
    return Ran(seconds, cpu, used.ru_maxrss / 1024)
