"""Closed days from an iCalendar feed."""

from datetime import date, datetime, timedelta

from icalendar import Calendar as ICalendar


def closed_days(feed: bytes) -> dict[date, str]:
    """All-day events by date; raises `ValueError` for anything that is not iCalendar."""
    found: dict[date, str] = {}
    for event in ICalendar.from_ical(feed).walk("VEVENT"):
        begins = event.decoded("DTSTART")
        if isinstance(begins, datetime):
            continue
        ends = event.decoded("DTEND", begins + timedelta(days=1))
        for offset in range(min((ends - begins).days, 366)):
            found[begins + timedelta(days=offset)] = str(event.get("SUMMARY", ""))
    return found
