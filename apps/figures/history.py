"""Every defined figure, kept once a day."""

from datetime import UTC, date, datetime, time, timedelta

from .models import FigureDay
from .registry import definitions


def keep_day(day: date, *, at: datetime) -> int:
    """Compute each figure as of the end of that day and keep it; doing it twice corrects."""
    end = datetime.combine(day + timedelta(days=1), time.min, UTC)
    kept = [
        FigureDay(key=known.key, day=day, frozen=known.compute(at=end).as_dict(), kept_at=at)
        for known in definitions()
        if not known.scope
    ]
    FigureDay.objects.keep(kept)
    return len(kept)


def keep_yesterday(*, at: datetime) -> int:
    """The daily slot: the day that has just ended."""
    return keep_day((at - timedelta(days=1)).date(), at=at)
