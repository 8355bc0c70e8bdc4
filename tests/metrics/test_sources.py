"""Sources that are asked: kind ones, lying ones, slow ones, and a real Prometheus."""

import gzip
import json
import shutil
import socket
import subprocess
import time
import urllib.request
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from itertools import pairwise
from urllib.parse import parse_qs

import pytest
from django.db import connection
from django.utils import timezone

from apps.figures.registry import compute
from apps.figures.rules import State
from apps.metrics import backfill, booking, fetching, own, pulling, rollups, stores
from apps.metrics.choices import Origin, RunStatus
from apps.metrics.models import ImportRun, Metric, Sample, SampleDist, Series
from apps.metrics.rules import grid
from apps.metrics.rules.freshness import Freshness
from apps.metrics.tasks import import_due, roll_up
from apps.outbox.drains import drain_jobs
from apps.outbox.models import Job
from tests.servers import answering, free_port

from .conftest import metric, source

pytestmark = pytest.mark.django_db


def http(body, status="200 OK", *, head=b""):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n%s\r\n%s" % (
        status.encode(),
        len(raw),
        head,
        raw,
    )


def matrix(*points, **more):
    data = {"resultType": "matrix", "result": [{"metric": {}, "values": list(points)}]}
    return {"status": "success", "data": data, **more}


@contextmanager
def asked(settings, answer, of, **fields):
    """A source whose server gives this answer, reachable from here."""
    with answering(*([answer] if isinstance(answer, bytes) else answer)) as server:
        settings.INTERNAL_HOSTS = [f"127.0.0.1:{server.port}"]
        one = source(of, url=f"http://127.0.0.1:{server.port}", query="up", **fields)
        one.server = server
        yield one


def minute_ago(n=3):
    return int(timezone.now().timestamp()) // 60 * 60 - 60 * n


class TestPrometheus:
    def test_what_is_asked(self, settings, load):
        at = minute_ago()
        with asked(settings, http(matrix([at, "1"])), load, step=60, settle=90) as one:
            runs = pulling.pull(one)
        words = parse_qs(one.server.heard.split(b" ")[1].partition(b"?")[2].decode())
        assert words["query"] == ["up"]
        assert int(words["start"][0]) % 60 == 0
        assert int(words["end"][0]) % 60 == 0
        assert int(words["end"][0]) <= timezone.now().timestamp() - 90
        assert runs[0].status == RunStatus.OK
        one.refresh_from_db()
        assert one.watermark.timestamp() == at
        assert one.next_at > timezone.now()
        assert one.last_success_at

    def test_a_long_query_is_posted(self, settings, load):
        with asked(settings, http(matrix()), load) as one:
            one.query = "up" + " or up" * 400
            pulling.pull(one)
        assert one.server.heard.startswith(b"POST /api/v1/query_range")

    @pytest.mark.parametrize(
        ("fields", "header"),
        [
            ({}, b"Authorization: Bearer canary"),
            ({"username": "otto"}, b"Authorization: Basic b3R0bzpjYW5hcnk="),
            ({"header": "X-Token"}, b"X-Token: canary"),
        ],
    )
    def test_secrets_travel_in_the_header_alone(self, settings, load, fields, header):
        with asked(settings, http(matrix()), load, **fields) as one:
            one.seal("canary")
            one.save()
            assert "canary" not in one.secret_sealed
            runs = pulling.pull(one)
        assert header in one.server.heard
        assert "canary" not in json.dumps([str(vars(run)) for run in runs])

    def test_an_empty_answer_is_not_zero_and_becomes_stale(self, settings, load):
        with asked(settings, http(matrix()), load) as one:
            run = pulling.pull(one)[0]
        assert run.status == RunStatus.EMPTY
        one.refresh_from_db()
        assert one.watermark is None
        assert one.freshness(timezone.now()) is Freshness.UNKNOWN
        assert not Sample.objects.exists()

    def test_only_a_named_host_is_reached(self, settings, load):
        settings.INTERNAL_HOSTS = []
        one = source(load, url="http://127.0.0.1:9090", query="up")
        run = pulling.pull(one)[0]
        assert run.status == RunStatus.FAILED
        assert "INTERNAL_HOSTS" in run.error
        one.refresh_from_db()
        assert one.last_error_final
        assert one.circuit_open
        assert "INTERNAL_HOSTS" in fetching.complaint(one)


def big(n):
    at = minute_ago(2)
    return matrix(*([at - 60 * k, "1"] for k in range(n)))


# name → (answer, whether asking again is no use)
def faults():
    """As of this minute: what was answered when the run began is out of range by now."""
    return {
        "500": (http(b"oops", "500 Internal Server Error"), False),
        "502 page": (http(b"<html>bad gateway</html>", "502 Bad Gateway"), False),
        "503 timeout": (
            http({"status": "error", "errorType": "timeout", "error": "x"}, "503 Unavailable"),
            False,
        ),
        "429": (http(b"", "429 Too Many Requests"), False),
        "400 bad data": (
            http({"status": "error", "errorType": "bad_data", "error": "parse"}, "400 Bad Request"),
            True,
        ),
        "422 execution": (
            http({"status": "error", "errorType": "execution", "error": "x"}, "422 Unprocessable"),
            True,
        ),
        "401": (http(b"", "401 Unauthorized"), True),
        "404": (http(b"no such page", "404 Not Found"), True),
        "redirect": (http(b"", "302 Found", head=b"Location: http://127.0.0.1:1/\r\n"), True),
        "html": (http(b"<!doctype html><title>Sign in</title>"), False),
        "empty body": (http(b""), False),
        "truncated json": (http(json.dumps(matrix([1, "2"])).encode()[:-9]), False),
        "truncated body": (http(matrix([1, "2"]))[:-9], False),
        "not utf-8": (http(b"\xff\xfe\x00"), False),
        "nan literal": (http(b'{"status":"success","data":{"result":[NaN]}}'), False),
        "twice a key": (http(b'{"status":"success","status":"success"}'), False),
        "deep": (http(b'{"a":' * 100_000), False),
        "array": (http([]), False),
        "no data": (http({"status": "success"}), False),
        "a string": (
            http({"status": "success", "data": {"resultType": "string", "result": [1, "x"]}}),
            True,
        ),
        "numbers as values": (http(matrix([minute_ago(), 1])), False),
        "text as values": (http(matrix([minute_ago(), "one"])), False),
        "milliseconds": (http(matrix([minute_ago() * 1000, "1"])), False),
        "another range": (http(matrix([minute_ago() - 864_000, "1"])), False),
        "the future": (http(matrix([minute_ago() + 864_000, "1"])), False),
        "too many points": (http(big(11_001)), False),
        "gzip bomb": (
            http(gzip.compress(bytes(30_000_000), mtime=0), head=b"Content-Encoding: gzip\r\n"),
            False,
        ),
        "damaged gzip": (http(b"xx", head=b"Content-Encoding: gzip\r\n"), False),
        "too large": (b"HTTP/1.1 200 OK\r\nContent-Length: 2000000000\r\n\r\n", False),
        "nothing": (b"", False),
        "not http": (b"SSH-2.0-OpenSSH_9.2\r\n", False),
    }


def doubts():
    """As of this minute, too."""
    return {
        "warnings": matrix([minute_ago(), "1"], warnings=["partial response"]),
        "twice a time": matrix([minute_ago(), "1"], [minute_ago(), "2"]),
        "unsorted": matrix([minute_ago(2), "1"], [minute_ago(3), "2"]),
        "nul in a label": {
            "status": "success",
            "data": {
                "resultType": "matrix",
                "result": [
                    {"metric": {"a": "\x00"}, "values": [[minute_ago(), "1"]]},
                    {"metric": {"a": "b"}, "values": [[minute_ago(), "1"]]},
                ],
            },
        },
    }


class TestALyingServer:
    def test_there_are_enough_lies(self):
        assert len(faults()) + len(doubts()) >= 25

    @pytest.mark.parametrize("name", faults())
    def test_nothing_is_taken_and_the_watermark_stays(self, settings, load, name):
        answer, final = faults()[name]
        mark = timezone.now() - timedelta(minutes=10)
        with asked(settings, answer, load, watermark=mark, timeout=5) as one:
            run = pulling.pull(one)[0]
        assert run.status == RunStatus.FAILED
        assert run.error
        assert "Traceback" not in run.error
        one.refresh_from_db()
        assert one.watermark == mark
        assert one.failures == 1
        assert one.last_error_final is final
        wait = (one.next_at - timezone.now()).total_seconds()
        assert wait > 3500 if final else wait <= 60
        assert not Sample.objects.exists()

    @pytest.mark.parametrize("name", doubts())
    def test_a_doubt_takes_what_is_good_but_does_not_move_on(self, settings, load, name):
        mark = timezone.now() - timedelta(minutes=10)
        with asked(settings, http(doubts()[name]), load, watermark=mark) as one:
            run = pulling.pull(one)[0]
        assert run.status == RunStatus.DEGRADED
        assert Sample.objects.exists()
        one.refresh_from_db()
        assert one.watermark == mark
        assert one.last_error

    def test_nan_and_infinity_are_no_numbers(self, settings, load):
        at = minute_ago(5)
        points = [[at, "NaN"], [at + 60, "+Inf"], [at + 120, "-Inf"], [at + 180, "0"]]
        with asked(settings, http(matrix(*points)), load) as one:
            assert pulling.pull(one)[0].status == RunStatus.OK
        rows = Sample.objects.order_by("ts").values_list("value", "state")
        assert list(rows) == [(None, 1), (None, 2), (None, 3), (0.0, 0)]

    @pytest.mark.parametrize(
        "drip", [[], [b"H"] * 600, [b"HTTP/1.1 200 OK\r\n\r\n"] + [b" "] * 599]
    )
    def test_one_that_hangs_or_drips_is_left_at_its_deadline(self, settings, load, drip):
        with answering(*drip, pause=0.1, hold=True) as server:
            settings.INTERNAL_HOSTS = [f"127.0.0.1:{server.port}"]
            one = source(load, url=f"http://127.0.0.1:{server.port}", query="up", timeout=1)
            started = time.monotonic()
            run = pulling.pull(one)[0]
        assert time.monotonic() - started < 30  # it would go on for a minute
        assert "within 1 seconds" in run.error or "did not" in run.error

    def test_waits_grow_and_the_circuit_opens(self, load):
        one = source(load)
        waits = []
        for _ in range(9):
            now = timezone.now()
            one.failed("no", final=False, at=now)
            waits.append((one.next_at - now).total_seconds())
        assert waits == sorted(waits)
        assert waits[-1] == 3600
        assert one.circuit_open
        one.succeeded(at=now, watermark=None)
        assert not one.circuit_open
        assert one.last_error == ""


class TestJSON:
    HOW = {"rows": "data", "ts": "t", "value": "v"}

    def test_a_mapped_answer(self, settings, load):
        body = {"data": [{"t": timezone.now().isoformat(), "v": 3}]}
        with asked(settings, http(body), load, sort="json", mapping=self.HOW) as one:
            one.url += "/x?from={from}&to={to_epoch}&step={step}"
            assert pulling.pull(one)[0].inserted == 1
        assert b"&step=60 " in one.server.heard
        assert b"%3A" in one.server.heard

    @pytest.mark.parametrize(
        ("answer", "mapping", "said"),
        [
            (http(b"", "500 Oops"), HOW, "500"),
            (http({"data": []}), {}, "rows"),
            (http({"other": []}), HOW, "finds nothing"),
        ],
    )
    def test_what_does_not_fit(self, settings, load, answer, mapping, said):
        with asked(settings, answer, load, sort="json", mapping=mapping) as one:
            run = pulling.pull(one)[0]
        assert run.status == RunStatus.FAILED
        assert said in run.error


class TestSQL:
    COUNT = "SELECT date_trunc('minute', %(from)s::timestamptz) AS ts, 7 AS value, 'a' AS host"

    def pull(self, of, query, **fields):
        return pulling.pull(source(of, sort="sql", query=query, **fields))[0]

    def test_rows_of_our_own_tables(self, load):
        run = self.pull(load, self.COUNT + ";")
        assert (run.status, run.inserted) == (RunStatus.OK, 1)
        assert Series.objects.get().labels == {"host": "a"}

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ("DELETE FROM metrics_metric", "syntax error"),
            ("SELECT 1) AS x; SELECT * FROM (SELECT 2", "multiple commands"),
            ("SELECT 1; DELETE FROM metrics_metric", "syntax error"),
            ("COMMIT", "syntax error"),
            ("SELECT set_config('transaction_read_only', 'off', true)", "read-write"),
            ("SELECT now() AS ts", "no column"),
            ("SELEKT", "syntax error"),
            ("SELECT pg_sleep(60), now() AS ts, 1 AS value", "longer"),
            ("SELECT nextval('metrics_metric_id_seq') AS value, now() AS ts", "read-only"),
        ],
    )
    def test_a_query_can_only_read_and_only_so_long(self, load, query, said):
        run = self.pull(load, query, timeout=1 if said == "longer" else 60)
        assert run.status == RunStatus.FAILED
        assert said in run.error
        assert Metric.objects.filter(pk=load.pk).exists()
        with connection.cursor() as cursor:
            cursor.execute("SHOW transaction_read_only")
            assert cursor.fetchone() == ("off",)

    def test_histograms(self, db):
        latency = metric(shape="histogram")
        query = (
            "SELECT date_trunc('minute', now() - interval '5 min') AS ts, ARRAY[1,2,3] AS counts"
        )
        run = self.pull(latency, query, mapping={"bounds": [0.1, 0.2]})
        assert run.inserted == 1
        assert SampleDist.objects.get().counts == [1, 2, 3]

    @pytest.mark.parametrize(
        ("secret", "said"),
        [
            ("host=/tmp dbname=x", "no host"),
            ("dbname=x", "no host"),
            ("nonsense", "not a PostgreSQL address"),
            ("postgresql://u:canary@10.0.0.1/x", "INTERNAL_HOSTS"),
        ],
    )
    def test_another_database_is_reached_like_any_address(self, settings, load, secret, said):
        settings.INTERNAL_HOSTS = []
        one = source(load, sort="sql", query=self.COUNT)
        one.seal(secret)
        run = pulling.pull(one)[0]
        assert said in run.error
        assert "canary" not in run.error

    def test_another_database_that_is_away(self, settings, load):
        with socket.socket() as held:
            held.bind(("127.0.0.1", 0))
            port = held.getsockname()[1]
            settings.INTERNAL_HOSTS = [f"127.0.0.1:{port}"]
            one = source(load, sort="sql", query=self.COUNT, timeout=2)
            one.seal(f"postgresql://u:canary@127.0.0.1:{port}/x")
            run = pulling.pull(one)[0]
        assert run.error == "The database cannot be reached."


class TestFolder:
    @pytest.fixture
    def place(self, settings, tmp_path):
        settings.IMPORT_FOLDER = str(tmp_path)
        folder = tmp_path / "cpu"
        folder.mkdir()
        return folder

    def test_files_are_taken_once_and_move_aside(self, place, load):
        now = timezone.now().replace(microsecond=0).isoformat()
        (place / "1.csv").write_text(f"ts,value\n{now},1\n")
        (place / "2.csv").write_text("nonsense\n")
        one = source(load, sort="csv", query="cpu")
        runs = pulling.pull(one)
        assert [run.status for run in runs] == [RunStatus.OK, RunStatus.FAILED]
        assert (place / "done/1.csv").exists()
        assert (place / "refused/2.csv").exists()
        (place / "again.csv").write_text(f"ts,value\n{now},1\n")
        pulling.pull(one)
        assert ImportRun.objects.exclude(sha256="").count() == 1
        assert pulling.pull(one)[0].status == RunStatus.EMPTY

    @pytest.mark.parametrize("where", ["..", "../etc", "/etc", "", ".", "cpu/../.."])
    def test_no_other_folder_is_read(self, place, load, where):
        one = source(load, sort="csv", query=where)
        assert "IMPORT_FOLDER" in pulling.pull(one)[0].error
        assert fetching.complaint(one)

    def test_a_folder_that_is_not_there(self, place, load):
        assert "does not exist" in pulling.pull(source(load, sort="csv", query="gone"))[0].error


class TestDraining:
    def test_due_sources_are_asked_once(self, settings, load):
        later = timezone.now() + timedelta(hours=1)
        source(load, sort="push")
        source(load, enabled=False)
        source(load, next_at=later)
        with asked(settings, http(matrix([minute_ago(), "1"])), load):
            assert pulling.due() == 1
            import_due()
            assert pulling.due() == 0
        assert ImportRun.objects.get().inserted == 1
        roll_up()
        assert rollups.due() == 0

    def test_a_busy_source_is_left_alone(self, load, monkeypatch):
        one = source(load, sort="sql", query=TestSQL.COUNT)

        def busy(_):
            raise booking.Busy("writing")

        monkeypatch.setattr(booking, "_hold", busy)
        assert pulling.pull_next()
        assert not pulling.pull_next()  # its lease runs
        assert not ImportRun.objects.exists()
        one.refresh_from_db()
        assert one.next_at > timezone.now()

    def test_a_gap_is_filled_from_the_watermark(self, load):
        at = timezone.now()
        one = source(load, watermark=at - timedelta(hours=6), step=60, overlap=600)
        piece = pulling.pieces(one, at)[0]
        assert piece.start <= (at - timedelta(hours=6, minutes=10)).timestamp()
        assert piece.end >= (at - timedelta(minutes=3)).timestamp()

    def test_long_ranges_are_asked_in_pieces(self, load):
        at = timezone.now()
        one = source(load, step=15, look_back=30 * 86_400)
        found = pulling.pieces(one, at)
        assert len(found) == 18
        assert all(piece.points <= grid.MOST_POINTS for piece in found)


class TestBackfill:
    def test_piece_by_piece_with_progress(self, load, otto):
        query = (
            "SELECT t AS ts, 1 AS value FROM generate_series(date_bin('1 hour', %(from)s, 'epoch'),"
            " %(to)s - interval '1 second', interval '1 hour') AS t"
        )
        one = source(load, sort="sql", query=query, step=60)
        now = timezone.now()
        job = backfill.start(one, now - timedelta(days=10), now, by=otto, at=now)
        drain_jobs()
        job.refresh_from_db()
        assert (job.state, job.done, job.total) == ("done", 2, 2)
        assert job.result["inserted"] == Sample.objects.count()
        assert 240 <= Sample.objects.count() <= 243
        assert ImportRun.objects.filter(origin=Origin.BACKFILL, by=otto).count() == 2

    def test_a_wrong_query_ends_it_with_its_reason(self, load, otto):
        one = source(load, sort="sql", query="SELEKT")
        now = timezone.now()
        job = backfill.start(one, now - timedelta(days=1), now, by=otto, at=now)
        drain_jobs()
        job.refresh_from_db()
        assert job.state == "failed"
        assert "syntax error" in job.last_error

    def test_a_source_that_is_gone(self, load, otto):
        one = source(load, sort="sql", query="SELECT 1")
        now = timezone.now()
        job = backfill.start(one, now - timedelta(days=1), now, by=otto, at=now)
        one.delete()
        drain_jobs()
        job.refresh_from_db()
        assert "gone" in job.last_error
        assert Job.objects.get().state == "failed"


class TestOwnNumbers:
    def test_the_portal_imports_itself(self, db):
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO public_trafficminute"
                " (minute, process, route, status_class, requests, errors, seconds, buckets)"
                " SELECT date_trunc('minute', now()) - make_interval(mins => n), 'web-1', '/', c,"
                " 10, CASE WHEN c = 5 THEN 10 ELSE 0 END, 1.5,"
                " ARRAY[0,0,0,0,0,9,1,0,0,0,0,0,0]"
                " FROM generate_series(3, 62) AS n, (VALUES (2), (5)) AS v(c)"
            )
        made = own.set_up_self_source()
        assert [one.pk for one in own.set_up_self_source()] == [one.pk for one in made]
        for one in made:
            run = pulling.pull(one)[0]
            assert run.status == RunStatus.OK, run.error
        rollups.drain()
        at = timezone.now()
        errors = compute("portal_error_ratio", at=at)
        assert (errors.numerator, errors.denominator) == (600, 1200)
        assert errors.state is State.MISSED
        speed = compute("portal_response_p95", at=at)
        assert speed.n == 1200
        assert 0.2 < speed.value <= 0.35
        assert "90.00%" in speed.reason
        waits = Series.objects.filter(metric__key="portal.queue_wait")
        assert {one.labels["queue"] for one in waits} == {
            "deliveries",
            "jobs",
            "sources",
            "rollups",
        }
        assert compute("sources_fresh", at=at).value == 1.0


# --- a real server

PROGRAMS = ("prometheus", "prometheus-node-exporter")
MISSING = [name for name in PROGRAMS if shutil.which(name) is None]
needs_prometheus = pytest.mark.skipif(
    bool(MISSING), reason=f"the Debian packages {', '.join(MISSING)} are not installed here"
)


@pytest.fixture(scope="module")
def real_prometheus(tmp_path_factory):
    """A Prometheus that scrapes a node-exporter and itself every second."""
    place = tmp_path_factory.mktemp("prometheus")
    exporter, server = free_port(), free_port()
    (place / "prometheus.yml").write_text(
        "global: {scrape_interval: 1s}\nscrape_configs:\n"
        f"- job_name: node\n  static_configs: [{{targets: ['127.0.0.1:{exporter}']}}]\n"
        f"- job_name: prometheus\n  static_configs: [{{targets: ['127.0.0.1:{server}']}}]\n"
    )
    commands = [
        ["prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{exporter}"],
        [
            "prometheus",
            f"--config.file={place}/prometheus.yml",
            f"--storage.tsdb.path={place}/data",
            f"--web.listen-address=127.0.0.1:{server}",
        ],
    ]
    with ExitStack() as stack:
        for command in commands:
            program = subprocess.Popen(
                command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=place
            )
            stack.callback(program.wait, 60)
            stack.callback(program.terminate)
        url = f"http://127.0.0.1:{server}"
        until = time.monotonic() + 180
        ready = f"{url}/api/v1/query?query=count_over_time(node_memory_MemTotal_bytes[1m])"
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(ready, timeout=2) as answer:
                    result = json.load(answer)["data"]["result"]
                if result and float(result[0]["value"][1]) >= 12:
                    break
            except OSError:
                pass
            time.sleep(0.3)
        else:
            pytest.fail("Prometheus did not scrape within three minutes")
        yield url


@needs_prometheus
@pytest.mark.server
class TestARealPrometheus:
    @pytest.fixture
    def ask(self, settings, real_prometheus):
        settings.INTERNAL_HOSTS = [real_prometheus.removeprefix("http://")]

        def ask(of, query, **fields):
            usual = {"url": real_prometheus, "query": query, "step": 1, "settle": 1}
            one = source(of, **(usual | {"look_back": 60} | fields))
            return one, pulling.pull(one)[0]

        return ask

    def test_a_gauge_comes_in_and_the_same_range_again_writes_nothing(self, ask, load):
        one, run = ask(load, "node_memory_MemTotal_bytes")
        assert run.status == RunStatus.OK, run.error
        assert run.inserted >= 5
        assert set(Series.objects.get().labels) == {"instance", "job"}
        assert Sample.objects.first().value > 1e8
        again = pulling.pull(one, since=run.since, until=run.until)[0]
        assert (again.inserted, again.changed) == (0, 0)
        assert again.unchanged >= 5
        rollups.drain()
        assert one.freshness(timezone.now()) is Freshness.UNKNOWN  # as it was read before
        one.refresh_from_db()
        assert one.freshness(timezone.now()) is Freshness.FRESH

    def test_counters_are_read_raw(self, ask, hits):
        _, run = ask(hits, 'node_cpu_seconds_total{mode="idle"}')
        assert run.inserted >= 5
        values = list(Sample.objects.order_by("series_id", "ts").values_list("series_id", "value"))
        for (series, value), (other, later) in pairwise(values):
            assert series != other or later >= value

    def test_histograms_come_in_as_buckets(self, ask, db):
        latency = metric(shape="histogram_counter", unit="seconds")
        _, run = ask(latency, "prometheus_http_request_duration_seconds_bucket")
        assert run.status == RunStatus.OK, run.error
        assert run.inserted > 0
        assert SampleDist.objects.first().counts

    def test_nan_infinity_and_nothing(self, ask, db):
        for query, state in (("0/0", 1), ("1/0", 2), ("-1/0", 3)):
            one = metric()
            assert ask(one, f"vector({query})")[1].status == RunStatus.OK
            states = Sample.objects.filter(series__metric=one).values_list("state", flat=True)
            assert set(states) == {state}
        assert ask(metric(), "no_such_metric_at_all")[1].status == RunStatus.EMPTY

    def test_a_query_it_does_not_understand(self, ask, load):
        one, run = ask(load, "sum(")
        assert run.status == RunStatus.FAILED
        assert "bad_data" in run.error
        one.refresh_from_db()
        assert one.last_error_final

    def test_a_day_of_seconds_is_asked_in_pieces_the_server_takes(self, ask, load):
        one, _ = ask(load, "vector(1)")
        now = timezone.now()
        runs = pulling.pull(one, since=now - timedelta(hours=6), until=now)
        assert len(runs) == 3
        assert all(run.status == RunStatus.OK for run in runs)
        assert sum(run.received for run in runs) >= 21_600

    def test_a_remote_store_draws_without_a_copy(self, ask, real_prometheus, signed_in, ada):
        far = metric("far", store="remote", unit="bytes")
        source(far, url=real_prometheus, query="node_memory_MemTotal_bytes")
        now = int(timezone.now().timestamp())
        line = stores.store_of(far).lines(far, now - 30, now, 1)[0]
        assert "instance=" in line.name
        assert line.points[-1].value > 1e8
        page = signed_in(ada).get("/metrics/far/", {"range": "6h"})
        assert page.context["measured"].trouble == ""
        latency = metric("far.latency", store="remote", shape="histogram_counter")
        bucket = "prometheus_http_request_duration_seconds_bucket"
        source(latency, url=real_prometheus, query=bucket)
        assert stores.store_of(latency).heat(latency, now - 30, now, 1)[0].n >= 0
        assert not Sample.objects.exists()

    def test_a_remote_store_that_is_away_says_so(self, settings, db, signed_in, ada):
        settings.INTERNAL_HOSTS = []
        far = metric("far", store="remote")
        door = signed_in(ada)
        assert "no source" in door.get("/metrics/far/").content.decode()
        source(far, url="http://127.0.0.1:9090", query="up")
        assert "INTERNAL_HOSTS" in door.get("/metrics/far/").content.decode()
