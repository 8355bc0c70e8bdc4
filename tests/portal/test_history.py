"""What happened to a record, as people read it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.actions.models import Action
from apps.portal.history import history, said
from apps.timeline.models import Activity
from tests import make
from tests.make import NOW


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, ""),
        ([], ""),
        ({}, ""),
        (14, "14"),
        (0, "0"),
        ("waiting_customer", "waiting customer"),
        (["billing", "german"], "billing, german"),
        ({"urgent": {"first_response": 900}}, "urgent first response 900"),
        ("2026-11-27", "27 Nov 2026"),
        ("2026-13-27", "2026-13-27"),
        ("2026-11-27 or so", "2026-11-27 or so"),
        ("2026-11-27T10:00:00", "2026-11-27T10:00:00"),
    ],
)
def test_a_stored_value_is_said_as_people_say_it(value, words):
    assert said(value) == words


def test_an_instant_is_said_in_the_readers_zone():
    with timezone.override("Asia/Tokyo"):
        assert said("2020-11-27T20:00:00+00:00") == "28 Nov 2020"


def test_people_are_named_and_what_was_empty_before_is_left_out(
    ada, sol, django_assert_num_queries
):
    action = Action.objects.agree("Write it down", owner=ada, due=NOW.date(), by=sol, at=NOW)
    action.hand_to(sol, by=sol, at=NOW + timedelta(hours=1))
    told = list(action.timeline().order_by("pk"))
    with django_assert_num_queries(1):
        first, second = history(told)
    assert [(one.name, one.before, one.after) for one in first.changes if one.name == "owner"] == [
        ("owner", "", "Ada Lovelace")
    ]
    assert ("owner", "Ada Lovelace", "Sol Martínez") in [
        (one.name, one.before, one.after) for one in second.changes
    ]


def test_somebody_who_is_gone_and_a_reason_are_told(db):
    told = [
        Activity(
            verb="published", data={"reason": "As agreed", "version": [1, 2], "owner": [None, 99]}
        ),
        Activity(verb="kept", data={"reason": ["", "x"], "team": [None, None]}),
    ]
    first, second = history(told)
    assert first.reason == "As agreed" and second.reason == ""
    assert [one.after for one in first.changes] == ["2", "no. 99, gone since"]
    assert [one.name for one in second.changes] == ["reason"]


def test_the_page_of_a_record_shows_it(as_ada, ada, sol):
    northwind = make.customer("Northwind")
    action = Action.objects.agree("Call them", owner=ada, due=NOW.date(), by=sol, at=NOW)
    page = as_ada.get(action.get_absolute_url()).content.decode()
    assert "owner <b>Ada Lovelace</b>" in page and "none →" not in page
    assert northwind.pk
