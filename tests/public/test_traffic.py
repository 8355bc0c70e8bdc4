"""What the portal sees of itself."""

import os
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, OperationalError
from django.test import Client, RequestFactory

from apps.metrics.rules import LATENCY_BOUNDS
from apps.public import traffic
from apps.public.models import TrafficMinute
from apps.public.traffic import Recorder, Seen, Tally, observe, route_of
from tests.make import NOW

MINUTE = int(NOW.timestamp()) // 60


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOW.timestamp()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def recorder() -> Recorder:
    """A recorder at nine on a Monday."""
    return Recorder(clock=Clock())


@pytest.mark.parametrize(
    ("seconds", "place"), [(0.0, 0), (0.005, 0), (0.0051, 1), (0.2, 5), (0.2001, 6), (11, 12)]
)
def test_an_edge_belongs_to_its_bucket(seconds, place):
    tally = Tally()
    tally.add(200, seconds)
    assert tally.buckets.index(1) == place
    assert len(tally.buckets) == len(LATENCY_BOUNDS) + 1


def test_faults_are_errors_and_refusals_are_not():
    tally = Tally()
    for status in (200, 302, 404, 429, 500, 503):
        tally.add(status, 0.1)
    assert (tally.requests, tally.errors) == (6, 2)


@pytest.mark.django_db
def test_writing_twice_changes_nothing(recorder):
    recorder.count("tickets/", 200, 0.1)
    recorder.count("tickets/", 404, 0.1)
    assert recorder.write() == 2
    assert recorder.write() == 0
    recorder.count("tickets/", 200, 0.3)
    recorder.write()
    row = TrafficMinute.objects.get(status_class="2xx")
    assert (row.minute, row.requests, row.seconds) == (NOW, 2, pytest.approx(0.4))
    assert sum(row.buckets) == 2
    assert str(row) == "2 × tickets/ 2xx at 09:00"


@pytest.mark.django_db
def test_two_processes_keep_two_rows(recorder):
    other = Recorder(clock=recorder.clock)
    for each in (recorder, other):
        each.count("tickets/", 200, 0.1)
        each.write()
    assert TrafficMinute.objects.count() == 2
    (total,) = TrafficMinute.objects.totals()
    assert (total.requests, sum(total.buckets)) == (2, 2)


@pytest.mark.django_db
def test_while_the_database_is_away_an_hour_waits_in_memory(recorder, monkeypatch):
    def away(*_):
        raise OperationalError("the server closed the connection")

    with monkeypatch.context() as broken:
        broken.setattr(type(TrafficMinute.objects.all()), "put", away)
        for minute in range(70):
            recorder.clock.now = NOW.timestamp() + minute * 60
            recorder.count("tickets/", 200, 0.1)
            assert recorder.write() == 0
    assert len(recorder.tallies) == 61
    assert recorder.write() == 61
    assert TrafficMinute.objects.count() == 61
    assert len(recorder.tallies) <= 3


@pytest.mark.django_db
def test_a_day_that_is_over_is_folded_and_the_total_stays(recorder):
    for minute in (0, 1, 4320):
        recorder.clock.now = NOW.timestamp() + minute * 60
        recorder.count("tickets/", 200, 0.1)
        recorder.count("tickets/", 500, 2.0)
        recorder.write()
    before = list(TrafficMinute.objects.totals())
    assert traffic.fold(at=NOW + timedelta(days=2, minutes=1)) == 2
    assert TrafficMinute.objects.count() == 6
    traffic.fold(at=NOW + timedelta(days=3))
    traffic.fold(at=NOW + timedelta(days=3))
    assert TrafficMinute.objects.count() == 4
    assert list(TrafficMinute.objects.totals()) == before


@pytest.mark.django_db
def test_requests_are_counted_by_their_pattern(monkeypatch, as_ada):
    own = Recorder()
    monkeypatch.setattr(traffic, "recorder", lambda: own)
    for path in ("/api/v1/actions/7/", "/api/v1/actions/8/", "/nothing/", "/healthz/live"):
        Client().get(path)
    Client().get("/static/portal/css/tokens.css")
    Client().get("/nothing/?x=%00")
    routes = {(route, status): tally.requests for (_, route, status), tally in own.tallies.items()}
    assert len(routes) == 2, routes
    assert routes["(nowhere)", "4xx"] == 2
    (counted,) = [count for (route, _), count in routes.items() if "actions" in route]
    assert counted == 2


def test_a_page_that_breaks_is_counted_as_an_error(monkeypatch):
    own = Recorder()
    monkeypatch.setattr(traffic, "recorder", lambda: own)
    with pytest.raises(ZeroDivisionError), observe(RequestFactory().get("/x/")):
        raise ZeroDivisionError
    (tally,) = own.tallies.values()
    assert tally.errors == 1
    assert Seen().status == 500


def test_the_first_page_has_a_route_too(rf):
    request = rf.get("/")
    request.resolver_match = type("Match", (), {"route": ""})()
    assert route_of(request) == "/"


def test_a_fork_begins_its_own_counts(monkeypatch, settings):
    settings.PROCESS = "command"
    monkeypatch.setattr(traffic, "_own", None)
    first = traffic.recorder()
    assert traffic.recorder() is first
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert traffic.recorder() is not first


def test_where_pages_are_served_somebody_writes(monkeypatch, settings):
    settings.PROCESS = "web"
    started = []
    monkeypatch.setattr(traffic, "_own", None)
    monkeypatch.setattr(traffic, "start_writing", started.append)
    assert started == [] and traffic.recorder() is started[0]


@pytest.mark.django_db(transaction=True)
def test_the_writer_writes_and_ends(recorder, monkeypatch):
    monkeypatch.setattr(traffic.atexit, "register", lambda *_: None)
    written = threading.Event()
    write = recorder.write
    monkeypatch.setattr(recorder, "write", lambda: (write(), written.set()))
    recorder.count("tickets/", 200, 0.1)
    ended = traffic.start_writing(recorder, every=0.01)
    assert written.wait(5)
    ended.set()
    assert TrafficMinute.objects.get().requests == 1


def test_a_writer_survives_what_nobody_foresaw(recorder, monkeypatch):
    def broken():
        raise ZeroDivisionError

    monkeypatch.setattr(recorder, "write", broken)
    monkeypatch.setattr(traffic.connection, "close", lambda: None)
    traffic._write_and_let_go(recorder)


def test_minutes_are_utc(recorder):
    row = recorder._row((MINUTE, "x", "2xx"), Tally())
    assert row.minute == datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert issubclass(OperationalError, DatabaseError)
