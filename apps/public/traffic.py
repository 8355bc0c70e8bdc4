"""What the portal saw of its own requests."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.http import HttpRequest


@dataclass
class Seen:
    """One request as it went."""

    status: int = 500


@contextmanager
def observe(request: HttpRequest) -> Iterator[Seen]:
    """Count one request."""
    yield Seen()
