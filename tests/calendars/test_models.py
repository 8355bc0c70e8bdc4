"""Calendars as they are edited, and the versions clocks are measured by."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from apps.calendars.importers import closed_days
from apps.calendars.models import Calendar, CalendarDay, CalendarVersion, office_week
from apps.calendars.rules import compile_calendar

pytestmark = pytest.mark.django_db


@pytest.fixture
def berlin():
    return Calendar.objects.create(name="Berlin office", timezone="Europe/Berlin", country="DE")


def test_publishing_freezes_the_hours_and_the_same_hours_make_no_new_version(berlin):
    first = berlin.publish(reason="as agreed")
    assert berlin.publish() == first
    berlin.weekly = {**office_week(), "sat": [["10:00", "12:00"]]}
    berlin.save()
    second = berlin.publish()
    assert (first.number, second.number) == (1, 2)
    assert "sat" not in first.spec["weekly"]
    berlin.refresh_from_db()
    assert berlin.current == second
    assert list(CalendarVersion.objects.newest_first()) == [second, first]
    assert CalendarVersion.objects.specs()[first.pk] == first.spec
    assert str(second) == "Berlin office v2"


def test_public_holidays_come_with_their_names_and_do_not_overwrite(berlin):
    CalendarDay.objects.create(
        calendar=berlin, date=date(2026, 12, 25), name="Half day", spans=[["09:00", "12:00"]]
    )
    assert berlin.adopt_holidays(2026) > 5
    assert berlin.adopt_holidays(2026) == 0
    spec = berlin.publish().spec
    assert spec["overrides"]["2026-10-03"] == []
    assert spec["names"]["2026-10-03"] == "German Unity Day"
    assert spec["overrides"]["2026-12-25"] == [["09:00", "12:00"]]
    assert spec["names"]["2026-12-25"] == "Half day"
    compile_calendar(spec)
    assert str(berlin.days.first()) == "2026-01-01 New Year's Day"


def test_a_published_version_measures(berlin):
    working = compile_calendar(berlin.publish().spec)
    monday_eight_utc = 1_795_420_800
    assert working.elapsed(monday_eight_utc, monday_eight_utc + 3600) == 3600


@pytest.mark.parametrize(
    ("country", "sentence"), [("", "Name a country first."), ("XX", "not available")]
)
def test_holidays_of_nowhere_are_refused(country, sentence):
    nowhere = Calendar.objects.create(name="Nowhere", country=country)
    with pytest.raises(ValidationError, match=sentence):
        nowhere.adopt_holidays(2026)


@pytest.mark.parametrize(
    "weekly", [{"monday": []}, {"mon": [["18:00", "08:00"]]}, {"mon": "always"}, []]
)
def test_hours_that_cannot_be_are_refused(berlin, weekly):
    berlin.weekly = weekly
    with pytest.raises(ValidationError):
        berlin.full_clean()


def test_a_day_with_impossible_spans_is_refused(berlin):
    day = CalendarDay(calendar=berlin, date=date(2026, 12, 24), spans=[["25:00", "26:00"]])
    with pytest.raises(ValidationError):
        day.full_clean()
    day.spans = [["08:00", "12:00"]]
    day.full_clean()


FEED = b"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//story//EN
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20261224
DTEND;VALUE=DATE:20261227
SUMMARY:Office closed
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART:20261201T090000Z
SUMMARY:A meeting
END:VEVENT
END:VCALENDAR
"""


def test_a_feed_closes_whole_days_only(berlin):
    found = closed_days(FEED)
    assert found == {
        date(2026, 12, 24): "Office closed",
        date(2026, 12, 25): "Office closed",
        date(2026, 12, 26): "Office closed",
    }
    assert berlin.close_on(found) == 3


def test_what_is_not_a_feed_is_refused():
    with pytest.raises(ValueError):
        closed_days(b"<html>")
