"""What Prometheus reads, and who may."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from apps.metrics.rules import LATENCY_BOUNDS
from apps.outbox.models import Delivery, Heartbeat
from apps.public.traffic import Recorder

pytestmark = pytest.mark.django_db


def scrape(**headers):
    return Client(headers=headers).get("/metrics")


def read(response) -> dict[tuple, float]:
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(response.content.decode())
        for sample in family.samples
    }


def test_traffic_is_a_histogram_with_its_errors():
    recorder = Recorder()
    for seconds in (0.004, 0.2, 0.21, 99.0):
        recorder.count("tickets/", 200, seconds)
    recorder.count("tickets/", 503, 0.01)
    recorder.write()
    found = read(scrape())
    assert found["afterlaunch_request_seconds_count", "2xx", "tickets/"] == 4
    assert found["afterlaunch_request_seconds_sum", "2xx", "tickets/"] == pytest.approx(99.414)
    assert found["afterlaunch_request_seconds_bucket", "0.2", "2xx", "tickets/"] == 2
    assert found["afterlaunch_request_seconds_bucket", "+Inf", "2xx", "tickets/"] == 4
    assert found["afterlaunch_request_errors_total", "5xx", "tickets/"] == 1
    assert 0.2 in LATENCY_BOUNDS


def test_what_waits_and_who_lives():
    Heartbeat.objects.beat("relay")
    late = timezone.now() - timedelta(seconds=90)
    Delivery.objects.enqueue(
        channel="mail",
        cause="test:1",
        recipient="kim@customer.test",
        payload={"subject": "Hello", "text": "Hello"},
    )
    Delivery.objects.update(next_at=late)
    found = read(scrape())
    assert found["afterlaunch_due", "outbox.mail"] >= 1
    assert found["afterlaunch_due", "outbox.jobs"] == 0
    assert 90 <= found["afterlaunch_outbox_lag_seconds",] < 100
    assert found["afterlaunch_heartbeat_timestamp_seconds", "relay"] > late.timestamp()


def test_nothing_due_is_no_lag():
    assert read(scrape())["afterlaunch_outbox_lag_seconds",] == 0


@pytest.mark.parametrize(
    ("meta", "status"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, 200),
        ({"REMOTE_ADDR": "127.8.8.8"}, 200),
        ({"REMOTE_ADDR": "::1"}, 200),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"}, 403),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=10.0.0.1"}, 403),
        ({"REMOTE_ADDR": "10.0.0.1"}, 403),
        ({"REMOTE_ADDR": ""}, 403),
        ({"REMOTE_ADDR": "unix:"}, 403),
        ({"REMOTE_ADDR": "10.0.0.1", "HTTP_AUTHORIZATION": "Bearer a-long-secret"}, 200),
        ({"REMOTE_ADDR": "10.0.0.1", "HTTP_AUTHORIZATION": "Bearer wrong"}, 403),
        ({"REMOTE_ADDR": "10.0.0.1", "HTTP_AUTHORIZATION": "Bearer schlüssel"}, 403),
    ],
)
def test_this_machine_or_the_token(settings, meta, status):
    settings.METRICS_TOKEN = "a-long-secret"
    assert Client().get("/metrics", **meta).status_code == status


def test_without_a_token_set_no_token_is_right(settings):
    settings.METRICS_TOKEN = ""
    headers = {"REMOTE_ADDR": "10.0.0.1", "HTTP_AUTHORIZATION": "Bearer "}
    assert Client().get("/metrics", **headers).status_code == 403
