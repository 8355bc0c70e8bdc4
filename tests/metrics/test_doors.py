"""Metrics through the other doors: commands, the admin, figures."""

import io
import json
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.utils import timezone

from apps.figures.registry import compute
from apps.figures.rules import State
from apps.metrics import own, rollups, sealing
from apps.metrics.models import ImportRun, Metric, Sample, Series, Source, Threshold
from apps.timeline.refusal import Refused

from .conftest import NOON, batch, histograms, metric, source, take

pytestmark = pytest.mark.django_db


def run(*words, stdin=None):
    """(exit code, standard output, standard error) of a command."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(*words, stdout=out, stderr=err)
    except SystemExit as end:
        return end.code, out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


class TestImportSamples:
    @pytest.fixture
    def file(self, tmp_path):
        now = timezone.now().replace(microsecond=0)
        rows = "".join(f"{(now - timedelta(minutes=n)).isoformat()},{n}.5\n" for n in range(3))
        path = tmp_path / "cpu.csv"
        path.write_text("ts,value\n" + rows)
        return path

    def test_a_file_its_report_and_the_same_again(self, file, load):
        code, out, err = run("import_samples", str(file), "--metric", "load", "--json")
        said = json.loads(out)
        assert code == 0
        assert (said["rows"], said["created"], said["changed"], said["unchanged"]) == (3, 3, 0, 0)
        assert said["rejected"] == []
        assert said["run"] == str(ImportRun.objects.get().pk)
        assert "comma" in err
        again = json.loads(run("import_samples", str(file), "--metric", "load", "--json")[1])
        assert (again["rows"], again["created"], again["changed"], again["unchanged"]) == (
            3,
            0,
            0,
            3,
        )
        assert again["run"] == said["run"]

    def test_a_dry_run_writes_nothing(self, file, load):
        code, out, _ = run("import_samples", str(file), "--metric", "load", "--dry-run", "--json")
        assert code == 0
        assert json.loads(out)["created"] == 3
        assert json.loads(out)["run"] is None
        assert not Sample.objects.exists()
        assert not Series.objects.exists()
        assert (
            "would be new" in run("import_samples", str(file), "--metric", "load", "--dry-run")[1]
        )

    def test_a_new_metric_is_made_as_a_gauge(self, tmp_path):
        path = tmp_path / "x.csv"
        path.write_text(f"ts,value,unit\n{timezone.now().isoformat()},1,bytes\n")
        words = ("import_samples", str(path), "--metric", "disk.used")
        assert run(*words, "--dry-run")[0] == 0
        assert not Metric.objects.exists()
        code, out, err = run(*words)
        assert (code, "new" in err) == (0, True)
        assert Metric.objects.get().unit == "bytes"
        assert "1 new" in out

    def test_rejected_rows_exit_3_with_row_column_and_reason(self, file, load):
        file.write_text(file.read_text() + "2026-01-01,x\n")
        code, out, _ = run("import_samples", str(file), "--metric", "load", "--json")
        assert code == 3
        assert json.loads(out)["rejected"][0]["row"] == 5
        code, out, _ = run("import_samples", str(file), "--metric", "load", "--dry-run")
        assert code == 3
        assert "row 5, ts" in out

    @pytest.mark.parametrize(
        ("text", "words", "said"),
        [
            (None, (), "No such file"),
            ("PK\x03\x04", (), "spreadsheet"),
            ("ts,value\n", ("--zone", "Mars/Base"), "not a time zone"),
            ("ts,value\n", ("--metric", "Bad Key"), "Small letters"),
            ("ts,value\n", ("--metric", "latency"), "histogram"),
            ("ts,value,unit\n2026-01-01Z,1,a\n2026-01-01Z,1,b\n", ("--metric", "n"), "several"),
        ],
    )
    def test_unusable_exits_2_with_one_sentence(self, tmp_path, load, text, words, said):
        metric("latency", shape="histogram")
        path = tmp_path / "f.csv"
        if text is not None:
            path.write_text(text)
        code, out, err = run("import_samples", str(path), "--metric", "load", *words)
        assert code == 2
        assert said in err
        assert out == ""

    def test_zone_epochs_and_replacing(self, tmp_path, load):
        path = tmp_path / "f.csv"
        now = int(timezone.now().timestamp()) // 60 * 60
        words = ("import_samples", str(path), "--metric", "load", "--time", "epoch", "--json")
        path.write_text("ts,value\n" + "".join(f"{now - 60 * n},1\n" for n in range(5)))
        assert run(*words)[0] == 0
        path.write_text(f"ts,value\n{now},1\n{now - 240},1\n")
        assert json.loads(run(*words, "--replace")[1])["changed"] == 3
        before = timezone.now() - timedelta(days=2)
        noon = datetime.combine(before, time(12), ZoneInfo("Europe/Berlin"))
        path.write_text(f"ts,value\n{noon:%Y-%m-%d %H:%M},5\n")
        local = ("import_samples", str(path), "--metric", "load", "--zone", "Europe/Berlin")
        assert run(*local)[0] == 0
        assert Sample.objects.get(value=5).ts == noon


class TestImportMetrics:
    QUERY = "SELECT date_trunc('minute', %(from)s::timestamptz) AS ts, 7 AS value"

    def test_one_pull_and_a_range(self, load):
        source(load, name="one", sort="sql", query=self.QUERY)
        code, out, _ = run("import_metrics", "one", "--json")
        assert code == 0
        assert json.loads(out)["created"] == 1
        code, out, _ = run(
            "import_metrics", "one", "--from", timezone.now().date().isoformat() + "T00:00:00Z"
        )
        assert code == 0
        assert "samples" in out

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("nobody",), "no source called"),
            (("pushed",), "pushed to us"),
            (("one", "--from", "yesterday"), "not a time"),
            (("broken",), "syntax error"),
        ],
    )
    def test_what_cannot_be_done_exits_2(self, load, words, said):
        source(load, name="one", sort="sql", query=self.QUERY)
        source(load, name="pushed", sort="push")
        source(load, name="broken", sort="sql", query="SELEKT")
        code, _, err = run("import_metrics", *words)
        assert code == 2
        assert said in err

    def test_rejected_rows_exit_3(self, load):
        query = "SELECT now() AS ts, 'x' AS value UNION ALL SELECT now(), 'y'"
        source(load, name="one", sort="sql", query=query)
        code, out, _ = run("import_metrics", "one")
        assert code == 3
        assert "no number" in out

    def test_nothing_came(self, load):
        source(load, name="one", sort="sql", query="SELECT now() AS ts, 1 AS value WHERE false")
        code, out, _ = run("import_metrics", "one")
        assert code == 0
        assert "Nothing came" in out


def test_roll_up(load):
    take(load, batch((0, 1.0)))
    assert run("roll_up")[1] == "2 buckets computed.\n"


class TestAdmin:
    FIELDS = {
        "name": "one",
        "sort": "prometheus",
        "url": "https://93.184.216.34/",
        "query": "up",
        "mapping": "{}",
        "step": 60,
        "every": 60,
        "settle": 90,
        "overlap": 600,
        "look_back": 86400,
        "timeout": 20,
        "enabled": "on",
    }

    def test_a_secret_goes_in_and_never_comes_out(self, signed_in, admin, load):
        door = signed_in(admin)
        sent = {**self.FIELDS, "metric": load.pk, "secret": "canary-9"}
        assert door.post("/admin/metrics/source/add/", sent).status_code == 302
        one = Source.objects.get()
        assert one.secret == "canary-9"
        assert "canary" not in one.secret_sealed
        page = door.get(f"/admin/metrics/source/{one.pk}/change/").content.decode()
        assert "canary" not in page
        assert one.secret_sealed not in page
        door.post(f"/admin/metrics/source/{one.pk}/change/", {**sent, "secret": ""})
        one.refresh_from_db()
        assert one.secret == "canary-9"
        door.post(
            f"/admin/metrics/source/{one.pk}/change/", {**sent, "secret": "", "forget_secret": "on"}
        )
        one.refresh_from_db()
        assert not one.has_secret

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"url": "http://127.0.0.1:9090/"}, "INTERNAL_HOSTS"),
            ({"url": "file:///etc/passwd"}, "http"),
            ({"query": ""}, "query is empty"),
            ({"sort": "json", "mapping": '{"rows": "a"}'}, "says nothing"),
            ({"sort": "csv", "query": "../etc"}, "IMPORT_FOLDER"),
        ],
    )
    def test_what_could_not_work_is_refused_at_once(self, signed_in, admin, load, change, said):
        sent = {**self.FIELDS, "metric": load.pk, **change}
        page = signed_in(admin).post("/admin/metrics/source/add/", sent)
        assert said in page.content.decode()
        assert not Source.objects.exists()

    def test_a_metric_with_samples_keeps_its_kind(self, signed_in, admin, load):
        take(load, batch((0, 1)))
        sent = {
            "key": "load",
            "title": "Load",
            "shape": "counter",
            "retention": 35,
            "joined": "mean",
            "step": 60,
            "freshness": 300,
            "store": "here",
            "thresholds-TOTAL_FORMS": 1,
            "thresholds-INITIAL_FORMS": 0,
            "thresholds-0-name": "x",
            "thresholds-0-level": 5,
            "thresholds-0-above": "on",
            "thresholds-0-hold": 0,
            "thresholds-0-clear": 9,
        }
        url = f"/admin/metrics/metric/{load.pk}/change/"
        page = signed_in(admin).post(url, sent).content.decode()
        assert "another kind" in page
        assert "this class" in page
        assert "at or below" in page
        assert not Threshold.objects.exists()

    @pytest.mark.parametrize("name", ["metric", "source", "marker", "importrun"])
    def test_lists_open(self, signed_in, admin, load, name):
        take(load, batch((0, 1)))
        assert signed_in(admin).get(f"/admin/metrics/{name}/").status_code == 200

    def test_runs_are_only_looked_at(self, signed_in, admin):
        assert signed_in(admin).get("/admin/metrics/importrun/add/").status_code == 403


class TestSealing:
    def test_keys_rotate(self, settings):
        from cryptography.fernet import Fernet

        sealed = sealing.seal("canary")
        assert sealing.unseal(sealed) == "canary"
        old = settings.SECRET_KEY
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [old]
        assert sealing.unseal(sealed) == "canary"
        fresh = sealing.rotate(sealed)
        settings.SECRET_KEY_FALLBACKS = []
        assert sealing.unseal(fresh) == "canary"
        with pytest.raises(Refused, match="enter it again"):
            sealing.unseal(sealed)
        settings.FIELD_KEYS = [Fernet.generate_key().decode()]
        assert sealing.unseal(sealing.seal("canary")) == "canary"


class TestFigures:
    KEYS = [
        "response_p95",
        "response_within_200ms",
        "error_ratio",
        "resource_use",
        "sources_fresh",
        "portal_response_p95",
        "portal_error_ratio",
    ]

    @pytest.mark.parametrize("key", KEYS)
    def test_nothing_measured_is_said(self, db, key):
        assert compute(key, at=timezone.now()).state is State.NOT_INSTRUMENTED

    @pytest.mark.parametrize("key", [*KEYS, "metric"])
    def test_each_explains_itself(self, signed_in, ada, key):
        own.set_up_self_source()
        query = {"metric": "portal.requests"} if key == "metric" else {}
        page = signed_in(ada).get(f"/figures/{key}/", query)
        assert page.status_code == 200

    def test_of_a_product(self, db):
        now = timezone.now()
        offset = now.timestamp() // 3600 * 3600 - NOON - 3600 * 40
        hours = [offset + 3600 * n for n in range(41)]
        latency = metric("l", shape="histogram", role="latency", unit="seconds")
        take(latency, histograms(*((at, [900.0, 90.0, 10.0]) for at in hours)), at=now)
        requests = metric("r", shape="counter", role="requests")
        take(requests, batch(*((at, 1000.0 * n) for n, at in enumerate(hours))), at=now)
        errors = metric("e", shape="delta", role="errors")
        take(errors, batch(*((at, 2.0) for at in hours)), at=now)
        cpu = metric("c", role="resource")
        take(cpu, batch(*((at, 0.5) for at in hours), labels={"host": "a"}), at=now)
        take(cpu, batch(*((at, 0.6) for at in hours), labels={"host": "b"}), at=now)
        rollups.drain()
        fast = compute("response_within_200ms", at=now)
        assert fast.value == 0.99
        assert fast.state in (State.MET, State.STALE)
        assert compute("response_p95", at=now).value == pytest.approx(0.1 + 0.1 * 50 / 90)
        wrong = compute("error_ratio", at=now)
        assert (wrong.numerator, wrong.denominator) == (82, 40_000)
        assert wrong.coverage < 0.1
        assert compute("resource_use", at=now).value == 0.6

    def test_the_only_metric_there_is_no_role_for(self, signed_in, ada, db):
        page = signed_in(ada).get("/figures/metric/", {"metric": "nobody"})
        assert page.status_code == 200
        assert compute("metric", at=timezone.now(), metric="x").state is State.NOT_INSTRUMENTED
