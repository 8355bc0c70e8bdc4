"""The house's working hours, for words such as "before close of business"."""

from apps.calendars.models import CalendarVersion
from apps.calendars.rules import compile_calendar
from apps.calendars.rules.working import AlwaysOpen
from apps.calendars.rules.working import Calendar as WorkingTime
from apps.statements.statement import Statement

_compiled: dict[int, WorkingTime] = {}  # by version; a version never changes
# When somebody works: by their own calendar, else by the one that was set up first.
VERSION = Statement("""SELECT coalesce(
  (SELECT current_id FROM tickets_duty JOIN calendars_calendar AS own ON own.id = calendar_id
   WHERE person_id = %(me)s),
  (SELECT current_id FROM calendars_calendar WHERE current_id IS NOT NULL ORDER BY id LIMIT 1)
)""")


def hours_of(version: int | None) -> WorkingTime:
    """What a version of a calendar says; around the clock where there is none."""
    if version is None:
        return AlwaysOpen()
    if version not in _compiled:
        _compiled[version] = compile_calendar(CalendarVersion.objects.get(pk=version).spec)
    return _compiled[version]
