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


def test_it_is_only_read(speak, ada, office):
    assert speak(ada).post("calendars/", {"name": "Mine"})[0] == 405
