"""The report as a person opens it: filters in the address, files, and a kept one."""

import csv
import io
import re

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.figures.models import Snapshot

from .conftest import NOW

pytestmark = pytest.mark.django_db
HERE = "/insight/support/"


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def rows_of(answer):
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def queries(browser, url):
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(url).status_code == 200
    return len(captured)


def test_the_report_opens_and_its_numbers_lead_to_their_rows(as_sol, lived):
    lived(30)
    text = as_sol.get(HERE).content.decode()
    assert "26 Oct 2026 – 24 Nov 2026" in text
    [created] = re.findall(r'class="figure" href="(/figures/support\.created/[^"]+)"', text)
    behind = as_sol.get(created.replace("&amp;", "&"))
    assert behind.status_code == 200
    assert b"data-row" in behind.content


def test_as_many_queries_for_many_tickets_as_for_few(as_sol, lived):
    lived(12)
    as_sol.get(HERE)
    few, few_now = queries(as_sol, HERE), queries(as_sol, f"{HERE}now/")
    lived(30, seed=9)
    assert queries(as_sol, HERE) == few <= 50
    assert queries(as_sol, f"{HERE}now/") == few_now <= 25


@pytest.mark.parametrize(
    "query",
    [
        "period=7d",
        "period=month",
        "period=last_month",
        "period=ever",
        "from=2026-11-01&to=2026-11-02",
        "agent=nobody",
        "queue=billing&tier=enterprise&channel=mail&priority=high",
    ],
)
def test_filters_stand_in_the_address(as_sol, lived, query):
    lived(10)
    assert as_sol.get(f"{HERE}?{query}").status_code == 200
    assert as_sol.get(f"{HERE}now/?{query}").status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "from=x&to=y",
        "from=2026-11-01",
        "from=2026-11-02&to=2026-11-01",
        "from=9999-12-31&to=9999-12-31",
        "from=2027-01-01&to=2027-01-02",
        "agent=x",
        "priority=x",
    ],
)
def test_what_is_no_report_is_refused_in_a_sentence(as_sol, query):
    for url in (HERE, f"{HERE}times.csv"):
        assert as_sol.get(f"{url}?{query}").status_code == 400
    assert as_sol.post(f"{HERE}keep/?{query}").status_code == 400


def test_odd_filters_are_refused_on_the_page_of_now_too(as_sol):
    assert as_sol.get(f"{HERE}now/?team=x").status_code == 400


def test_a_kept_report_says_the_same_for_ever(as_sol, lived):
    lived(25)
    before = rows_of(as_sol.get(f"{HERE}figures.csv"))
    kept = as_sol.post(f"{HERE}keep/")
    snapshot = Snapshot.objects.get()
    assert kept["Location"] == f"{HERE}{snapshot.pk}/"
    lived(10, seed=3)
    page = as_sol.get(kept["Location"])
    assert str(snapshot.pk) in page.content.decode()
    assert rows_of(as_sol.get(f"{kept['Location']}figures.csv")) == before
    assert len(rows_of(as_sol.get(f"{kept['Location']}backlog.csv"))) == 31


def test_a_file_holds_no_formula(as_sol, ada, lived):
    ada.name = "=cmd|' /C calc'!A0"
    ada.save()
    lived(25)
    told = rows_of(as_sol.get(f"{HERE}pauses.csv"))
    assert any(row[0].startswith("'=cmd") for row in told)


def test_what_is_no_table_or_no_report_is_not_found(as_sol):
    other = Snapshot.take(["sla.compliance"], at=NOW)
    for url in ("x.csv", f"{other.pk}/", f"{other.pk}/x.csv", f"{other.pk}/times.csv"):
        assert as_sol.get(f"{HERE}{url}").status_code == 404


def test_now_shows_what_each_carries(as_sol, ada, lived):
    lived(40)
    text = as_sol.get(f"{HERE}now/").content.decode()
    assert "Ada Lovelace" in text
    assert "part=due" in text
