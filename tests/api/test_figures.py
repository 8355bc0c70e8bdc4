"""Figures over the API."""

import pytest

from apps.actions.models import Action
from tests.make import NOW


@pytest.fixture
def three_overdue(ada) -> None:
    """Three of Ada's actions are late."""
    for day in (1, 2, 3):
        Action.objects.agree(
            f"Do {day}", owner=ada, due=NOW.replace(year=2020, day=day).date(), by=ada, at=NOW
        )


def test_all_definitions_are_listed(speak, ada):
    status, body = speak(ada).get("figures/")
    known = {row["key"]: row for row in body["results"]}
    assert status == 200 and body["next"] is None
    assert known["actions.overdue"]["better"] == "lower"
    assert known["actions.on_time"]["window"] == "30 00:00:00"


def test_one_figure(speak, ada, three_overdue):
    status, body = speak(ada).get("figures/actions.overdue/")
    assert status == 200
    assert (body["value"], body["state"], body["target"]) == (3, "missed", 0)


def test_why(speak, ada, three_overdue):
    status, body = speak(ada).get("figures/actions.overdue/explain/")
    assert status == 200
    assert body["definition"]["formula"] == "Open actions whose day has passed"
    assert [row["title"] for row in body["rows"]] == ["Do 3", "Do 2", "Do 1"]
    assert body["head"][0] == "Action"
    later = body["rows"][0]["url"].strip("/").split("/")[1]
    assert len(speak(ada).get(f"figures/actions.overdue/explain/?after={later}")[1]["rows"]) == 2


def test_rows_need_the_permission_of_the_rows(speak, ada, three_overdue):
    status, body = speak(ada, "figures.read").get("figures/actions.overdue/explain/")
    assert status == 200
    assert body["figure"]["value"] == 3 and body["rows"] == []


def test_a_window_of_ones_own(speak, ada):
    window = "from=2026-11-01T00:00:00Z&to=2026-11-15T00:00:00%2B01:00"
    status, body = speak(ada).get(f"figures/actions.on_time/?{window}")
    assert status == 200
    assert body["window"] == {
        "from": "2026-11-01T00:00:00+00:00",
        "to": "2026-11-14T23:00:00+00:00",
    }


@pytest.mark.parametrize(
    "query",
    [
        "from=2026-11-01T00:00:00Z",
        "to=2026-11-01T00:00:00Z",
        "from=2026-11-01T00:00:00&to=2026-11-02T00:00:00Z",
        "from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z",
        "from=2026-11-02T00:00:00Z&to=2026-11-02T00:00:00Z",
        "from=x&to=y",
        "from=9999-12-31T23:59:59Z&to=9999-12-31T23:59:59Z",
        "from=0001-01-01T00:00:00Z&to=2026-01-01T00:00:00Z",
        "metric=x",
    ],
)
def test_a_window_that_is_none(speak, ada, query):
    assert speak(ada).get(f"figures/actions.on_time/?{query}")[0] == 400


def test_what_is_not_there(speak, ada):
    assert speak(ada).get("figures/nothing.here/")[0] == 404
    assert speak(ada).get("figures/actions.overdue/explain/?after=x")[0] == 400
