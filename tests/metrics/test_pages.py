"""Metrics and data health as people see and use them."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from apps.metrics import rollups
from apps.metrics.choices import RunStatus
from apps.metrics.importers.records import Rejection
from apps.metrics.models import ImportRun, Marker, Metric, Sample, Source, Threshold
from apps.outbox.models import Job

from .conftest import NOON, batch, histograms, metric, source, take

pytestmark = pytest.mark.django_db
HEAD = "ts,value,label.host\n"


@pytest.fixture
def now():
    return timezone.now().replace(second=0, microsecond=0)


@pytest.fixture
def busy(now):
    """A gauge with three hours of minutes up to now, rolled up."""
    one = metric("cpu.use", title="CPU", unit="ratio", target=0.7, better="lower")
    offset = now.timestamp() - NOON
    for host in "ab":
        points = [(offset - 60 * n, 0.4 + n / 1000) for n in range(180)]
        take(one, batch(*points, labels={"host": host}), at=now, started_at=now)
    rollups.drain()
    return one


@pytest.fixture
def slow(now):
    """Histograms of three hours."""
    one = metric("latency", title="Latency", unit="seconds", shape="histogram", target=0.2)
    offset = now.timestamp() - NOON
    points = [(offset - 60 * n, [90.0, 8.0, 2.0]) for n in range(180)]
    take(one, histograms(*points), at=now, started_at=now)
    rollups.drain()
    return one


class TestDoors:
    @pytest.mark.parametrize(
        "url", ["/metrics/", "/metrics/cpu.use/", "/data-health/", "/data-health/sources/one/"]
    )
    def test_everybody_may_read(self, client, signed_in, ada, busy, url):
        source(busy, name="one", sort="push")
        assert client.get(url).status_code == 302
        assert signed_in(ada).get(url).status_code == 200

    @pytest.mark.parametrize(
        ("name", "args"),
        [
            ("source-fetch", ["one"]),
            ("source-backfill", ["one"]),
            ("run-undo", [1]),
            ("samples-take", []),
            ("threshold-keep", ["cpu.use"]),
            ("marker-note", ["cpu.use"]),
        ],
    )
    def test_only_people_on_call_change_anything(self, signed_in, ada, name, args):
        url = reverse(f"portal:{name}", args=args)
        assert signed_in(ada).post(url).status_code == 403
        assert signed_in(ada).get(url).status_code == 405

    def test_upload_is_for_people_on_call(self, signed_in, ada, otto):
        url = reverse("portal:samples-upload")
        assert signed_in(ada).get(url).status_code == 403
        assert signed_in(otto).get(url).status_code == 200

    def test_what_is_not_there(self, signed_in, ada):
        door = signed_in(ada)
        for url in ("/metrics/nothing/", "/data-health/runs/9/", "/data-health/sources/x/"):
            assert door.get(url).status_code == 404


class TestMetrics:
    def test_the_list_says_value_state_and_age(self, signed_in, ada, busy, slow):
        metric("silent", title="Silent one")
        page = signed_in(ada).get("/metrics/").content.decode()
        assert "CPU" in page
        assert "40" in page  # percent
        assert "<svg" in page
        assert "never" in page
        assert "no data" in page

    def test_a_stale_metric_shows_no_value(self, signed_in, ada, now):
        one = metric("old", title="Old", unit="ratio", freshness=300)
        offset = now.timestamp() - NOON - 7200
        take(one, batch((offset, 0.123)), at=now, started_at=now)
        page = signed_in(ada).get("/metrics/").content.decode()
        assert "stale" in page
        assert "12.3" not in re.sub(r'title="[^"]*"', "", page)

    def test_the_list_takes_the_same_queries_however_long_it_is(
        self, signed_in, ada, busy, slow, django_assert_max_num_queries
    ):
        door = signed_in(ada)
        door.get("/metrics/")
        for n in range(70):
            metric(f"more{n:02}")
        with django_assert_max_num_queries(12):
            page = door.get("/metrics/")
        assert page.context["keyset"].after
        after = door.get("/metrics/", {"after": page.context["keyset"].after})
        assert after.context["keyset"].before
        back = door.get("/metrics/", {"before": after.context["keyset"].before})
        assert [m.key for m in back.context["keyset"].rows] == [
            m.key for m in page.context["keyset"].rows
        ]

    def test_search(self, signed_in, ada, busy, slow):
        found = signed_in(ada).get("/metrics/", {"q": "laten"}).content.decode()
        assert "Latency" in found
        assert "CPU" not in found
        assert "No metric fits" in signed_in(ada).get("/metrics/", {"q": "zzz"}).content.decode()

    @pytest.mark.parametrize("span", ["6h", "24h", "7d", "30d", "90d", "nonsense"])
    def test_a_metric_over_every_range(self, signed_in, ada, busy, span):
        page = signed_in(ada).get("/metrics/cpu.use/", {"range": span}).content.decode()
        assert 'role="img"' in page
        assert "style=" not in page
        assert "host=a" in page

    @pytest.mark.parametrize("shape", ["gauge", "counter", "delta", "ratio", "quantile"])
    @pytest.mark.parametrize("span", ["6h", "7d"])
    def test_every_kind_draws(self, signed_in, ada, now, shape, span):
        one = metric("kind", shape=shape)
        offset = now.timestamp() - NOON
        take(one, batch(*((offset - 60 * n, 100.0 - n) for n in range(90))), at=now)
        rollups.drain()
        page = signed_in(ada).get("/metrics/kind/", {"range": span})
        assert page.status_code == 200
        assert page.context["measured"].bins > 0

    @pytest.mark.parametrize("span", ["6h", "24h", "30d"])
    @pytest.mark.parametrize("shape", ["histogram", "histogram_counter"])
    def test_histograms_have_a_heat_map(self, signed_in, ada, now, span, shape):
        one = metric("hist", shape=shape, unit="seconds", target=0.2)
        offset = now.timestamp() - NOON
        growing = [(offset - 60 * (180 - n), [90.0 + n, 8.0 + n, 2.0]) for n in range(180)]
        take(one, histograms(*growing), at=now, started_at=now)
        rollups.drain()
        page = signed_in(ada).get("/metrics/hist/", {"range": span}).content.decode()
        assert 'class="cell"' in page
        assert "95th percentile" in page

    def test_many_series_become_one_line(self, signed_in, ada, now):
        one = metric("many", joined="sum")
        offset = now.timestamp() - NOON
        for host in range(9):
            take(one, batch((offset - 120, 1.0), labels={"host": str(host)}), at=now)
        page = signed_in(ada).get("/metrics/many/", {"range": "6h"})
        assert len(page.context["measured"].rows) == 1
        assert page.context["measured"].rows[0][2] == "9"
        assert "sum of all series" in page.content.decode()

    def test_an_empty_metric_says_so(self, signed_in, ada):
        metric("bare", title="Bare")
        page = signed_in(ada).get("/metrics/bare/").content.decode()
        assert "no sample in this range" in page.lower()
        assert "No data" in page

    def test_markers_are_drawn_and_listed(self, signed_in, otto, busy, now):
        door = signed_in(otto)
        sent = {
            "sort": "deploy",
            "title": "Version <7>",
            "starts_at": timezone.localtime(now - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"),
        }
        assert door.post("/metrics/cpu.use/notes/", sent).status_code == 302
        page = door.get("/metrics/cpu.use/").content.decode()
        assert "Version &lt;7&gt;" in page
        assert "<7>" not in page
        assert Marker.objects.get().timeline().get().actor == otto
        assert door.post("/metrics/cpu.use/notes/", {"title": ""}).status_code == 422


class TestThresholds:
    def test_what_if_and_keep(self, signed_in, otto, busy, now):
        Marker.objects.create(
            sort="incident", title="Slow", starts_at=now - timedelta(hours=2), ends_at=now
        )
        door = signed_in(otto)
        asked = {"level": "0.45", "above": "1", "hold": "300"}
        page = door.get("/metrics/cpu.use/", asked)
        answer = page.context["answer"]
        assert len(answer.episodes) == 2
        assert answer.against.caught == 1
        assert "alerts" in page.content.decode()
        kept = door.post("/metrics/cpu.use/thresholds/", {**asked, "name": "Busy"})
        assert kept.status_code == 302
        threshold = Threshold.objects.get()
        assert (threshold.name, threshold.level, threshold.above) == ("Busy", 0.45, True)
        assert threshold.timeline().get().actor == otto
        again = door.get("/metrics/cpu.use/").content.decode()
        assert "Busy" in again

    def test_a_limit_that_makes_no_sense(self, signed_in, otto, busy):
        door = signed_in(otto)
        asked = {"level": "0.4", "above": "1", "hold": "300", "clear": "0.9"}
        page = door.get("/metrics/cpu.use/", asked)
        assert page.context["answer"] is None
        assert "at or below" in page.content.decode()
        refused = door.post("/metrics/cpu.use/thresholds/", {**asked, "name": "x"})
        assert refused.status_code == 409

    def test_not_a_number(self, signed_in, ada, busy):
        page = signed_in(ada).get("/metrics/cpu.use/", {"level": "high"})
        assert page.status_code == 200
        assert page.context["answer"] is None


class TestDataHealth:
    def test_sources_in_trouble_come_first(self, signed_in, ada, busy, now):
        source(busy, name="fresh-one", watermark=now, enabled=True)
        source(busy, name="stale-one", watermark=now - timedelta(hours=9))
        source(busy, name="never-one")
        source(busy, name="off-one", enabled=False)
        page = signed_in(ada).get("/data-health/")
        words = [(one.source.name, one.word) for one in page.context["sources"]]
        assert words == [
            ("stale-one", "stale"),
            ("never-one", "unknown"),
            ("fresh-one", "fresh"),
            ("off-one", "off"),
        ]
        assert page.context["figure"].numerator == 1
        assert page.context["figure"].denominator == 3

    def test_secrets_are_on_no_page(self, signed_in, admin, busy):
        one = source(busy, name="guarded", url="https://metrics.example/")
        one.seal("canary-secret-7")
        one.save()
        door = signed_in(admin)
        for url in ("/data-health/", one.get_absolute_url(), "/metrics/cpu.use/"):
            page = door.get(url).content.decode()
            assert "canary" not in page
            assert one.secret_sealed not in page

    def test_fetch_now(self, signed_in, otto, busy, now):
        one = source(busy, name="one", next_at=now + timedelta(hours=1), failures=5)
        door = signed_in(otto)
        assert door.post("/data-health/sources/one/fetch/").status_code == 302
        one.refresh_from_db()
        assert one.next_at <= timezone.now()
        assert one.failures == 0
        part = door.post("/data-health/sources/one/fetch/", headers={"HX-Request": "true"})
        assert b"source-" in part.content
        Source.objects.update(enabled=False)
        assert door.post("/data-health/sources/one/fetch/").status_code == 409
        Source.objects.update(enabled=True, sort="push")
        assert door.post("/data-health/sources/one/fetch/").status_code == 409

    def test_a_backfill_says_its_cost_then_starts_a_job(self, signed_in, otto, busy, now):
        source(busy, name="one", step=60)
        door = signed_in(otto)
        local = timezone.localtime(now)
        asked = {
            "since": (local - timedelta(days=10)).strftime("%Y-%m-%dT%H:%M"),
            "until": local.strftime("%Y-%m-%dT%H:%M"),
        }
        page = door.get("/data-health/sources/one/", asked)
        assert page.context["cost"].queries == 2
        assert page.context["cost"].series == 2
        begun = door.post("/data-health/sources/one/backfill/", asked)
        job = Job.objects.get()
        assert begun.status_code == 302
        assert begun["Location"] == job.get_absolute_url()
        assert job.total == 2

    @pytest.mark.parametrize(
        ("since", "until", "said"),
        [(100, 0, "kept for"), (1, 2, "before it starts"), (-2, -3, "future")],
    )
    def test_a_range_that_makes_no_sense(self, signed_in, otto, busy, now, since, until, said):
        source(busy, name="one")
        local = timezone.localtime(now)
        asked = {
            "since": (local - timedelta(days=since)).strftime("%Y-%m-%dT%H:%M"),
            "until": (local - timedelta(days=until)).strftime("%Y-%m-%dT%H:%M"),
        }
        page = signed_in(otto).get("/data-health/sources/one/", asked)
        assert said in page.content.decode()
        assert signed_in(otto).post("/data-health/sources/one/backfill/", asked).status_code == 409
        assert not Job.objects.exists()

    def test_a_run_and_its_undo(self, signed_in, otto, now, busy):
        run = take(
            busy,
            batch((now.timestamp() - NOON, 0.9), labels={"host": "c"}),
            rejected=[Rejection(3, "value", "“x” is not a number.")],
            by=otto,
            at=now,
        )
        door = signed_in(otto)
        page = door.get(run.get_absolute_url()).content.decode()
        assert "is not a number" in page
        assert "Undo this run" in page
        assert door.post(reverse("portal:run-undo", args=[run.pk])).status_code == 302
        assert not Sample.objects.filter(run_id=run.pk).exists()
        assert "Undone" in door.get(run.get_absolute_url()).content.decode()
        assert door.post(reverse("portal:run-undo", args=[run.pk])).status_code == 409


class TestUpload:
    @pytest.fixture(autouse=True)
    def folder(self, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path

    def send(self, door, text, **words):
        sent = {
            "file": SimpleUploadedFile("cpu.csv", text.encode()),
            "form": "rfc3339",
            "mode": "merge",
            **words,
        }
        return door.post("/data-health/upload/", sent)

    def rows(self, now, *values):
        times = [(now - timedelta(minutes=n)).isoformat() for n in range(len(values))]
        return HEAD + "".join(f"{at},{v},z\n" for at, v in zip(times, values, strict=True))

    def test_tried_then_taken_then_the_same_again(self, signed_in, otto, busy, now):
        door = signed_in(otto)
        text = self.rows(now, 0.5, "1,5", 0.6)
        tried = self.send(door, text, metric=busy.pk)
        seen = tried.context["seen"]
        assert (seen.created, seen.changed, seen.rejected) == (2, 0, 1)
        assert "comma" in tried.content.decode()
        before = Sample.objects.count()
        assert ImportRun.objects.filter(origin="upload").count() == 0
        ticket = {"ticket": tried.context["ticket"]}
        taken = door.post("/data-health/upload/take/", ticket)
        run = ImportRun.objects.get(origin="upload")
        assert taken["Location"] == run.get_absolute_url()
        assert (run.inserted, run.rejected, run.status, run.by) == (2, 1, RunStatus.DEGRADED, otto)
        assert Sample.objects.count() == before + 2
        assert door.post("/data-health/upload/take/", ticket).status_code == 409  # it is gone
        again = self.send(door, text, metric=busy.pk)
        assert again.context["seen"].standing == run
        door.post("/data-health/upload/take/", {"ticket": again.context["ticket"]})
        assert ImportRun.objects.filter(origin="upload").count() == 1

    def test_corrections_are_shown_as_old_and_new(self, signed_in, otto, busy, now):
        at = now.isoformat()
        tried = self.send(signed_in(otto), f"{HEAD}{at},0.9,a\n", metric=busy.pk)
        change = tried.context["seen"].changes[0]
        assert (change.old, change.new, change.labels) == ("0.4", "0.9", "host=a")

    def test_replacing_shows_what_would_be_withdrawn(self, signed_in, otto, busy, now):
        ends = (
            f"{HEAD}{now.isoformat()},0.4,a\n{(now - timedelta(minutes=5)).isoformat()},0.405,a\n"
        )
        tried = self.send(signed_in(otto), ends, metric=busy.pk, mode="replace")
        assert tried.context["seen"].withdrawn == 4
        assert tried.context["seen"].unchanged == 2

    @pytest.mark.parametrize(
        ("text", "words", "said"),
        [
            ("PK\x03\x04", {}, "spreadsheet"),
            ("when,what\n", {}, "no column"),
            (HEAD, {}, "which metric"),
            (HEAD, {"form": "guess"}, "valid choice"),
        ],
    )
    def test_a_file_that_is_refused_keeps_the_form(self, signed_in, otto, busy, text, words, said):
        answer = self.send(signed_in(otto), text, **words)
        assert answer.status_code == 422
        assert said in answer.content.decode()

    def test_a_forged_ticket(self, signed_in, otto):
        assert signed_in(otto).post("/data-health/upload/take/", {"ticket": "x"}).status_code == 409


def test_metric_names_no_route_twice(db):
    assert Metric(key="a.b").get_absolute_url() == reverse("portal:metric", args=["a.b"])
