"""Calendars as they are drafted: days, holidays, feeds, and back."""

from datetime import date, timedelta

import pytest

from apps.calendars.models import Calendar
from apps.outbox.reach import Forbidden, Reply
from apps.sla import hours
from apps.timeline.refusal import Refused
from tests.make import NOW

pytestmark = pytest.mark.django_db
FEED = b"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//x//y//EN
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20261224
DTEND;VALUE=DATE:20261227
SUMMARY:Plant shutdown
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART:20261230T100000Z
SUMMARY:Standup
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def office(sol):
    calendar = Calendar(name="Office")
    hours.edit(calendar, by=sol, at=NOW, country="DE", timezone="Europe/Berlin")
    calendar.publish()
    return Calendar.objects.get(name="Office")


def verbs(calendar):
    return list(hours.timeline(calendar).order_by("pk").values_list("verb", flat=True))


def test_an_edit_leaves_one_row_and_the_same_edit_none(office, sol):
    hours.edit(office, by=sol, at=NOW, weekly={"mon": [["09:00", "12:00"]]})
    hours.edit(office, by=sol, at=NOW, weekly={"mon": [["09:00", "12:00"]]})
    assert verbs(office) == ["created", "edited"]
    assert hours.timeline(office).get(verb="edited").data["weekly"][1] == {
        "mon": [["09:00", "12:00"]]
    }


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "Night"}, "name"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"weekly": {"mon": [["12:00", "09:00"]]}}, "weekly"),
        ({"weekly": {}}, "weekly"),
        ({"ical_url": "gopher:x"}, "ical_url"),
    ],
)
def test_what_makes_no_calendar_is_refused_by_its_field(office, sol, fields, field):
    Calendar.objects.create(name="Night")
    with pytest.raises(Refused) as refused:
        hours.edit(office, by=sol, at=NOW, **fields)
    assert refused.value.field == field
    assert Calendar.objects.get(pk=office.pk).name == "Office"


def test_days_are_set_changed_and_dropped(office, sol):
    day = date(2026, 12, 24)
    hours.set_day(office, day, [], name="Eve", by=sol, at=NOW)
    hours.set_day(office, day, [["09:00", "12:00"]], name="Eve", by=sol, at=NOW)
    assert [(one.date, one.spans) for one in office.days.all()] == [(day, [["09:00", "12:00"]])]
    with pytest.raises(Refused) as refused:
        hours.set_day(office, day, [["13:00", "12:00"]], name="", by=sol, at=NOW)
    assert refused.value.field == "spans"
    dropped = hours.drop_day(office, day, by=sol, at=NOW)
    assert dropped.name == "Eve" and not office.days.exists()
    with pytest.raises(Refused):
        hours.drop_day(office, day, by=sol, at=NOW)


def test_holidays_come_by_name_and_days_set_already_stay(office, sol):
    hours.set_day(office, date(2026, 12, 25), [["09:00", "10:00"]], name="Ours", by=sol, at=NOW)
    assert hours.adopt(office, 2026, by=sol, at=NOW) > 5
    names = dict(office.days.values_list("date", "name"))
    assert names[date(2026, 12, 25)] == "Ours" and names[date(2026, 10, 3)]
    assert hours.adopt(office, 2026, by=sol, at=NOW) == 0
    hours.edit(office, by=sol, at=NOW, country="XX")
    with pytest.raises(Refused):
        hours.adopt(office, 2026, by=sol, at=NOW)


def test_all_day_events_of_a_file_close(office, sol):
    assert hours.take_feed(office, FEED, by=sol, at=NOW) == 3
    assert set(office.days.values_list("name", flat=True)) == {"Plant shutdown"}
    assert hours.take_feed(office, FEED, by=sol, at=NOW) == 0
    for wrong in (b"no calendar", b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VEVENT\nEND:VCALENDAR"):
        with pytest.raises(Refused, match="not an iCalendar file"):
            hours.take_feed(office, wrong, by=sol, at=NOW)


def test_a_feed_is_read_from_its_address(office, sol, monkeypatch):
    with pytest.raises(Refused, match="no iCalendar address"):
        hours.read_feed(office, by=sol, at=NOW)
    hours.edit(office, by=sol, at=NOW, ical_url="https://calendar.test/feed.ics")
    office.refresh_from_db()
    answers = iter([Reply(200, FEED), Reply(404, b"")])
    monkeypatch.setattr(hours, "fetch", lambda url, most: next(answers))
    assert hours.read_feed(office, by=sol, at=NOW) == 3
    with pytest.raises(Refused, match="404"):
        hours.read_feed(office, by=sol, at=NOW)


def test_an_address_inside_the_house_is_not_reached(office, sol):
    hours.edit(office, by=sol, at=NOW, ical_url="http://127.0.0.1/feed.ics")
    office.refresh_from_db()
    with pytest.raises(Refused) as refused:
        hours.read_feed(office, by=sol, at=NOW)
    assert isinstance(refused.value.__cause__, Forbidden)


def test_a_draft_goes_back_to_what_is_published(office, sol):
    hours.adopt(office, 2026, by=sol, at=NOW)
    hours.edit(office, by=sol, at=NOW, weekly={"mon": [["09:00", "10:00"]]}, timezone="UTC")
    hours.discard(office, by=sol, at=NOW + timedelta(hours=1))
    office.refresh_from_db()
    assert office.draft() == office.current.spec
    with pytest.raises(Refused, match="no draft"):
        hours.discard(office, by=sol, at=NOW)
