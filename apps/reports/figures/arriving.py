"""What came, and when they write."""

from datetime import datetime, tzinfo

from django.db.models import BooleanField, Count, ExpressionWrapper, Q, QuerySet
from django.db.models.functions import ExtractHour, ExtractIsoWeekDay, TruncHour

from apps.figures.figure import Reading, Window
from apps.figures.registry import define
from apps.figures.rules import Better
from apps.tickets.models import Ticket
from apps.tickets.rules.moves import ENDED

from ..asked import NAMES, Asked
from . import showing


def reported(asked: Asked, window: Window) -> QuerySet[Ticket]:
    """Tickets that came in the window and are real ones."""
    found = Ticket.objects.filter(reported_at__gte=window.start, reported_at__lt=window.end)
    return asked.of_tickets(found.exclude(status__in=ENDED))


@define(
    key="support.created",
    title="Tickets created",
    formula="tickets reported in the window",
    better=Better.LOWER,
    window=showing.MONTH,
    inputs=("tickets.Ticket",),
    exclusions=(showing.NOT_COUNTED, showing.AS_OF_TODAY),
    scope=NAMES,
    rows=lambda window, at, **scope: showing.tickets(reported(Asked.of(scope), window)),
    **showing.COMMON,
)
def created(window: Window, at: datetime, **scope: str) -> Reading:
    """How many tickets came."""
    return Reading.count(reported(Asked.of(scope), window).order_by().count())


def _hour(window: Window, scope: dict[str, str]) -> QuerySet[Ticket]:
    found = reported(Asked.of(scope), window)
    zone = showing.zone_of(scope.get("zone", ""))
    for name, least, most in (("weekday", 1, 7), ("hour", 0, 23)):
        said = scope.get(name, "")
        if said:
            showing.one_of(said, [str(n) for n in range(least, most + 1)], name)
    return by_hour(found, zone).filter(
        **{name: int(scope[name]) for name in ("weekday", "hour") if scope.get(name)}
    )


def by_hour(found: QuerySet[Ticket], zone: tzinfo) -> QuerySet[Ticket]:
    """Tickets with the local weekday (1 is Monday) and hour they came at."""
    return found.annotate(
        weekday=ExtractIsoWeekDay("reported_at", tzinfo=zone),
        hour=ExtractHour("reported_at", tzinfo=zone),
    )


def by_local_hour(
    asked: Asked, window: Window, zone: tzinfo, *, since: datetime
) -> QuerySet[Ticket, tuple[bool, datetime, int]]:
    """Whether from `since` on, the hour by the zone's clocks, and how many came in it."""
    late = ExpressionWrapper(Q(reported_at__gte=since), output_field=BooleanField())
    hour = TruncHour("reported_at", tzinfo=zone)
    return reported(asked, window).order_by().values_list(late, hour).annotate(Count("pk"))


@define(
    key="support.contacts",
    title="Tickets by hour of the week",
    formula="tickets reported in the window on that weekday (1 is Monday) in that hour of the zone",
    better=Better.LOWER,
    window=showing.MONTH,
    inputs=("tickets.Ticket",),
    exclusions=(showing.NOT_COUNTED, showing.AS_OF_TODAY),
    scope=("weekday", "hour", "zone", *NAMES),
    rows=lambda window, at, **scope: showing.tickets(_hour(window, scope)),
    **showing.COMMON,
)
def contacts(window: Window, at: datetime, **scope: str) -> Reading:
    """How much of the week's work comes in that hour."""
    return Reading.count(_hour(window, scope).order_by().count())
