"""The support report over the API: the same numbers as the page, by one more door."""

import json

import pytest
import time_machine

from apps.figures.models import Snapshot
from apps.outbox.drains import drain_jobs
from apps.outbox.models import Job
from apps.reports import periods, ready, support, tables
from apps.reports.asked import Asked
from apps.reports.models import Subscription
from apps.reports.tasks import measure_due
from tests.reports.conftest import NOW, lived  # noqa: F401

pytestmark = pytest.mark.django_db
HERE = "support-report/"


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def page_of(**asked):
    zone = periods.UTC
    window = periods.window_of("30d", at=NOW, zone=zone)
    return support.report(Asked(**asked), window, at=NOW, zone=zone, place="UTC")


def test_its_figures_are_those_of_the_page(speak, sol, lived):  # noqa: F811
    lived(30)
    status, body = speak(sol).get(f"{HERE}?priority=high&zone=UTC")
    assert status == 200
    assert body["window"]["from"] == "2026-10-26T00:00:00Z"
    expected = [one.as_dict() for one in page_of(priority="high").figures.values()]
    assert body["figures"] == json.loads(json.dumps(expected))


@pytest.mark.parametrize("key", tables.TABLES)
def test_every_table_is_there(speak, sol, lived, key):  # noqa: F811
    lived(20)
    status, body = speak(sol).get(f"{HERE}{key}/?zone=UTC")
    head, *rows = tables.TABLES[key](page_of(), tables.names()).lines()
    assert status == 200
    assert (body["head"], body["rows"]) == (list(head), [list(row) for row in rows])


def test_what_stands_now(speak, sol, ada, lived):  # noqa: F811
    lived(40)
    status, body = speak(sol).get(f"{HERE}now/")
    assert status == 200
    assert body["forecast"]["key"] == "support.forecast"
    assert {one["agent"]["name"] for one in body["carrying"]} >= {"Ada Lovelace"}
    assert body["carrying"][0]["open"]["value"] is not None
    assert all(one["low"] <= one["high"] for one in body["tested"])


@pytest.mark.parametrize("path", ["", "flow/", "now/"])
def test_what_takes_long_is_measured_outside_unless_somebody_waits(
    speak,
    program,
    sol,
    lived,  # noqa: F811
    monkeypatch,
    path,
):
    lived(10)
    monkeypatch.setattr(ready, "FEW", 5)
    answer = program(sol).get(f"/api/v1/{HERE}{path}")
    assert (answer.status_code, answer["Retry-After"]) == (202, "2")
    assert answer.json()["state"] == "measuring"
    _, waited = speak(sol).get(f"{HERE}{path}?wait=true")
    assert "state" not in waited
    measure_due()
    status, found = speak(sol).get(f"{HERE}{path}")
    assert status == 200 and found.keys() == waited.keys()
    assert speak(sol).post(f"{HERE}keep/?period=90d")[0] == 201


@pytest.mark.parametrize("path", ["", "explain/"])
def test_one_figure_of_many_tickets_is_measured_outside_too(
    speak,
    sol,
    lived,  # noqa: F811
    monkeypatch,
    path,
):
    lived(10)
    monkeypatch.setattr(ready, "FEW", 5)
    here = f"figures/sla.compliance/{path}"
    status, body = speak(sol).get(here)
    assert (status, body["state"]) == (202, "measuring")
    _, waited = speak(sol).get(f"{here}?wait=true")
    measure_due()
    status, found = speak(sol).get(here)
    assert status == 200 and found.keys() == waited.keys()


def test_it_can_be_kept(speak, sol, lived):  # noqa: F811
    lived(20)
    status, body = speak(sol).post(f"{HERE}keep/?period=7d")
    assert status == 201
    assert Snapshot.objects.get().pk.hex == body["id"].replace("-", "")
    assert body["url"].endswith(f"{body['id']}/")


def test_the_weekly_mail_is_switched(speak, ada):
    program = speak(ada)
    assert program.get(f"{HERE}mail/") == (200, {"weekly_mail": False})
    for _ in range(2):
        assert program.post(f"{HERE}subscribe/") == (200, {"weekly_mail": True})
    assert Subscription.objects.of(ada)
    for _ in range(2):
        assert program.post(f"{HERE}unsubscribe/") == (200, {"weekly_mail": False})


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("?period=ever", 400),
        ("?from=2026-11-02&to=2026-11-01", 400),
        ("?from=9999-12-31&to=9999-12-31", 400),
        ("?from=2027-01-01&to=2027-01-02", 400),
        ("?agent=x", 400),
        ("?zone=Nowhere/Land", 400),
        ("?color=red", 400),
        ("now/?period=7d", 400),
        ("mail/?period=7d", 400),
        ("nothing.here/", 404),
    ],
)
def test_what_is_no_report_is_refused(speak, ada, path, status):
    assert speak(ada).get(f"{HERE}{path}")[0] == status


def test_tickets_are_exported_as_long_work(speak, ada, sol, lived, program):  # noqa: F811
    lived(12)
    status, body = speak(sol).post("ticket-exports/", {"q": "priority:high", "format": "csv"})
    assert status == 201
    assert (body["q"], body["format"], body["file"]) == ("priority:high", "csv", None)
    number = body["id"]
    assert speak(sol).get(f"ticket-exports/{number}/file/")[0] == 404
    drain_jobs()
    _, body = speak(sol).get(f"ticket-exports/{number}/")
    assert (body["state"], body["tickets"]) == ("done", body["total"])
    answer = program(sol).get(body["file"])
    text = b"".join(answer.streaming_content).decode()
    assert answer.status_code == 200 and text.count("\n") >= body["tickets"] + 1
    assert [one["id"] for one in speak(sol).get("ticket-exports/")[1]["results"]] == [number]


def test_a_file_is_for_whoever_ordered_it(speak, ada, sol):
    number = speak(sol).post("ticket-exports/")[1]["id"]
    assert Job.objects.get(pk=number).params == {"words": "", "format": "jsonl"}
    assert speak(ada).get(f"ticket-exports/{number}/")[0] in (403, 404)
    assert speak(sol).post("ticket-exports/", {"q": "status:nothing"})[0] == 400
    assert speak(sol).post("ticket-exports/", {"format": "xls"})[0] == 400
