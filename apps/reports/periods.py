"""The stretches of time a report is about, by local midnights."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from apps.figures.figure import Window

PERIODS = {
    "7d": "Last 7 days",
    "30d": "Last 30 days",
    "90d": "Last 90 days",
    "month": "This month",
    "last_month": "Last month",
}
USUAL = "30d"
LONGEST = 366  # days


def midnight(day: date, zone: tzinfo) -> datetime:
    """The instant at which a local day begins."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def window_of(period: str, *, at: datetime, zone: tzinfo) -> Window:
    """Whole local days up to the last midnight; this month goes on to its end."""
    today = at.astimezone(zone).date()
    first = today.replace(day=1)
    if period == "month":
        until = (first + timedelta(days=31)).replace(day=1)
        return between(first, until, zone)
    if period == "last_month":
        return between((first - timedelta(days=1)).replace(day=1), first, zone)
    days = int(period[:-1])
    return between(today - timedelta(days=days), today, zone)


def chosen(said: Mapping[str, str], *, at: datetime, zone: tzinfo) -> tuple[str, Window]:
    """The named `period`, or the days `from` … `to`, both included, and what it is called.

    Raises ValueError for what is none, and for one that has not begun.
    """
    first, last = said.get("from", ""), said.get("to", "")
    if not (first or last):
        period = said.get("period", "")
        period = period if period in PERIODS else USUAL
        return period, window_of(period, at=at, zone=zone)
    try:
        days = [date.fromisoformat(one) for one in (first, last)]
        until = days[1] + timedelta(days=1)
    except (ValueError, OverflowError):
        raise ValueError("A period is two days, such as 2026-11-01 and 2026-11-30.") from None
    window = between(days[0], until, zone)
    if window.start >= at:
        raise ValueError("That period has not begun.")
    return "", window


def between(first: date, until: date, zone: tzinfo) -> Window:
    """From one local midnight to another. Raises ValueError for what is no report's period."""
    if not 0 < (until - first).days <= LONGEST:
        raise ValueError(f"A report is about 1 to {LONGEST} days.")
    if not 1970 < first.year < 2200:
        raise ValueError("That was before living memory, or is too far away.")
    return Window(midnight(first, zone), midnight(until, zone))


def before(window: Window, zone: tzinfo) -> Window:
    """The period just before: of as many local days where it is whole ones, else just as long.

    A week with a night of 25 hours is compared with a week from midnight to midnight.
    """
    first, until = (at.astimezone(zone).date() for at in (window.start, window.end))
    begins = window.start - window.span
    if (window.start, window.end) == (midnight(first, zone), midnight(until, zone)):
        begins = midnight(first - (until - first), zone)
    return Window(begins, window.start)


def days_of(window: Window, zone: tzinfo, *, at: datetime) -> list[date]:
    """The local days of the window that have begun."""
    first = window.start.astimezone(zone).date()
    last = min(window.end - timedelta(microseconds=1), at).astimezone(zone).date()
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
