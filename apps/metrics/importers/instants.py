"""Instants as people and programs write them."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ..rules import grid

_WRITTEN = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?)?"
    r"(Z|z|[+-][0-9]{2}:?[0-9]{2})?"
)
_EPOCH = re.compile(r"[0-9]{9,13}(?:\.[0-9]{1,9})?")
FORMATS = {"rfc3339": "RFC 3339", "epoch": "epoch seconds", "epoch_ms": "epoch milliseconds"}


def read_instant(text: str, *, form: str = "rfc3339", zone: ZoneInfo | None = None) -> float:
    """Epoch seconds; raises ValueError with a sentence. Naive times need a zone that was chosen."""
    text = text.strip(" ")
    if form in ("epoch", "epoch_ms"):
        if not _EPOCH.fullmatch(text):
            raise ValueError(f"“{text[:40]}” is not {FORMATS[form]}.")
        return _in_range(float(text) / (1000 if form == "epoch_ms" else 1))
    match = _WRITTEN.fullmatch(text)
    if not match:
        if _EPOCH.fullmatch(text):
            raise ValueError(f"“{text[:40]}” looks like an epoch: say so with the time format.")
        raise ValueError(f"“{text[:40]}” is not a time like 2026-03-01T12:00:00Z.")
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    try:
        naive = datetime(  # noqa: DTZ001  (its zone follows)
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0)
        )
    except ValueError:
        raise ValueError(f"“{text[:40]}” is no day or hour there is.") from None
    part = float(f"0.{fraction}") if fraction else 0.0
    if offset is not None:
        written = offset.replace("z", "Z").replace("Z", "+00:00")
        sign = -1 if written[0] == "-" else 1
        ahead = int(written[1:3]) * 3600 + int(written[-2:]) * 60
        if ahead > 14 * 3600 or int(written[-2:]) > 59:
            raise ValueError(f"“{text[:40]}” has an offset no place has.")
        return _in_range(naive.replace(tzinfo=UTC).timestamp() - sign * ahead + part)
    if zone is None:
        raise ValueError(f"“{text[:40]}” has no offset: choose the zone of such times.")
    return _in_range(_in_zone(naive, zone, text) + part)


def _in_zone(naive: datetime, zone: ZoneInfo, text: str) -> float:
    first = naive.replace(tzinfo=zone, fold=0)
    second = naive.replace(tzinfo=zone, fold=1)
    if first.utcoffset() != second.utcoffset():
        back = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
        if back == naive:
            raise ValueError(f"“{text[:40]}” happened twice in {zone.key}: write the offset.")
        raise ValueError(f"“{text[:40]}” did not happen in {zone.key}: clocks were moved on.")
    return first.timestamp()


def _in_range(instant: float) -> float:
    if not grid.EARLIEST <= instant < grid.LATEST:
        raise ValueError("The time is not between 2000 and 2100.")
    return instant
