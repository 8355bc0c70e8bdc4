"""Working days: local days on which a calendar is open at all."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from apps.calendars.rules.hours import DAY, instant_of
from apps.calendars.rules.working import Calendar, WorkingTime

PATIENCE = 366
"""Days that may go by without work; after that nobody waits for the next one."""


def days_before(calendar: Calendar, at: datetime, days: int) -> datetime | None:
    """The same time of day so many working days earlier; None where there were not that many.

    On a day off it is as late as when the last working day was over.
    """
    if not isinstance(calendar, WorkingTime):
        return at - timedelta(days=days)
    zone = ZoneInfo(calendar.hours.zone)

    def works(day: date) -> bool:
        begins, ends = (instant_of(day.toordinal(), second, zone) for second in (0, DAY))
        return calendar.elapsed(begins, ends) > 0

    local = at.astimezone(zone)
    day, clock = local.date(), local.time()
    if not works(day):
        clock = time.min
    for _ in range(days + PATIENCE):
        day -= timedelta(days=1)
        days -= works(day)
        if not days:
            return datetime.combine(day, clock, zone).astimezone(UTC)
    return None
