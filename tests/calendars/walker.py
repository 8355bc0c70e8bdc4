"""Working time found by walking, a quarter of an hour at a time: slow, and written apart."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

TICK = 900
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def wall(at, zone):
    """What a clock on the wall shows, without its offset."""
    return datetime.fromtimestamp(at, UTC).astimezone(zone).replace(tzinfo=None)


@cache
def find(local, zone):
    """The instant a wall clock first shows `local`; where it never does, as far after the gap."""
    noon = int(datetime(local.year, local.month, local.day, 12, tzinfo=UTC).timestamp())
    at = noon - 48 * 3600
    while wall(at, zone) < local:
        at += TICK
    shown = wall(at, zone)
    if shown == local:
        return at
    gap = shown - wall(at - TICK, zone) - timedelta(seconds=TICK)
    while wall(at, zone) < local + gap:
        at += TICK
    return at


def minutes(text):
    hours, rest = text.split(":")
    return int(hours) * 60 + int(rest)


class Walker:
    """Asks of every tick whether some span of some date holds it."""

    def __init__(self, calendar, begin, end):
        self.begin, self.end = begin, end
        self.open = set()
        self.holiday = set()
        if calendar is None:
            self.open = set(range(begin, end, TICK))
            return
        zone = ZoneInfo(calendar["timezone"])
        day = wall(begin, zone).date() - timedelta(days=2)
        while find(datetime(day.year, day.month, day.day), zone) < end:
            spans = calendar.get("overrides", {}).get(
                day.isoformat(), calendar["weekly"].get(WEEKDAYS[day.weekday()], [])
            )
            for opens, closes in spans:
                self.open.update(
                    range(self.instant(day, opens, zone), self.instant(day, closes, zone), TICK)
                )
            closed = all(opens == closes for opens, closes in spans)
            if day.isoformat() in calendar.get("overrides", {}) and closed:
                self.holiday.update(
                    range(self.instant(day, "00:00", zone), self.instant(day, "24:00", zone), TICK)
                )
            day += timedelta(days=1)

    @staticmethod
    def instant(day: date, text, zone):
        midnight = datetime(day.year, day.month, day.day)
        return find(midnight + timedelta(minutes=minutes(text)), zone)

    def elapsed(self, begin, end):
        return sum(TICK for at in range(begin, end, TICK) if at in self.open)

    def reach(self, begin, need):
        """The first and the last tick by which `need` seconds have passed; None if not seen."""
        at, passed = begin, 0
        earliest = begin if need == 0 else None
        while at < self.end:
            if at in self.open:
                if passed == need:
                    return earliest, at
                passed += TICK
                if passed == need:
                    earliest = at + TICK
            at += TICK
        return earliest, None

    def why(self, at):
        if at in self.open:
            return "open"
        return "holiday" if at in self.holiday else "closed"
