"""What numbers mean, without a database."""

import itertools
import math
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.metrics.importers.instants import read_instant
from apps.metrics.rules import LATENCY_BOUNDS, baseline, counters, grid, histograms, labels
from apps.metrics.rules.freshness import Freshness, circuit_is_open, freshness, wait, worst
from apps.metrics.rules.thresholds import Episode, Limit, compare, replay
from apps.metrics.rules.values import State, read_float, read_text

amounts = st.floats(0, 1e9, allow_nan=False)


class TestValues:
    @pytest.mark.parametrize(
        ("text", "value", "state"),
        [
            ("0", 0.0, State.OK),
            ("-0", -0.0, State.OK),
            ("1", 1.0, State.OK),
            (" 1.5 ", 1.5, State.OK),
            ("-1.5e3", -1500.0, State.OK),
            ("+2E-2", 0.02, State.OK),
            ("1e300", 1e300, State.OK),
            ("1e301", None, State.POSITIVE_INFINITY),
            ("-1e999", None, State.NEGATIVE_INFINITY),
            ("", None, State.MISSING),
            ("   ", None, State.MISSING),
            ("NaN", None, State.NAN),
            ("nan", None, State.NAN),
            ("+Inf", None, State.POSITIVE_INFINITY),
            ("inf", None, State.POSITIVE_INFINITY),
            ("Infinity", None, State.POSITIVE_INFINITY),
            ("-Inf", None, State.NEGATIVE_INFINITY),
        ],
    )
    def test_a_cell(self, text, value, state):
        assert read_text(text) == (value, state)

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("1,5", "decimal mark"),
            ("1,234", "thousands"),
            ("1.234.567", "thousands"),
            ("1 234", "thousands"),
            ("1_000", "thousands"),
            ("1'234.5", "thousands"),
            ("12 %", "percent"),
            ("€ 5", "currency"),
            ("5 EUR", "currency"),
            ("$5", "currency"),
            ("=1+1", "formula"),
            ("@SUM(A1)", "formula"),
            ("１２", "not a number"),
            ("٣", "not a number"),
            ("1e", "not a number"),
            (".5", "not a number"),
            ("5.", "not a number"),
            ("0x10", "not a number"),
            ("1e9999", "not a number"),
            ("9" * 5000, "not a number"),
            ("--1", "not a number"),
            ("true", "not a number"),
            ("1\t", "not a number"),
            ("\u00a01", "not a number"),
        ],
    )
    def test_a_cell_that_is_refused_says_why(self, text, said):
        with pytest.raises(ValueError, match=said) as refused:
            read_text(text)
        assert len(str(refused.value)) < 200

    def test_floats(self):
        assert read_float(math.nan) == (None, State.NAN)
        assert read_float(math.inf) == (None, State.POSITIVE_INFINITY)
        assert read_float(-math.inf) == (None, State.NEGATIVE_INFINITY)
        assert read_float(5e-324) == (5e-324, State.OK)

    @given(st.floats(-1e300, 1e300))
    def test_every_finite_number_stays_itself(self, value):
        assert read_float(value) == (value, State.OK)


class TestLabels:
    def test_order_and_name_do_not_matter(self):
        one = {"__name__": "up", "job": "node", "instance": "h:9100"}
        other = {"instance": "h:9100", "job": "node"}
        assert labels.identity(one) == labels.identity(other)
        assert labels.canonical(one) == '{"instance":"h:9100","job":"node"}'

    def test_values_matter(self):
        assert labels.identity({"a": "b"}) != labels.identity({"a": "c"})
        assert labels.identity({"a": "b,c"}) != labels.identity({"a": "b", "c": ""})

    @pytest.mark.parametrize(
        "bad",
        [
            {"a": "\x00"},
            {"a\x00": "b"},
            {"": "b"},
            {"a": 1},
            {"a": "x" * 501},
            {"a" * 101: "x"},
            {str(n): "x" for n in range(31)},
            {"a": "\ud800"},
            {"a": "line\nbreak"},
        ],
    )
    def test_unclean_labels_are_named(self, bad):
        assert labels.complaint(bad)

    def test_clean_ones_are_not(self):
        assert labels.complaint({"path": "/users/ü", "empty": ""}) is None


class TestGrid:
    @given(
        st.integers(946_684_800, 4_000_000_000),
        st.integers(0, 5_000),
        st.integers(1, 600),
        st.integers(1, 11_000),
    )
    def test_pieces_cover_the_range_once_on_the_grid(self, start, span, step, most):
        found = list(grid.pieces(start, start + span, step, most))
        points = [at for piece in found for at in range(piece.start, piece.end + 1, step)]
        assert points == list(range(grid.floor(start, step), start + span + 1, step))
        assert all(at % step == 0 for at in points)
        assert all(0 < piece.points <= most for piece in found)

    @given(st.floats(1e9, 2e9), st.integers(10, 3600), st.integers(0, 100))
    def test_the_same_step_asks_for_the_same_points(self, now, step, later):
        """Importing a moment later asks for the same instants, so an upsert can match."""
        one = set(range(grid.floor(now, step), int(now) + 5000, step))
        other = set(range(grid.floor(now + later, step), int(now) + 5000, step))
        assert other <= one

    def test_nothing_to_ask(self):
        assert list(grid.pieces(100, 50, 10)) == []
        with pytest.raises(ValueError, match="at least 1"):
            list(grid.pieces(0, 1, 0))

    @pytest.mark.parametrize(
        ("watermark", "expected"),
        [
            (None, (10_000 - 3600, 10_000 - 90)),
            (9_000, (9_000 - 600, 10_000 - 90)),
            (1_000, (10_000 - 3600, 10_000 - 90)),
        ],
    )
    def test_what_is_due(self, watermark, expected):
        found = grid.due_range(10_000, watermark, settle=90, overlap=600, look_back=3600)
        assert found == expected

    def test_gaps(self):
        assert grid.gaps([0, 60, 120, 300, 360], 60) == [grid.Gap(120, 300)]
        assert grid.gaps([], 60) == []
        assert grid.likely_step([0, 60, 120, 300]) == 60
        assert grid.likely_step([0, 60]) is None


class TestCounters:
    @pytest.mark.parametrize(
        ("values", "before", "added", "resets"),
        [
            ([1, 4, 9], None, 8, 0),
            ([1, 4, 9], 0, 9, 0),
            ([10, 12, 3, 5], None, 7, 1),
            ([5, 0, 0, 2], None, 2, 1),
            ([7], None, 0, 0),
            ([], 5, 0, 0),
            ([3], 10, 3, 1),
        ],
    )
    def test_totals(self, values, before, added, resets):
        assert counters.total(values, before) == (added, resets)

    @given(st.lists(st.integers(0, 1000), min_size=1), st.integers(0, 1000))
    def test_the_steps_add_up_however_the_readings_are_cut(self, values, cut):
        cut %= len(values)
        first, _ = counters.total(values[: cut + 1])
        second, _ = counters.total(values[cut + 1 :], values[cut])
        assert first + second == counters.total(values)[0]
        assert sum(step or 0 for step in counters.increases(values)) == counters.total(values)[0]

    @given(st.lists(st.integers(0, 1000)))
    def test_nothing_is_ever_taken_away(self, values):
        assert all(step is None or step >= 0 for step in counters.increases(values))


class TestHistograms:
    BOUNDS = (0.1, 0.2, 0.5, 1.0)

    def test_the_promise_is_an_edge(self):
        assert 0.2 in LATENCY_BOUNDS
        assert list(LATENCY_BOUNDS) == sorted(LATENCY_BOUNDS)

    @pytest.mark.parametrize(
        ("counts", "q", "value", "low", "high"),
        [
            ([10, 0, 0, 0, 0], 0.5, 0.05, 0.0, 0.1),
            ([0, 10, 0, 0, 0], 0.5, 0.15, 0.1, 0.2),
            ([5, 5, 0, 0, 0], 0.5, 0.1, 0.0, 0.1),
            ([0, 0, 0, 0, 10], 0.5, 1.0, 1.0, math.inf),
            ([90, 5, 3, 1, 1], 0.95, 0.2, 0.1, 0.2),
            ([10, 0, 0, 0, 10], 0.9, 1.0, 1.0, math.inf),
            ([0, 0, 10, 0, 0], 0.0, 0.0, 0.0, 0.1),
            ([0, 0, 10, 0, 0], 1.0, 0.5, 0.2, 0.5),
        ],
    )
    def test_quantiles_as_prometheus_reads_them(self, counts, q, value, low, high):
        found = histograms.quantile(self.BOUNDS, counts, q)
        assert found.value == pytest.approx(value)
        assert (found.low, found.high) == (low, high)

    def test_the_edges_of_the_rule(self):
        counts = [1, 1, 1, 1, 1]
        assert histograms.quantile(self.BOUNDS, counts, -0.1).value == -math.inf
        assert histograms.quantile(self.BOUNDS, counts, 1.1).value == math.inf
        assert histograms.quantile(self.BOUNDS, counts, math.nan) is None
        assert histograms.quantile(self.BOUNDS, [0] * 5, 0.5) is None
        assert histograms.quantile((), [5], 0.5) is None
        below = histograms.quantile((-1.0, 1.0), [5, 0, 0], 0.5)
        assert (below.value, below.low) == (-1.0, -math.inf)
        assert histograms.quantile(self.BOUNDS, [0, 4, 0, 0, 0], 0.5).width == pytest.approx(0.1)

    @given(st.lists(st.integers(0, 50), min_size=5, max_size=5), st.floats(0.01, 1))
    def test_the_truth_lies_within_the_error(self, counts, q):
        """Observations put anywhere in their buckets: the true quantile is between the edges."""
        found = histograms.quantile(self.BOUNDS, counts, q)
        if sum(counts) == 0:
            assert found is None
            return
        edges = [0.0, *self.BOUNDS, math.inf]
        placed = [place for place, count in enumerate(counts) for _ in range(count)]
        place = placed[max(0, math.ceil(q * len(placed) - 1e-9) - 1)]
        assert found.low <= edges[place + 1]
        assert found.high >= edges[place]
        assert found.low <= found.value <= found.high

    @given(
        st.lists(st.lists(amounts, min_size=5, max_size=5), min_size=1, max_size=6), st.randoms()
    )
    def test_merging_knows_no_order(self, many, shuffler):
        whole = histograms.merge(many)
        shuffled = list(many)
        shuffler.shuffle(shuffled)
        assert histograms.merge(shuffled) == pytest.approx(whole)
        assert sum(whole) == pytest.approx(sum(map(sum, many)))

    def test_another_layout_is_not_merged(self):
        with pytest.raises(histograms.LayoutMismatch):
            histograms.merge([[1, 2], [1, 2, 3]])

    @pytest.mark.parametrize(
        ("limit", "value", "low", "high"),
        [(0.2, 0.6, 0.6, 0.6), (0.15, 0.5, 0.4, 0.6), (2.0, 0.9, 0.9, 1.0), (0.05, 0.2, 0, 0.4)],
    )
    def test_the_share_within_a_limit(self, limit, value, low, high):
        found = histograms.share_within(self.BOUNDS, [40, 20, 20, 10, 10], limit)
        assert (found.value, found.low, found.high) == pytest.approx((value, low, high))

    def test_of_nothing_there_is_no_share(self):
        assert histograms.share_within(self.BOUNDS, [0] * 5, 0.2) is None

    @pytest.mark.parametrize(
        ("text", "edge"), [("+Inf", math.inf), ("1e0", 1.0), (".2", 0.2), ("0.25", 0.25)]
    )
    def test_edges_are_numbers(self, text, edge):
        assert histograms.read_edge(text) == edge

    @pytest.mark.parametrize("text", ["", "NaN", "1_0", "wide"])
    def test_and_what_is_not(self, text):
        with pytest.raises(ValueError):
            histograms.read_edge(text)

    def test_counts_of_each_bucket(self):
        assert histograms.per_bucket([1, 3, 3, 10]) == [1, 2, 0, 7]
        assert histograms.per_bucket([1.0, 1.0 - 1e-12]) == [1.0, 0.0]
        with pytest.raises(ValueError, match="fall"):
            histograms.per_bucket([3, 2])


class TestBaseline:
    def test_too_few_is_learning(self):
        assert baseline.baseline([1, 2]) is None

    def test_middle_and_spread(self):
        found = baseline.baseline([10, 12, 14, 11, 90])
        assert found.middle == 12
        assert found.spread == pytest.approx(1.4826 * 2)
        assert found.distance(20) == pytest.approx(8 / (1.4826 * 2))

    def test_a_constant_history_has_a_floor(self):
        assert baseline.baseline([50, 50, 50]).spread == pytest.approx(0.5)
        assert baseline.baseline([0, 0, 0]).spread > 0
        assert baseline.baseline([0, 0, 0], unit_step=1).spread == 1

    @pytest.mark.parametrize(
        ("flags", "answer"),
        [
            ([True, True, False, True], True),
            ([True, False, False, False], False),
            ([None, None, None, True], None),
            ([True, True, True, None], True),
        ],
    )
    def test_some_of_the_last(self, flags, answer):
        assert baseline.unusual(flags, of=4, needed=3) is answer


class TestThresholds:
    HIGH = Limit(100, hold=120)

    def run(self, *values, limit=HIGH):
        return replay(((60 * n, value) for n, value in enumerate(values)), limit)

    @pytest.mark.parametrize(
        ("values", "episodes"),
        [
            ([], []),
            ([99, 100, 99], []),
            ([101, 101, 99], []),
            ([101, 101, 101, 99], [Episode(0, 120, 180)]),
            ([101, 101, 101, 101], [Episode(0, 120, None)]),
            ([101, None, None, 101, 99], [Episode(0, 180, 240)]),
            ([101, 101, 101, None, None], [Episode(0, 120, None)]),
            ([None, None], []),
            ([101, 99, 101, 101, 101, 90], [Episode(120, 240, 300)]),
        ],
    )
    def test_replay(self, values, episodes):
        assert self.run(*values) == episodes

    def test_hysteresis(self):
        limit = Limit(100, clear=80)
        assert self.run(101, 90, 101, 80, limit=limit) == [Episode(0, 0, 180)]

    def test_below(self):
        assert self.run(5, 1, 5, limit=Limit(2, above=False)) == [Episode(60, 60, 120)]

    def test_no_hold_fires_at_once(self):
        assert self.run(101, limit=Limit(100)) == [Episode(0, 0, None)]

    @pytest.mark.parametrize(
        ("limit", "said"),
        [
            (Limit(100, clear=120), "at or below"),
            (Limit(100, above=False, clear=90), "at or above"),
            (Limit(1, hold=-1), "negative"),
            (Limit(100, clear=80), None),
            (Limit(100, above=False, clear=120), None),
        ],
    )
    def test_a_limit_that_makes_no_sense(self, limit, said):
        found = limit.complaint()
        assert (said in found) if said else found is None

    def test_caught_missed_and_alone(self):
        episodes = [
            Episode(1000, 1100, 1500),
            Episode(9000, 9100, 9200),
            Episode(20_000, 20_000, None),
        ]
        incidents = [(1200, 2000), (5000, 6000), (19_000, None)]
        found = compare(episodes, incidents)
        assert (found.caught, found.missed, found.alone) == (2, 1, 1)

    @given(st.lists(st.one_of(st.none(), st.floats(0, 200)), max_size=60), st.integers(0, 600))
    def test_episodes_do_not_overlap_and_hold(self, values, hold):
        found = self.run(*values, limit=Limit(100, hold=hold))
        for episode in found:
            assert episode.fired - episode.began >= hold
        for earlier, later in itertools.pairwise(found):
            assert earlier.ended is not None
            assert earlier.ended <= later.began


class TestFreshness:
    def test_never_heard_of_is_unknown_and_late_is_stale(self):
        assert freshness(None, 100, 60) is Freshness.UNKNOWN
        assert freshness(30, 100, 60) is Freshness.STALE
        assert freshness(40, 100, 60) is Freshness.FRESH

    def test_of_many(self):
        fresh, stale, unknown = Freshness.FRESH, Freshness.STALE, Freshness.UNKNOWN
        assert worst([]) is unknown
        assert worst([unknown, unknown]) is unknown
        assert worst([fresh, unknown]) is stale
        assert worst([fresh, stale]) is stale
        assert worst([fresh, fresh]) is fresh

    def test_waits_double_to_an_hour(self):
        assert [wait(n, final=False) for n in (1, 2, 3, 8, 20, 30_000)] == [
            30,
            60,
            120,
            3600,
            3600,
            3600,
        ]
        assert wait(1, final=True) == 3600
        assert not circuit_is_open(4)
        assert circuit_is_open(5)


class TestInstants:
    BERLIN = ZoneInfo("Europe/Berlin")

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("2026-03-01T12:00:00Z", datetime(2026, 3, 1, 12, tzinfo=UTC)),
            ("2026-03-01T12:00:00z", datetime(2026, 3, 1, 12, tzinfo=UTC)),
            ("2026-03-01 12:00:00+02:00", datetime(2026, 3, 1, 10, tzinfo=UTC)),
            ("2026-03-01T12:00-0530", datetime(2026, 3, 1, 17, 30, tzinfo=UTC)),
            ("2026-03-01T12:00:00.5Z", datetime(2026, 3, 1, 12, 0, 0, 500_000, tzinfo=UTC)),
            ("2026-03-01Z", datetime(2026, 3, 1, tzinfo=UTC)),
        ],
    )
    def test_with_an_offset(self, text, expected):
        assert read_instant(text) == expected.timestamp()

    def test_in_a_chosen_zone(self):
        expected = datetime(2026, 7, 1, 10, tzinfo=UTC).timestamp()
        assert read_instant("2026-07-01 12:00", zone=self.BERLIN) == expected

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("2026-10-25 02:30", "twice"),
            ("2026-03-29 02:30", "did not happen"),
            ("2026-02-30 12:00", "no day"),
            ("2026-01-01 25:00", "no day"),
            ("2026-01-01T12:00:00+15:00", "offset"),
            ("2026-01-01T12:00:00+01:77", "offset"),
            ("1999-12-31T23:59:59Z", "2000"),
            ("2100-01-01T00:00:00Z", "2000"),
            ("9999-12-31T23:59:59Z", "2000"),
            ("1767225600", "epoch"),
            ("03/04/2026", "not a time"),
            ("4.3.2026", "not a time"),
            ("yesterday", "not a time"),
            ("", "not a time"),
            ("２０２６-01-01T00:00:00Z", "not a time"),
        ],
    )
    def test_what_is_refused(self, text, said):
        with pytest.raises(ValueError, match=said):
            read_instant(text, zone=self.BERLIN)

    def test_a_naive_time_needs_a_zone(self):
        with pytest.raises(ValueError, match="choose the zone"):
            read_instant("2026-01-01 12:00")

    def test_epochs(self):
        assert read_instant("1767225600", form="epoch") == 1_767_225_600
        assert read_instant("1767225600.25", form="epoch") == 1_767_225_600.25
        assert read_instant("1767225600250", form="epoch_ms") == 1_767_225_600.25
        with pytest.raises(ValueError, match="epoch seconds"):
            read_instant("2026-01-01T00:00:00Z", form="epoch")
