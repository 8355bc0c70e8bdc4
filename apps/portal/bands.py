"""The bands of a list by when its tickets are due. Pure but for the markup."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, tzinfo

from django.utils.safestring import SafeString

from apps.calendars.rules.working import Calendar
from apps.tickets.listing import ListRow

from .rows import draw

LATE, TODAY, LATER, UNDUE, WAITING = (
    "Late",
    "Before close of business",
    "Later",
    "No clock running",
    "Waiting",
)
AHEAD = timedelta(days=5)


def close_of_business(calendar: Calendar, now: datetime, zone: tzinfo) -> datetime:
    """When work ends today, or on the next working day when it has ended or not begun."""
    begin = int(now.timestamp())
    last, day = 0, None
    for part in calendar.parts(begin, begin + int(AHEAD.total_seconds())):
        if part.why != "open":
            continue
        date = datetime.fromtimestamp(part.begin, zone).date()
        if day is not None and date != day:
            break
        day, last = date, part.end
    return datetime.fromtimestamp(last, zone) if last else now + timedelta(days=1)


def banded(
    rows: Iterable[ListRow], *, now: datetime, close: datetime
) -> Iterator[tuple[str, list[ListRow]]]:
    """Rows in their bands, in the order they came."""
    band, held = "", []
    for row in rows:
        name = band_of(row, now=now, close=close)
        if name != band and held:
            yield band, held
            held = []
        band = name
        held.append(row)
    if held:
        yield band, held


def band_of(row: ListRow, *, now: datetime, close: datetime) -> str:
    """Which band a row belongs to."""
    if row.status.startswith("waiting"):
        return WAITING
    if row.due_at is None or row.sla_state == "paused":
        return UNDUE
    return LATE if row.due_at < now else TODAY if row.due_at < close else LATER


def draw_bands(
    rows: Iterable[ListRow],
    *,
    now: datetime,
    close: datetime,
    back: str,
    counted: bool,
    show: frozenset[str],
) -> SafeString:
    """Rows with the name of their band above each group; `counted` when all rows are here."""
    return SafeString(
        "".join(
            f'<tr class="band"><th colspan="8" scope="rowgroup">{name}'
            f"{f' · {len(held)}' if counted else ''}</th></tr>"
            f"{draw(held, now=now, back=back, show=show)}"
            for name, held in banded(rows, now=now, close=close)
        )
    )
