"""The bands of a list by when its tickets are due, in the working days of whoever looks.

What is due before somebody is back at work must be done before they log off, however late in the
night that is. Pure but for the markup.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from django.utils.safestring import SafeString

from apps.calendars.rules.working import Calendar
from apps.tickets.listing import ListRow

from .rows import Marks, draw, width

LATE, LATER, UNDUE, WAITING = "Late", "Later", "No clock running", "Waiting"
AHEAD = timedelta(days=12)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Shifts:
    """When work ends for somebody, when it begins again, and once more after that."""

    ends: datetime
    back: datetime
    after: datetime

    def names(self, now: datetime) -> tuple[str, str]:
        """What the two bands in between are called."""
        day = "tomorrow" if self.ends.date() == now.date() + DAY else f"{self.ends:%A}"
        when = "" if self.ends.date() == now.date() else f" {day}"
        following = self.back.date() - now.date()
        return (
            f"Before you log off{when}, {self.ends:%H:%M}",
            "Tomorrow" if following == DAY else f"{self.back:%A}",
        )


def shifts(calendar: Calendar, now: datetime, zone: tzinfo) -> Shifts:
    """The working day that runs or comes next, and the beginnings of the two after it."""
    now = now.astimezone(zone)
    begin = int(now.timestamp())
    days: dict[object, list[int]] = {}  # the day a stretch of work begins on → begin, end
    for part in calendar.parts(begin, begin + int(AHEAD.total_seconds())):
        if part.why == "open" and part.end - part.begin < DAY.total_seconds():
            day = days.setdefault(datetime.fromtimestamp(part.begin, zone).date(), [part.begin, 0])
            day[1] = part.end
    found = [tuple(datetime.fromtimestamp(at, zone) for at in day) for day in days.values()]
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + DAY
    while len(found) < 3:  # work never ends, or not for long
        at = midnight + DAY * max(len(found) - 1, 0)
        found.append((max(at, found[-1][1]), at) if found else (now, at))
    return Shifts(found[0][1], found[1][0], max(found[2][0], found[1][0]))


def band_of(row: ListRow, *, now: datetime, work: Shifts) -> str:
    """Which band a row belongs to."""
    if row.status.startswith("waiting"):
        return WAITING
    if row.due_at is None or row.sla_state == "paused":
        return UNDUE
    if row.due_at < now:
        return LATE
    first, second = work.names(now)
    return first if row.due_at < work.back else second if row.due_at < work.after else LATER


def banded(
    rows: Iterable[ListRow], *, now: datetime, work: Shifts
) -> Iterator[tuple[str, list[ListRow]]]:
    """Rows in their bands, in the order they came."""
    band, held = "", []
    for row in rows:
        name = band_of(row, now=now, work=work)
        if name != band and held:
            yield band, held
            held = []
        band = name
        held.append(row)
    if held:
        yield band, held


def draw_bands(
    rows: Iterable[ListRow],
    *,
    now: datetime,
    work: Shifts,
    back: str,
    counted: bool,
    show: Sequence[str],
    marks: Marks | None = None,
) -> SafeString:
    """Rows with the name of their band above each group; `counted` when all rows are here."""
    span = width(show)
    return SafeString(
        "".join(
            f'<tr class="band"><th colspan="{span}" scope="rowgroup">{name}'
            f"{f' · {len(held)}' if counted else ''}</th></tr>"
            f"{draw(held, now=now, back=back, show=show, marks=marks)}"
            for name, held in banded(rows, now=now.astimezone(work.ends.tzinfo), work=work)
        )
    )
