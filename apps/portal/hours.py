"""The house's working hours, for words such as "before close of business"."""

from apps.accounts.models import User
from apps.calendars.models import Calendar
from apps.calendars.rules import compile_calendar
from apps.calendars.rules.working import AlwaysOpen
from apps.calendars.rules.working import Calendar as WorkingTime
from apps.tickets.models import Duty

_compiled: dict[int, WorkingTime] = {}  # by version; a version never changes


def office_hours() -> WorkingTime:
    """The calendar that was set up first; around the clock where there is none."""
    first = (
        Calendar.objects.exclude(current=None)
        .order_by("pk")
        .values_list("current_id", "current__spec")
        .first()
    )
    if first is None:
        return AlwaysOpen()
    version, spec = first
    if version not in _compiled:
        _compiled[version] = compile_calendar(spec)
    return _compiled[version]


def hours_of(person: User) -> WorkingTime:
    """When somebody works: by their own calendar, else by the house's."""
    duty = Duty.objects.filter(person=person).select_related("calendar__current").first()
    own = duty.hours() if duty else None
    return own or office_hours()
