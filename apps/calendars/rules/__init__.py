"""Working-time arithmetic in integer epoch seconds; nothing here reads a clock or a database."""

from apps.calendars.rules.days import days_before
from apps.calendars.rules.hours import DAY, Hours, Override, Span
from apps.calendars.rules.shape import WEEKDAYS, Malformed, compile_calendar, hours_of
from apps.calendars.rules.working import (
    ALWAYS,
    CLOSED,
    HOLIDAY,
    OPEN,
    AlwaysOpen,
    Calendar,
    Part,
    WorkingTime,
    compiled,
)

__all__ = [
    "ALWAYS",
    "CLOSED",
    "DAY",
    "HOLIDAY",
    "OPEN",
    "WEEKDAYS",
    "AlwaysOpen",
    "Calendar",
    "Hours",
    "Malformed",
    "Override",
    "Part",
    "Span",
    "WorkingTime",
    "compile_calendar",
    "compiled",
    "days_before",
    "hours_of",
]
