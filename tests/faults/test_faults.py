"""A short seeded run of the harness: real processes, real kills, nothing lost, nothing twice."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.fault
def test_a_short_run_loses_nothing_and_does_nothing_twice(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults", "--short", "--seed", "20"],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    told = done.stdout.strip().splitlines()
    assert told, done.stderr[-2000:]
    assert told[-1].startswith("lost 0, twice 0, duplicate mails "), (
        "\n".join(told) + done.stderr[-2000:]
    )
    assert re.search(r"\n[1-9]\d* mails came, ", done.stdout), done.stdout
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]


def clean_environment() -> dict[str, str]:
    """The harness brings servers of its own, not the suite's."""
    import os

    ours = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "AFTERLAUNCH_HOME")
    return {name: value for name, value in os.environ.items() if name not in ours}
