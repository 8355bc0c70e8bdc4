"""What a customer may expect, in their words and their time; never a target of ours."""

from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

QUARTER = timedelta(minutes=15)

WORDS = {
    "new": "Received",
    "open": "With us",
    "waiting_customer": "Waiting for you",
    "waiting_third_party": "Waiting for somebody else",
    "resolved": "Solved",
    "closed": "Closed",
    "merged": "Part of another request",
    "duplicate": "Part of another request",
    "spam": "Closed",
}


def expected(
    status: str, due_at: datetime | None, due_kind: str, *, zone: tzinfo, now: datetime
) -> str:
    """A sentence about what comes next; empty when nothing does."""
    if status == "waiting_customer":
        return "We wait for your answer."
    if status == "waiting_third_party":
        return "We wait for somebody else and write as soon as we know more."
    if status not in ("new", "open"):
        return ""
    if due_at is None:
        return "We cannot say yet by when, and write as soon as we know."
    if due_at <= now:
        return "This takes longer than it should. You are not forgotten: we are on it."
    what = "have it solved" if due_kind == "resolution" else "answer"
    return f"We expect to {what} by {moment(due_at, zone)}."


def moment(at: datetime, zone: tzinfo) -> str:
    """An instant, at most a quarter of an hour late, and the zone it is told in."""
    late = timedelta(minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond)
    local = (at + (QUARTER - late if late else late)).astimezone(zone)
    return f"{local:%A}, {local.day} {local:%B %Y}, {local:%H:%M} ({zone_name(zone)})"


def zone_named(name: str) -> ZoneInfo:
    """The zone of that name; UTC for none, and for one the machine has forgotten."""
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError):
        return ZoneInfo("UTC")


def zone_name(zone: tzinfo | None) -> str:
    """`Europe/Berlin` as people say it."""
    name = str(zone)
    return name if "/" not in name else f"{name.rpartition('/')[2].replace('_', ' ')} time"
