"""Metrics as programs read, fill and correct them."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.metrics.models import Sample, Series
from apps.outbox.models import Job
from tests.metrics.conftest import batch, metric, source, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def load(db):
    """A gauge without samples."""
    return metric("load", unit="ratio")


def test_metrics_series_and_samples(speak, ada, load):
    take(load, batch(*((60 * n, float(n)) for n in range(1100)), labels={"h": "a"}))
    take(load, batch((0, "nan"), labels={"h": "b"}))
    program = speak(ada)
    assert program.get("metrics/?key=load")[1]["results"][0]["kind"] == "gauge"
    rows = program.get(f"series/?metric={load.pk}")[1]["results"]
    assert {row["labels"]["h"] for row in rows} == {"a", "b"}
    one = next(row for row in rows if row["labels"]["h"] == "a")
    code, page = program.get(f"samples/?series={one['id']}")
    assert code == 200
    assert len(page["results"]) == 1000
    rest = page["next"].partition("/api/v1/")[2]
    assert len(program.get(rest)[1]["results"]) == 100
    other = next(row for row in rows if row["labels"]["h"] == "b")
    assert program.get(f"samples/?series={other['id']}")[1]["results"][0]["state"] == "nan"


@pytest.mark.parametrize("query", ["", "?series=x", "?series=9999999", "?series=1&colour=red"])
def test_samples_of_nothing(speak, ada, query):
    assert speak(ada).get(f"samples/{query}")[0] == 400


def test_a_bad_instant(speak, ada, load):
    take(load, batch((0, 1)))
    pk = Series.objects.get().pk
    assert speak(ada).get(f"samples/?series={pk}&from=yesterday")[0] == 400


def test_pushing(speak, otto, ada, load):
    now = timezone.now().replace(microsecond=0).isoformat()
    body = {"metric": "load", "points": [{"ts": now, "value": 1.5}, {"ts": now}]}
    assert speak(ada).post("samples/", body)[0] == 403
    code, said = speak(otto).post("samples/", body)
    assert code == 201
    assert said["created"] == 1
    assert said["rejected"] == [
        {"row": 2, "column": "value", "reason": "is missing; null says that there is none."}
    ]
    one = source(load, sort="push")
    assert speak(otto).post("samples/", body)[1]["unchanged"] == 1
    one.refresh_from_db()
    assert one.last_error  # a delivery with rejected points is in doubt
    body["points"].pop()
    speak(otto).post("samples/", body)
    one.refresh_from_db()
    assert one.watermark.isoformat() == now


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"metric": "load"},
        {"metric": "load", "points": []},
        {"metric": "nobody", "points": [{}]},
        {"metric": "load", "points": {}},
    ],
)
def test_a_push_that_says_nothing(speak, otto, load, body):
    assert speak(otto).post("samples/", body)[0] == 400


def test_histograms_cannot_be_pushed(speak, otto):
    metric("latency", shape="histogram")
    assert speak(otto).post("samples/", {"metric": "latency", "points": [{}]})[0] == 409


def test_more_points_than_are_taken_at_once_are_refused(speak, otto, load):
    body = {"metric": "load", "points": [{}] * 50_001}
    code, said = speak(otto).post("samples/", body)
    assert code == 409 and "50,001 points" in said["detail"]


def test_sources_and_their_verbs(speak, otto, load):
    one = source(load, sort="sql", query="SELECT 1", next_at=timezone.now())
    one.seal("canary")
    one.save()
    program = speak(otto)
    shown = program.get(f"sources/{one.pk}/")[1]
    assert shown["freshness"] == "unknown"
    assert "canary" not in json.dumps(shown)
    assert one.secret_sealed not in json.dumps(shown)
    assert program.post(f"sources/{one.pk}/fetch/")[0] == 200
    now = timezone.now()
    span = {"since": (now - timedelta(days=1)).isoformat(), "until": now.isoformat()}
    assert program.post(f"sources/{one.pk}/backfill/", span)[0] == 200
    assert Job.objects.count() == 1


def test_a_run_is_undone(speak, otto, load):
    run = take(load, batch((0, 1)))
    program = speak(otto)
    assert program.post(f"import-runs/{run.pk}/undo/")[1]["undone_at"]
    assert program.post(f"import-runs/{run.pk}/undo/")[0] == 409
    assert not Sample.objects.exists()
