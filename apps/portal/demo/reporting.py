"""The support report: what it counts over is kept, Sol and Lea get it on Mondays, and last month's
is frozen."""

from datetime import UTC, datetime, timedelta

from apps.accounts.models import User
from apps.reports import keeping, support
from apps.reports.asked import Asked
from apps.reports.models import Subscription
from apps.reports.periods import window_of


def tell_report(now: datetime, people: dict[str, User]) -> None:
    """As of `now`."""
    while keeping.standing().as_of:
        keeping.keep(at=now)
    lead = people["sol@demo.test"]
    for one in (lead, people["lea@demo.test"]):
        Subscription.objects.subscribe(one, at=now - timedelta(days=9))
    window = window_of("last_month", at=now, zone=UTC)
    found = support.report(Asked(), window, at=now, zone=UTC, place="UTC")
    found.keep(by=lead, at=now, title=f"Support report, {found.words}")
