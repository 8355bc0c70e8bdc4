"""How values read: durations, numbers, money and instants as people say them. Pure."""

from datetime import datetime
from decimal import Decimal

MINUTE, HOUR, DAY = 60, 3600, 86_400
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")  # `strftime` takes five times as long
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
THIN = "\u202f"  # groups of three stay together on a line
MINUS = "\u2212"


def duration(seconds: float, *, days: bool = False) -> str:
    """Whole seconds as "2 h 05 m"; with `days`, spans over two days as "3 d 4 h"."""
    total = int(abs(seconds))
    sign = MINUS if seconds < 0 and total else ""
    if total < MINUTE:
        said = f"{total} s"
    elif total < HOUR:
        said = f"{total // MINUTE} m"
    elif days and total >= 2 * DAY:
        rest = total % DAY // HOUR if total < 14 * DAY else 0
        said = f"{total // DAY} d {rest} h" if rest else f"{total // DAY} d"
    else:
        rest = total % HOUR // MINUTE
        said = f"{number(total // HOUR)} h {rest:02d} m" if rest else f"{number(total // HOUR)} h"
    return sign + said


def number(value: float | Decimal | None, places: int | None = None) -> str:
    """A number in groups of three; none is a dash, never a zero."""
    if value is None:
        return "—"
    if places is None:
        places = 0 if value == int(value) else 2
    said = f"{abs(value):,.{places}f}".replace(",", THIN)
    if places and "." in said and value != int(value):
        said = said.rstrip("0").rstrip(".")
    return f"{MINUS}{said}" if value < 0 and said.strip("0.") else said


def money(value: float | Decimal | None, currency: str = "EUR") -> str:
    """An amount with its currency; cents only where there are any."""
    if value is None:
        return "—"
    sign = {"EUR": "€", "USD": "$", "GBP": "£"}.get(currency, currency)
    places = 0 if value == int(value) else 2
    return (
        f"{MINUS if value < 0 else ''}{sign}{THIN}{f'{abs(value):,.{places}f}'.replace(',', THIN)}"
    )


def capped(count: int, cap: int = 1000) -> str:
    """A count that was only counted to `cap` + 1."""
    return f"{number(cap)}+" if count > cap else number(count)


_MANY = {"person": "people"}


def plural(count: int, one: str, many: str = "") -> str:
    """ "1 ticket", "2 tickets", "3 people"."""
    return f"{number(count)} {one if count == 1 else many or _MANY.get(one, f'{one}s')}"


def ago(at: datetime, now: datetime) -> str:
    """How long since."""
    seconds = (now - at).total_seconds()
    if seconds < 0:
        return within(at, now)
    return "just now" if seconds < MINUTE else f"{coarse(seconds)} ago"


def within(at: datetime, now: datetime) -> str:
    """How long until."""
    seconds = (at - now).total_seconds()
    return ago(at, now) if seconds <= 0 else f"in {coarse(seconds)}"


def coarse(seconds: float) -> str:
    """A span as precise as anybody needs to read it."""
    if seconds < DAY:
        return duration(seconds - seconds % MINUTE if seconds >= MINUTE else seconds)
    days = int(seconds // DAY)
    if days < 14:
        return plural(days, "day")
    return plural(days // 7, "week") if days < 70 else plural(days // 30, "month")


def brief(seconds: float) -> str:
    """A span in its largest unit, for narrow columns: "3 h", "12 d"."""
    for size, letter in ((DAY, "d"), (HOUR, "h"), (MINUTE, "m")):
        if seconds >= size:
            return f"{int(seconds // size)} {letter}"
    return f"{max(0, int(seconds))} s"


def exact(at: datetime) -> str:
    """The instant to the second with its zone, for the hover."""
    day = f"{DAYS[at.weekday()]} {at.day} {MONTHS[at.month - 1]} {at.year}"
    return f"{day}, {at.hour:02}:{at.minute:02}:{at.second:02} {at.tzname() or ''}"


def clock_time(at: datetime, now: datetime) -> str:
    """Local time, with the day where it is not today."""
    if at.date() == now.date():
        return f"{at.hour:02}:{at.minute:02}"
    if abs((at.date() - now.date()).days) < 6:
        return f"{DAYS[at.weekday()]} {at.hour:02}:{at.minute:02}"
    day = f"{at.day} {MONTHS[at.month - 1]}"
    return f"{day} {at.hour:02}:{at.minute:02}" if at.year == now.year else f"{day} {at.year}"


def between(start: datetime, end: datetime) -> tuple[str, str]:
    """Two local times; the second has its day only where it is another."""
    days = [f"{at.day} {MONTHS[at.month - 1]} " for at in (start, end)]
    if start.date() == end.date():
        days[1] = ""
    elif start.year != end.year:
        days = [f"{day}{at.year} " for day, at in zip(days, (start, end), strict=True)]
    first, last = (f"{at.hour:02}:{at.minute:02}" for at in (start, end))
    return days[0] + first, days[1] + last


def lifted(address: str, waited: int) -> str:
    """What it means that an address is stopped no more."""
    leave = "leaves" if waited == 1 else "leave"
    more = f" {plural(waited, 'mail')} that waited {leave} now." if waited else ""
    return f"Mail may go to {address} again.{more}"


def human_size(size: int) -> str:
    """Bytes as people say them."""
    left, unit = float(size), "B"
    for larger in ("KB", "MB", "GB"):
        if left < 1024:
            break
        left, unit = left / 1024, larger
    return f"{number(round(left, 1))} {unit}"
