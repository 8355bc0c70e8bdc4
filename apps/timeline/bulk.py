"""Work by the thousand: what slows it, and no request would notice."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

MOST = 1_000_000  # objects that may be left over: more than a few thousand rows are made of


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for cycles once so many objects are left over, and not over and over among rows that
    have none: what has no cycle goes by itself."""
    was = gc.get_threshold()
    gc.set_threshold(MOST, *was[1:])
    try:
        yield
    finally:
        gc.set_threshold(*was)
