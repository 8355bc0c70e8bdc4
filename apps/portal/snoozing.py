"""Times to hide a ticket until: some to choose, and any in words, in a person's own day. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from apps.tickets.rules.until import read

CHOICES = (
    ("in 1 hour", "For an hour"),
    ("15:00", "Until 15:00"),
    ("tomorrow", "Until tomorrow, 9:00"),
    ("next week", "Until Monday, 9:00"),
    ("in 1 week", "For a week"),
    ("next month", "Until next month"),
)


def suggestions(
    said: str, now: datetime, last: timedelta | None = None
) -> Iterator[tuple[str, datetime]]:
    """What the words mean, then what is usual; `last` is how long it was hidden before."""
    if said:
        if at := read(said, now):
            yield _until(at), at
        return
    if last and last >= timedelta(minutes=1):
        yield "As long as last time", (now + last).replace(second=0, microsecond=0)
    for words, title in CHOICES:
        if at := read(words, now):
            yield title, at


def _until(at: datetime) -> str:
    return f"Until {at:%A} {at.day} {at:%B}, {at:%H:%M}"
