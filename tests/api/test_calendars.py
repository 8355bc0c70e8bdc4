"""Calendars over the API."""

import pytest

from apps.calendars.models import Calendar


@pytest.fixture
def office(db) -> Calendar:
    """The office in Berlin, published twice."""
    made = Calendar.objects.create(name="Office", timezone="Europe/Berlin")
    made.publish(reason="First")
    made.weekly = {"mon": [["10:00", "16:00"]]}
    made.save()
    made.publish(reason="Shorter")
    return made


def test_what_is_in_force(speak, ada, office):
    status, body = speak(ada).get("calendars/?name=Office")
    assert status == 200
    (shown,) = body["results"]
    assert (shown["name"], shown["current"]["number"]) == ("Office", 2)
    assert shown["current"]["spec"]["weekly"] == {"mon": [["10:00", "16:00"]]}


def test_every_version_stays(speak, ada, office):
    status, body = speak(ada).get(f"calendars/{office.pk}/versions/")
    assert status == 200
    assert [version["reason"] for version in body["results"]] == ["Shorter", "First"]


def test_pages_by_name(speak, ada, office):
    Calendar.objects.create(name="Night")
    asked = speak(ada)
    _, first = asked.get("calendars/?limit=1")
    _, second = asked.get(first["next"].partition("/api/v1/")[2])
    names = [row["name"] for row in first["results"] + second["results"]]
    assert names == ["Night", "Office"]


def test_hours_are_drafted_tried_and_published(speak, sol, pia, lea):
    drafts, leads = speak(pia), speak(sol)
    status, made = drafts.post("calendars/", {"name": "Night", "timezone": "Europe/Berlin"})
    assert status == 201 and made["current"] is None
    at = f"calendars/{made['id']}"
    week = {"mon": [["22:00", "24:00"]], "tue": [["00:00", "06:00"]]}
    assert drafts.post(f"{at}/edit/", {"weekly": week, "country": "DE"})[0] == 200
    assert drafts.post(f"{at}/publish/")[0] == 403
    status, shown = leads.post(f"{at}/publish/", {"reason": "Shift"})
    assert (status, shown["current"]["spec"]["weekly"]) == (200, week)
    day = {"date": "2031-12-24", "name": "Eve", "spans": [["00:00", "04:00"]]}
    assert drafts.post(f"{at}/set-day/", day)[0] == 200
    assert drafts.post(f"{at}/adopt/", {"year": 2031})[0] == 200
    assert drafts.post(f"{at}/drop-day/", {"date": "2031-12-25"})[0] == 200
    assert drafts.post(f"{at}/drop-day/", {"date": "2031-12-25"})[0] == 409
    assert drafts.post(f"{at}/read-feed/")[0] == 400
    assert drafts.get(f"{at}/dry-run/")[0] == 404
    status, found = drafts.post(f"{at}/dry-run/")
    assert status == 200 and found["preview"]["moved"] == 0
    assert drafts.get(f"{at}/dry-run/") == (200, found)
    status, shown = drafts.post(f"{at}/discard/")
    assert status == 200 and shown["draft"]["overrides"] == {}
    bad = {"date": "2031-12-24", "spans": [["12:00", "08:00"]]}
    assert drafts.post(f"{at}/set-day/", bad)[0] == 400
    assert drafts.post(f"{at}/edit/", {"timezone": "Mars/Olympus"})[0] == 400
