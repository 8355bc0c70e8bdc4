"""Samples in, once; corrections kept; runs taken back; hours and days always from scratch."""

import random
from datetime import timedelta

import pytest
from django.db import connection

from apps.metrics import partitions, rollups
from apps.metrics.choices import Mode, RunStatus
from apps.metrics.importers.records import Batch, Rejection
from apps.metrics.models import (
    DirtyBucket,
    HistogramLayout,
    ImportRun,
    Rollup,
    RollupDist,
    Sample,
    SampleDist,
    SampleRevision,
    Series,
)
from apps.metrics.rules import counters
from apps.metrics.undoing import undo
from apps.timeline.models import Activity
from apps.timeline.refusal import Lost, Refused

from .conftest import AT, NOON, batch, histograms, instant, metric, samples, source, take

pytestmark = pytest.mark.django_db


def hours(of):
    """Every hour as (hours after noon, n, total, low, high, last, increase)."""
    rows = Rollup.objects.filter(series__metric=of, level=1).order_by("series_id", "bucket")
    return [
        ((row.bucket.timestamp() - NOON) / 3600, row.n, row.total, row.low, row.high, row.last,
         row.increase)
        for row in rows
    ]  # fmt: skip


def everything(of):
    """All rollups of a metric, to the bit, without the time they were computed at."""
    scalars = Rollup.objects.filter(series__metric=of).order_by("series_id", "level", "bucket")
    dists = RollupDist.objects.filter(series__metric=of).order_by(
        "series_id", "level", "bucket", "layout_id"
    )
    names = ("series_id", "level", "bucket", "n", "n_other", "total", "low", "high", "first")
    return (
        list(scalars.values_list(*names, "last", "last_ts", "increase", "resets")),
        list(
            dists.values_list("series_id", "level", "bucket", "layout_id", "n", "total", "counts")
        ),
    )


class TestLoading:
    def test_samples_come_in_with_their_states(self, load):
        run = take(load, batch((0, 1.5), (60, "nan"), (120, None), (180, 0.0), (240, "inf")))
        assert samples(load) == [
            (0, 1.5, 0),
            (60, None, 1),
            (120, None, 4),
            (180, 0.0, 0),
            (240, None, 2),
        ]
        assert (run.inserted, run.changed, run.unchanged) == (5, 0, 0)
        assert run.status == RunStatus.OK
        assert (run.since, run.until) == (instant(NOON), instant(NOON + 240))

    def test_the_same_again_writes_nothing(self, load):
        take(load, batch((0, 1.0), (60, "nan")))
        rollups.drain()
        before = Sample.objects.order_by("ts").values_list("ts", "run_id", "rev")
        known = list(before)
        run = take(load, batch((0, 1.0), (60, "nan")))
        assert (run.inserted, run.changed, run.unchanged) == (0, 0, 2)
        assert list(before.all()) == known
        assert not DirtyBucket.objects.exists()
        assert not SampleRevision.objects.exists()

    def test_a_correction_leaves_what_it_was(self, load):
        first = take(load, batch((0, 1.0), (60, 2.0)))
        second = take(load, batch((0, 1.0), (60, 3.0)))
        assert (second.inserted, second.changed, second.unchanged) == (0, 1, 1)
        revision = SampleRevision.objects.get()
        assert (revision.value, revision.run_id, revision.old_run_id, revision.rev) == (
            2.0,
            second.pk,
            first.pk,
            0,
        )
        assert Activity.objects.filter(kind="import_run", subject_id=second.pk).exists()

    def test_a_number_that_becomes_none_is_a_correction(self, load):
        take(load, batch((0, 0.0)))
        assert take(load, batch((0, "nan"))).changed == 1
        assert take(load, batch((0, None))).changed == 1
        assert take(load, batch((0, 0.0))).changed == 1

    def test_labels_make_series_whatever_their_order(self, load):
        take(load, batch((0, 1), labels={"a": "1", "b": "2", "__name__": "x"}))
        take(load, batch((60, 1), labels={"b": "2", "a": "1"}))
        assert Series.objects.get().labels == {"a": "1", "b": "2"}

    def test_a_series_knows_its_first_and_last_news(self, load):
        take(load, batch((60, 1.0), (120, "nan")))
        take(load, batch((0, 1.0)))
        one = Series.objects.get()
        assert (one.first_ts, one.last_ts) == (instant(NOON), instant(NOON + 120))
        assert one.last_good_ts == instant(NOON + 60)

    def test_replacing_a_range_withdraws_what_did_not_come_again(self, load):
        take(load, batch((0, 1), (60, 2), (120, 3), (180, 4), (600, 9)))
        run = take(load, batch((0, 1), (180, 4)), mode=Mode.REPLACE)
        assert run.withdrawn == 2
        assert samples(load)[1:3] == [(60, None, 5), (120, None, 5)]
        assert samples(load)[-1] == (600, 9, 0)  # outside the range
        undo(run, by=None, at=AT)
        assert [value for _, value, _ in samples(load)] == [1, 2, 3, 4, 9]

    def test_nothing_at_all_is_empty(self, load):
        assert take(load, Batch()).status == RunStatus.EMPTY

    def test_doubt_is_degraded(self, load):
        assert take(load, Batch(warnings=["partial"])).status == RunStatus.DEGRADED
        run = take(load, batch((0, 1)), rejected=[Rejection(3, "value", "no number")])
        assert run.status == RunStatus.DEGRADED
        assert run.rejected_rows.get().reason == "no number"

    def test_samples_past_their_retention_are_rejected_and_said(self, load):
        old = -100 * 86_400
        run = take(load, batch((old, 1), (old + 60, 2), (0, 3)))
        assert run.inserted == 1
        assert "2 samples" in run.rejected_rows.get().reason

    def test_raw_samples_of_a_remote_metric_are_refused(self, load):
        load.store = "remote"
        with pytest.raises(Refused, match="stay in the server"):
            take(load, batch((0, 1)))

    def test_large_deliveries(self, load):
        points = [(60 * n, float(n)) for n in range(3_000)]
        assert take(load, batch(*points, labels={"h": "a"})).inserted == 3_000
        assert take(load, batch(*points, labels={"h": "a"})).unchanged == 3_000


class TestHistograms:
    def test_counts_come_in_and_another_layout_is_another_version(self, db):
        latency = metric(shape="histogram")
        take(latency, histograms((0, [1, 2, 3]), (60, [4, 5, 6])))
        take(latency, histograms((120, [1, 2, 3, 4]), bounds=(0.1, 0.2, 0.5)))
        assert [layout.version for layout in HistogramLayout.objects.order_by("pk")] == [1, 2]
        rollups.drain()
        found = {tuple(row.counts): row.n for row in RollupDist.objects.filter(level=1)}
        assert found == {(5, 7, 9): 2, (1, 2, 3, 4): 1}  # added up, never across layouts

    def test_corrections_and_undo(self, db):
        latency = metric(shape="histogram")
        take(latency, histograms((0, [1, 2, 3])))
        run = take(latency, histograms((0, [1, 2, 4])))
        assert run.changed == 1
        assert take(latency, histograms((0, [1, 2, 4]))).unchanged == 1
        undo(run, by=None, at=AT)
        assert SampleDist.objects.get().counts == [1, 2, 3]

    def test_histograms_that_count_up_are_differenced_with_resets(self, db):
        latency = metric(shape="histogram_counter")
        take(
            latency,
            histograms((-60, [1, 1, 1]), (0, [2, 3, 1]), (60, [5, 3, 1]), (120, [1, 0, 0])),
        )
        rollups.drain()
        row = RollupDist.objects.get(level=1, bucket=instant(NOON))
        assert row.counts == [1 + 3 + 1, 2, 0]
        assert row.resets == 1
        assert row.total == (6 - 3) + (9 - 6) + 1


class TestRollups:
    def test_hours_and_days(self, load):
        take(load, batch((0, 1.0), (60, 3.0), (120, "nan"), (3600, 5.0)))
        rollups.drain()
        assert hours(load) == [(0, 2, 4.0, 1.0, 3.0, 3.0, None), (1, 1, 5.0, 5.0, 5.0, 5.0, None)]
        day = Rollup.objects.get(level=24)
        assert (day.n, day.n_other, day.total, day.first, day.last) == (3, 1, 9.0, 1.0, 5.0)
        assert not DirtyBucket.objects.exists()

    def test_an_hour_without_a_number_is_not_zero(self, load):
        take(load, batch((0, "nan")))
        rollups.drain()
        row = Rollup.objects.get(level=1)
        assert (row.n, row.n_other, row.total) == (0, 1, None)

    def test_a_counter_adds_up_over_the_edge_of_hours_and_resets(self, hits):
        take(hits, batch((-60, 10), (0, 14), (60, 3), (3600, 5), (7300, 9)))
        rollups.drain()
        assert [(at, increase) for at, *_, increase in hours(hits)] == [
            (-1, None),
            (0, 7.0),
            (1, 2.0),
            (2, 4.0),
        ]
        assert Rollup.objects.get(level=24).increase == 13.0

    def test_a_late_reading_corrects_the_hour_of_the_next_one(self, hits):
        take(hits, batch((0, 10), (3700, 30)))
        rollups.drain()
        take(hits, batch((1800, 15)))
        rollups.drain()
        assert [increase for *_, increase in hours(hits)] == [5.0, 15.0]

    def test_a_counter_whose_earlier_samples_are_gone_remembers_by_its_rollup(self, hits):
        take(hits, batch((-60, 10), (60, 25)))
        rollups.drain()
        Sample.objects.filter(ts__lt=instant(NOON)).delete()  # as retention does
        take(hits, batch((60, 26)))
        rollups.drain()
        assert hours(hits)[-1][-1] == 16.0

    def test_marking_by_hand(self, load):
        take(load, batch((0, 1.0), (7200, 2.0)))
        rollups.drain()
        pks = list(Series.objects.values_list("pk", flat=True))
        assert rollups.mark(pks, instant(NOON + 100), instant(NOON + 7300)) == 3
        assert rollups.due() == 1
        before = everything(load)
        rollups.drain()
        assert everything(load) == before
        assert rollups.due() == 0

    @pytest.mark.parametrize("shape", ["gauge", "counter", "delta"])
    def test_a_thousand_corrections_equal_a_computation_from_scratch(self, db, shape):
        """Late, changed, withdrawn and repeated samples, rolled up in between, to the bit."""
        one = metric(shape=shape)
        chance = random.Random(shape)
        truth = {}
        for _ in range(40):
            points = {}
            for _ in range(25):
                at = chance.randrange(0, 20 * 3600, 60)
                points[at] = chance.choice([None, "nan", *(chance.uniform(0, 1e6),) * 8])
            truth |= points
            take(one, batch(*points.items()))
            if chance.random() < 0.5:
                rollups.drain()
        rollups.drain()
        incremental = everything(one)
        DirtyBucket.objects.all().delete()
        Rollup.objects.all().delete()
        pks = list(Series.objects.filter(metric=one).values_list("pk", flat=True))
        rollups.mark(pks, instant(NOON), instant(NOON + 20 * 3600))
        rollups.drain()
        assert everything(one) == incremental
        numbers = [v for _, v in sorted(truth.items()) if isinstance(v, float)]
        day_n = sum(row.n for row in Rollup.objects.filter(level=24))
        assert day_n == len(numbers)
        if shape == "counter":
            total = sum(row.increase or 0 for row in Rollup.objects.filter(level=24))
            assert total == pytest.approx(counters.total(numbers)[0])

    @pytest.mark.parametrize("seed", range(6))
    def test_deliveries_in_any_order_twice_and_late_end_the_same(self, db, seed):
        chance = random.Random(seed)
        facts = [(60 * n, float(chance.randrange(1000))) for n in range(240)]
        results = []
        for shuffled in (False, True):
            one = metric(shape="counter")
            parts = [facts[n : n + 20] for n in range(0, len(facts), 20)]
            if shuffled:
                parts += chance.sample(parts, 5)
                chance.shuffle(parts)
            for part in parts:
                take(one, batch(*part))
                if chance.random() < 0.3:
                    rollups.drain()
            rollups.drain()
            scalars, _ = everything(one)
            results.append((samples(one), [row[1:] for row in scalars]))
        assert results[0] == results[1]


class TestUndo:
    def test_what_came_goes_and_what_was_replaced_comes_back(self, load, otto):
        take(load, batch((0, 1.0), (60, 2.0)))
        before = samples(load)
        run = take(load, batch((60, 5.0), (120, 6.0)))
        rollups.drain()
        assert undo(run, by=otto, at=AT) == 2
        assert samples(load) == before
        rollups.drain()
        assert hours(load)[0][:3] == (0, 2, 3.0)
        assert Series.objects.get().last_ts == instant(NOON + 60)
        assert run.undone_by == otto
        assert Activity.objects.get(kind="import_run", verb="undone").actor == otto

    def test_twice_is_refused(self, load):
        run = take(load, batch((0, 1.0)))
        undo(run, by=None, at=AT)
        with pytest.raises(Lost):
            undo(run, by=None, at=AT)
        assert samples(load) == []

    def test_a_run_that_wrote_nothing(self, load):
        take(load, batch((0, 1.0)))
        with pytest.raises(Refused, match="nothing"):
            undo(take(load, batch((0, 1.0))), by=None, at=AT)

    def test_an_emptied_hour_has_no_rollup(self, load):
        run = take(load, batch((0, 1.0)))
        rollups.drain()
        undo(run, by=None, at=AT)
        rollups.drain()
        assert not Rollup.objects.exists()

    def test_undone_in_any_order_each_run_is_as_if_it_had_not_been(self, db):
        """Every order of undoing any of four overlapping runs leaves what the others wrote."""
        chance = random.Random(4)
        for _ in range(20):
            one = metric()
            deliveries = [
                {60 * chance.randrange(6): chance.random() for _ in range(4)} for _ in range(4)
            ]
            runs = [take(one, batch(*sorted(points.items()))) for points in deliveries]
            gone = chance.sample(range(4), chance.randint(1, 4))
            for place in gone:
                undo(runs[place], by=None, at=AT)
            left = {}
            for place, points in enumerate(deliveries):
                if place not in gone:
                    left |= points
            assert samples(one) == [(at, value, 0) for at, value in sorted(left.items())]


class TestPartitions:
    def test_months_are_made_ahead_for_every_class(self, db):
        partitions.keep_ahead(AT)
        names = partitions.known()
        for retention in (35, 90, 400):
            for month in ("2026_11", "2026_12", "2027_01", "2027_02"):
                assert f"metrics_sample_{retention}_{month}" in names
                assert f"metrics_sampledist_{retention}_{month}" in names
        assert partitions.keep_ahead(AT) == 0

    def test_samples_without_a_month_are_watched_and_move_when_it_is_made(self, load):
        far = instant(NOON) + timedelta(days=400)
        series = Series.objects.create(metric=load, labels_hash=b"x", retention=90)
        Sample.objects.create(series=series, ts=far, retention=90, run_id=1, value=1)
        assert partitions.stray() == 1
        partitions.ensure(far, far, 90)
        assert partitions.stray() == 0
        assert Sample.objects.get().ts == far

    def test_a_month_is_dropped_when_its_class_is_past_and_its_rollups_are_clean(self, load):
        take(load, batch((0, 1.0)))
        later = AT + timedelta(days=90 + 40)
        assert "metrics_sample_90_2026_11" not in partitions.drop_expired(later)
        rollups.drain()
        assert "metrics_sample_90_2026_11" in partitions.drop_expired(later)
        assert samples(load) == []
        assert Rollup.objects.filter(level=1).count() == 1  # the rollup stays
        assert "metrics_sample_90_2026_12" not in partitions.drop_expired(later)

    def test_a_range_reads_its_own_month_only(self, load):
        take(load, batch((0, 1.0)))
        with connection.cursor() as cursor:
            cursor.execute(
                "EXPLAIN SELECT * FROM metrics_sample WHERE series_id = 1 AND retention = 90"
                " AND ts >= '2026-11-01Z' AND ts < '2026-11-02Z'"
            )
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "metrics_sample_90_2026_11" in plan
        assert "metrics_sample_35" not in plan
        assert "2026_12" not in plan


def test_old_runs_without_effect_are_forgotten(load):
    from apps.metrics.upkeep import keep

    kept = take(load, batch((0, 1.0)))
    take(load, Batch())
    keep(at=AT + timedelta(days=36))
    assert list(ImportRun.objects.all()) == [kept]


def test_a_source_keeps_its_watermark_in_doubt(load):
    one = source(load)
    take(load, batch((0, 1.0)), source=one)
    one.refresh_from_db()
    assert one.watermark == instant(NOON)
    doubtful = batch((60, 1.0))
    doubtful.warnings.append("partial data")
    take(load, doubtful, source=one)
    one.refresh_from_db()
    assert one.watermark == instant(NOON)
    assert one.last_error == "partial data"
    take(load, batch((60, 1.0)), source=one)
    take(load, batch((0, 1.0)), source=one)  # it never goes back
    one.refresh_from_db()
    assert one.watermark == instant(NOON + 60)
    assert one.last_error == ""
