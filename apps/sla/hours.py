"""Editing a calendar: drafts that no clock reads before they are published, and who changed them.

Calendars lie below the timeline, so what is done to them is told here.
"""

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.calendars.importers import closed_days
from apps.calendars.models import Calendar, CalendarDay
from apps.calendars.rules import Malformed, hours_of
from apps.outbox.reach import Unreachable, fetch
from apps.timeline.models import Activity
from apps.timeline.querysets import ActivityQuerySet
from apps.timeline.refusal import Refused
from apps.timeline.text import clean_line

KIND = "calendar"
FIELDS = ("name", "timezone", "weekly", "country", "subdivision", "ical_url")
LARGEST_FEED = 2_000_000


def tell(calendar: Calendar, verb: str, *, by: Any, at: datetime, **data: Any) -> None:
    """One Activity row, inside the caller's transaction."""
    Activity.objects.create(
        kind=KIND, subject_id=calendar.pk, verb=verb, at=at, actor=by, data=data
    )


def timeline(calendar: Calendar) -> ActivityQuerySet:
    return Activity.objects.about(KIND, calendar.pk).with_people()


def edit(calendar: Calendar, *, by: Any, at: datetime, **fields: Any) -> None:
    """Change the draft; a new calendar begins so."""
    if "name" in fields:
        fields["name"] = clean_line(fields["name"], limit=80, field="name")
    if not any(fields.get("weekly", {"mon": True}).values()):
        raise Refused("Open it at some hour of the week.", field="weekly")
    with transaction.atomic():
        held = _hold(calendar) if calendar.pk else calendar
        changed = {
            name: [getattr(held, name), value]
            for name, value in fields.items()
            if getattr(held, name) != value
        }
        for name, value in fields.items():
            setattr(held, name, value)
        if Calendar.objects.filter(name=held.name).exclude(pk=held.pk).exists():
            raise Refused("Another calendar has this name.", field="name")
        try:
            held.full_clean(validate_unique=False)
        except ValidationError as wrong:
            name, sentences = next(iter(wrong.message_dict.items()))
            raise Refused(sentences[0], field=name) from wrong
        new = held.pk is None
        if not (new or changed):
            return
        held.save()
        tell(held, "created" if new else "edited", by=by, at=at, **({} if new else changed))


def set_day(
    calendar: Calendar, day: date, spans: list[list[str]], *, name: str, by: Any, at: datetime
) -> None:
    """What a date has instead of its weekday's hours; no spans at all close it."""
    name = clean_line(name, limit=120, field="name")
    try:
        hours_of({"timezone": "UTC", "weekly": {}, "overrides": {day.isoformat(): spans}})
    except Malformed as wrong:
        raise Refused(f"{wrong.reason.capitalize()}.", field="spans") from wrong
    with transaction.atomic():
        _hold(calendar)
        CalendarDay.objects.update_or_create(
            calendar=calendar, date=day, defaults={"name": name, "spans": spans}
        )
        tell(calendar, "day_set", by=by, at=at, day=day.isoformat(), spans=spans, name=name)


def drop_day(calendar: Calendar, day: date, *, by: Any, at: datetime) -> CalendarDay:
    """Let a date be as its weekday; gives what was dropped, so that it can be put back."""
    with transaction.atomic():
        _hold(calendar)
        found = calendar.days.filter(date=day).first()
        if found is None:
            raise Refused("That day is as its weekday already.")
        found.delete()
        tell(
            calendar,
            "day_dropped",
            by=by,
            at=at,
            day=day.isoformat(),
            name=found.name,
            spans=found.spans,
        )
    return found


def adopt(calendar: Calendar, *years: int, by: Any, at: datetime) -> int:
    """Close on the country's public holidays of these years."""
    with transaction.atomic():
        held = _hold(calendar)
        try:
            count = held.adopt_holidays(*years)
        except ValidationError as wrong:
            raise Refused(wrong.messages[0], field="country") from wrong
        tell(calendar, "holidays_adopted", by=by, at=at, years=list(years), days=count)
    return count


def read_feed(calendar: Calendar, *, by: Any, at: datetime) -> int:
    """Close on the all-day events of the calendar's iCalendar feed."""
    if not calendar.ical_url:
        raise Refused("This calendar has no iCalendar address.", field="ical_url")
    try:
        answer = fetch(calendar.ical_url, most=LARGEST_FEED)
    except Unreachable as away:
        raise Refused(str(away)) from away
    if answer.status != 200:
        raise Refused(f"The address answered {answer.status}.")
    return take_feed(calendar, answer.body, by=by, at=at)


def take_feed(calendar: Calendar, body: bytes, *, by: Any, at: datetime) -> int:
    """Close on the all-day events of an iCalendar file."""
    try:
        days = closed_days(body)
    except (ValueError, KeyError, TypeError) as wrong:
        raise Refused("This is not an iCalendar file.", field="file") from wrong
    with transaction.atomic():
        count = _hold(calendar).close_on(
            {day: clean_line(name[:120], limit=120) for day, name in days.items()}
        )
        tell(calendar, "feed_read", by=by, at=at, days=count)
    return count


def discard(calendar: Calendar, *, by: Any, at: datetime) -> None:
    """Back to the published hours."""
    with transaction.atomic():
        held = _hold(calendar)
        if held.current is None or held.current.spec == held.draft():
            raise Refused("There is no draft to discard.")
        spec = held.current.spec
        held.timezone, held.weekly = spec["timezone"], spec["weekly"]
        held.save(update_fields=["timezone", "weekly"])
        held.days.all().delete()
        CalendarDay.objects.bulk_create(
            CalendarDay(calendar=held, date=day, spans=spans, name=spec["names"].get(day, ""))
            for day, spans in spec["overrides"].items()
        )
        tell(calendar, "discarded", by=by, at=at, version=held.current.number)


def _hold(calendar: Calendar) -> Calendar:
    return (
        Calendar.objects.select_for_update(of=("self",))
        .select_related("current")
        .get(pk=calendar.pk)
    )
