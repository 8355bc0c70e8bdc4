"""A journal of sends outside the database: what left this machine, whatever is restored later.

One JSON line per send that the other side accepted, on disk before the row is marked. It decides
what became of a send whose worker was killed, and what a restored outbox must not send again.
"""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils import timezone

_KEEP_FILES = 40  # days; deliveries are tried for three


def folder() -> Path:
    """Where the journal lies."""
    return Path(settings.OUTBOX_JOURNAL)


def note(key: str, channel: str, recipient: str) -> None:
    """Write one send down; returns when it is on disk."""
    line = json.dumps({"key": key, "channel": channel, "recipient": recipient}) + "\n"
    handle = _open(folder() / f"{timezone.now():%Y-%m-%d}.jsonl", os.getpid())
    os.write(handle, line.encode())
    if hasattr(os, "fdatasync"):
        os.fdatasync(handle)
    else:
        fcntl.fcntl(handle, fcntl.F_FULLFSYNC)  # type: ignore[attr-defined]  # macOS


def sent(keys: Iterable[str]) -> set[str]:
    """Those of these keys that the journal knows as sent."""
    wanted = set(keys)
    return {key for key in all_keys() if key in wanted} if wanted else set()


def all_keys() -> Iterator[str]:
    """The key of every send in the journal; a line cut short by a power cut is passed over."""
    for path in sorted(folder().glob("*.jsonl"), reverse=True):
        with path.open("rb") as lines:
            for line in lines:
                try:
                    yield json.loads(line)["key"]
                except (ValueError, KeyError, TypeError):
                    continue


def prune() -> int:
    """Remove the oldest files; how many."""
    old = sorted(folder().glob("*.jsonl"))[:-_KEEP_FILES]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


@cache
def _open(path: Path, pid: int) -> int:
    """One file a day, opened once per process; every line is one write."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
