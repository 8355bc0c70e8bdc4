"""Commands of the portal as a person runs them: in a process of their own, with its memory."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from django.db import connection

ROOT = Path(__file__).resolve().parents[2]


class Ran(NamedTuple):
    """Wall seconds, and megabytes at the worst moment of the largest process."""

    seconds: float
    peak: float


def manage(*words: str) -> Ran:
    """`manage.py WORDS`; its start is part of what it takes."""
    database = connection.settings_dict["NAME"]
    assert f"/{database}?" in os.environ["DATABASE_URL"]
    began = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {child.returncode}")
    return Ran(seconds, used.ru_maxrss / 1024)
