"""Reports measured before they are opened: every named period, in every zone somebody reads in.

What is shown from here is at most some minutes old, and each of its figures says as of when. What
is filtered, or is about other days, is measured when it is asked for.
"""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo

from apps.accounts.models import User
from apps.figures.figure import Figure, Window
from apps.tickets.rules.expecting import zone_named

from .asked import Asked
from .models import Ready
from .periods import PERIODS, window_of
from .support import Report, indexed, report

AGAIN = timedelta(minutes=10)  # how old one grows before it is measured anew
OLD = timedelta(minutes=30)  # older ones are not shown
SECONDS = 3.0  # of one slot


def prepare(*, at: datetime, seconds: float = SECONDS) -> int:
    """Measure those that are oldest, for a few seconds; how many."""
    until, done = time.monotonic() + seconds, 0
    Ready.objects.filter(at__lt=at - timedelta(days=1)).delete()
    for place, window in wanted(at=at):
        found = report(Asked(), window, at=at, zone=zone_named(place), place=place)
        figures = [figure.as_dict() for figure in found.figures.values()]
        Ready.objects.keep(place, window, figures, at)
        done += 1
        if time.monotonic() >= until:
            break
    return done


def wanted(*, at: datetime) -> Iterator[tuple[str, Window]]:
    """Zone and period of those that are missing or due, the longest known first."""
    fresh = set(Ready.objects.filter(at__gt=at - AGAIN).values_list("place", "start", "end"))
    places = User.objects.active().order_by("timezone").values_list("timezone", flat=True)
    for place in places.distinct():
        for period in PERIODS:
            window = window_of(period, at=at, zone=zone_named(place))
            if (place, window.start, window.end) not in fresh:
                yield place, window


def at_hand(window: Window, *, at: datetime, zone: tzinfo, place: str) -> Report | None:
    """The report of a period if it was measured lately."""
    found = Ready.objects.of(place, window).filter(at__gt=at - OLD, at__lte=at).first()
    if found is None:
        return None
    return Report(
        Asked(), window, zone, found.at, indexed(Figure.from_dict(one) for one in found.figures)
    )
