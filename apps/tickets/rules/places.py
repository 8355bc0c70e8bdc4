"""Where a page of a list begins: after a row, named by its sort value and its number."""

import re
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLACE = re.compile(r"(-?[0-9]{1,18})\.([0-9]{1,18})", re.ASCII)
_US = timedelta(microseconds=1)


def place(at: datetime, pk: int) -> str:
    """A place as it stands in an address."""
    return f"{(at - EPOCH) // _US}.{pk}"


def read_place(said: str) -> tuple[datetime, int] | None:
    """The place an address names, or nothing when it names none."""
    found = _PLACE.fullmatch(said)
    if not found:
        return None
    try:
        return EPOCH + timedelta(microseconds=int(found[1])), int(found[2])
    except OverflowError:
        return None
