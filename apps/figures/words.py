"""Numbers as people read them: a figure's value with its unit."""

import math
from datetime import timedelta

UNKNOWN = "—"
THIN = "\u202f"  # narrow no-break space between a number and its unit
_STEPS = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))


def number(value: float) -> str:
    """Three significant digits below a thousand, whole above; a minus sign that is one."""
    if value == int(value) or abs(value) >= 1000:
        text = f"{round(value):,}"
    else:
        places = max(0, 2 - math.floor(math.log10(abs(value))))
        text = f"{value:.{places}f}".rstrip("0").rstrip(".")
    return text.replace(",", THIN).replace("-", "−")


def percent(share: float) -> str:
    """As many digits as it takes to tell the value from 0 and from 100 %."""
    points = share * 100
    for places in (1, 2, 3, 4):
        text = f"{points:.{places}f}"
        if points in (0, 100) or float(text) not in (0.0, 100.0):
            break
    text = text.rstrip("0").rstrip(".")
    return f"{text.replace('-', '−')}{THIN}%"


def duration(seconds: float) -> str:
    """The largest part and the one beneath it: `2 d 3 h`, `1 h 05 m`, `2 h`, `450 ms`."""
    if seconds < 0:
        return f"−{duration(-seconds)}"
    if 0 < seconds < 1:
        return f"{number(seconds * 1000)}{THIN}ms"
    if seconds < 10:
        return f"{number(seconds)}{THIN}s"
    left = round(seconds)
    parts: list[str] = []
    for size, name in _STEPS:
        count, left = divmod(left, size)
        if count:
            digits = 2 if parts and name == "m" else 1
            parts.append(f"{count:0{digits}}{THIN}{name}")
        if len(parts) == 2 or (parts and not (left and count)):
            break
    return " ".join(parts)


def amount(value: float | None, unit: str) -> str:
    """A value in the words of its unit: `ratio`, `seconds`, `count`, or any other word."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if unit == "ratio":
        return percent(value)
    if unit == "seconds":
        return duration(value)
    if unit in ("", "count"):
        return number(value)
    return f"{number(value)}{THIN}{unit}"


def length(span: timedelta) -> str:
    """How long a window is: `30 days`, `1 hour`."""
    seconds = round(span.total_seconds())
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")):
        if seconds % size == 0 and seconds >= size:
            count = seconds // size
            return f"{count} {name}{'' if count == 1 else 's'}"
    return "no time"
