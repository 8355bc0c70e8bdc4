"""The arithmetic of honest numbers, by tables and by properties."""

import math
import random
from datetime import timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from apps.figures.rules import (
    Better,
    State,
    all_good_n,
    judge,
    mean_interval,
    quantile,
    quantile_interval,
    quantile_ranks,
    ratio,
    side,
    wilson,
)


@pytest.mark.parametrize(
    ("good", "n", "low", "high"),
    [
        (7, 20, 0.1812, 0.567),
        (18, 20, 0.699, 0.972),
        (20, 20, 0.839, 1.0),
        (92, 100, 0.850, 0.959),
        (460, 500, 0.893, 0.941),
        (970, 1000, 0.9575, 0.979),
    ],
)
def test_wilson_agrees_with_published_values(good, n, low, high):
    assert wilson(good, n) == pytest.approx((low, high), abs=0.001)


@given(st.integers(1, 10**7), st.data())
def test_wilson_holds_the_share_and_stays_within_bounds(n, data):
    good = data.draw(st.integers(0, n))
    low, high = wilson(good, n)
    assert 0 <= low <= good / n <= high <= 1


@given(st.integers(1, 10**6), st.data())
def test_wilson_mirrors(n, data):
    good = data.draw(st.integers(0, n))
    low, high = wilson(good, n)
    bad_low, bad_high = wilson(n - good, n)
    assert (low, high) == pytest.approx((1 - bad_high, 1 - bad_low), abs=1e-9)


def test_wilson_of_nothing_is_nothing_and_of_nonsense_an_error():
    assert wilson(0, 0) is None
    for good, n in ((1, 0), (-1, 5), (6, 5)):
        with pytest.raises(ValueError, match="no proportion"):
            wilson(good, n)


def test_a_share_of_nothing_is_unknown():
    assert ratio(0, 0) is None
    assert ratio(3, 4) == 0.75


@pytest.mark.parametrize(("target", "n"), [(0.8, 16), (0.9, 35), (0.95, 73), (0.0, 1)])
def test_the_smallest_sample_that_can_prove_a_target(target, n):
    assert all_good_n(target) == n
    if target:
        assert wilson(n, n)[0] >= target > wilson(n - 1, n - 1)[0]


def test_no_sample_proves_perfection():
    with pytest.raises(ValueError, match="no sample"):
        all_good_n(1)


finite = st.floats(-1e12, 1e12)


@given(st.lists(finite, min_size=1).map(sorted), st.floats(0, 1))
def test_a_quantile_lies_within_its_values(values, q):
    assert values[0] <= quantile(values, q) <= values[-1]


@given(st.lists(finite, min_size=1).map(sorted), st.floats(0, 1), st.floats(0, 1))
def test_quantiles_ascend(values, p, q):
    p, q = sorted((p, q))
    slack = 1e-9 * max(abs(values[0]), abs(values[-1]), 1)
    assert quantile(values, p) <= quantile(values, q) + slack


@pytest.mark.parametrize(
    ("values", "q", "expected"),
    [([10], 0.9, 10), ([1, 2, 3, 4], 0.5, 2.5), ([1, 2, 3, 4, 5], 0.9, 4.6), ([], 0.5, None)],
)
def test_quantile_as_percentile_cont(values, q, expected):
    assert quantile(values, q) == (expected if expected is None else pytest.approx(expected))


@pytest.mark.parametrize("q", [-0.1, 1.1, math.nan])
def test_a_quantile_is_between_nought_and_one(q):
    with pytest.raises(ValueError):
        quantile([1], q)
    with pytest.raises(ValueError):
        quantile_ranks(5, q)


@pytest.mark.parametrize(
    ("n", "q", "ranks"),
    [
        (10, 0.5, (2, 9)),  # the classic median intervals
        (20, 0.5, (6, 15)),
        (100, 0.5, (40, 61)),
        (5, 0.5, (0, 6)),  # too few to bound either side
        (10, 0.9, (7, 11)),
    ],
)
def test_order_statistic_ranks(n, q, ranks):
    assert quantile_ranks(n, q) == ranks


@given(st.integers(1, 400), st.floats(0.01, 0.99))
def test_ranks_hold_the_quantile_place(n, q):
    j, k = quantile_ranks(n, q)
    assert 0 <= j <= n * q + 1
    assert n * q <= k <= n + 1
    assert j < k


@given(st.integers(1, 300), st.floats(0.01, 0.99))
def test_ranks_mirror(n, q):
    j, k = quantile_ranks(n, q)
    mirrored = quantile_ranks(n, 1 - q)
    assert mirrored == pytest.approx((n + 1 - k, n + 1 - j), abs=1)


def test_ranks_of_a_million_are_tight_and_quick():
    j, k = quantile_ranks(1_000_000, 0.9)
    assert 899_400 < j < 900_000 < k < 900_600


def test_the_interval_covers_as_often_as_it_says():
    chance = random.Random(7)
    held = 0
    for _ in range(600):
        values = sorted(chance.random() for _ in range(60))
        low, high = quantile_interval(values, 0.75)
        held += low <= 0.75 <= high
    assert held / 600 >= 0.93


def test_too_few_values_leave_a_side_open():
    low, high = quantile_interval([1, 2, 3, 4, 5], 0.9)
    assert (low, high) == (1, math.inf) or high == math.inf
    assert quantile_interval([], 0.5) is None


def test_a_mean_needs_two_values():
    assert mean_interval(4, 1, 1) is None
    low, high = mean_interval(4, 1, 100)
    assert low == pytest.approx(3.804, abs=0.001) and high == pytest.approx(4.196, abs=0.001)


@pytest.mark.parametrize(
    ("interval", "better", "state"),
    [
        ((0.92, 0.97), Better.HIGHER, State.MET),
        ((0.85, 0.89), Better.HIGHER, State.MISSED),
        ((0.85, 0.96), Better.HIGHER, State.UNPROVEN),
        ((0.92, 0.97), Better.LOWER, State.MISSED),
        ((0.85, 0.89), Better.LOWER, State.MET),
        ((0.85, math.inf), Better.LOWER, State.UNPROVEN),
        (None, Better.HIGHER, State.MET),
        (None, Better.LOWER, State.MISSED),
    ],
)
def test_which_side_of_the_target(interval, better, state):
    assert side(0.91, interval, 0.9, better) is state


doubts = st.fixed_dictionaries(
    {
        "interval": st.none() | st.tuples(finite, finite).map(lambda pair: tuple(sorted(pair))),
        "target": st.none() | finite,
        "better": st.sampled_from(Better),
        "n": st.none() | st.integers(0, 100),
        "minimum_n": st.integers(0, 100),
        "coverage": st.none() | st.floats(0, 1),
        "minimum_coverage": st.floats(0, 1),
        "age": st.none() | st.timedeltas(timedelta(0), timedelta(days=9)),
        "freshness": st.none() | st.timedeltas(timedelta(0), timedelta(days=9)),
        "finished": st.booleans(),
    }
)


@given(doubts)
def test_no_value_is_never_met_or_missed(doubt):
    assert judge(None, **doubt) is State.NO_DATA


@given(finite, doubts)
def test_only_proof_gives_a_verdict(value, doubt):
    state = judge(value, **doubt)
    if state in (State.MET, State.MISSED):
        assert doubt["target"] is not None
        assert doubt["finished"]
        assert doubt["n"] is None or doubt["n"] >= doubt["minimum_n"]
        assert doubt["coverage"] is None or doubt["coverage"] >= doubt["minimum_coverage"]
        stale = doubt["age"] is not None and doubt["freshness"] is not None
        assert not stale or doubt["age"] <= doubt["freshness"]


@given(finite, finite, finite, finite)
def test_a_wider_interval_never_proves_more(value, low, high, target):
    assume(low <= high)
    wide = side(value, (low - 1, high + 1), target, Better.HIGHER)
    narrow = side(value, (low, high), target, Better.HIGHER)
    assert wide in (narrow, State.UNPROVEN)


def test_states_speak():
    assert State.LOW_SAMPLE.words == "low sample"
    assert State.LOW_SAMPLE.counts and not State.STALE.counts
