"""Blocks that make rows by the thousand."""

import gc

import pytest

from apps.timeline.bulk import MOST, uncollected


def test_cycles_are_looked_for_as_before_after_the_block():
    was = gc.get_threshold()
    with uncollected():
        assert gc.get_threshold() == (MOST, *was[1:])
    assert gc.get_threshold() == was


def test_also_where_the_block_failed():
    was = gc.get_threshold()
    with pytest.raises(ZeroDivisionError), uncollected():
        1 / 0  # noqa: B018
    assert gc.get_threshold() == was


def test_a_block_within_a_block_changes_nothing():
    with uncollected():
        with uncollected():
            pass
        assert gc.get_threshold()[0] == MOST


def test_cycles_do_not_pile_up_within_it():
    with uncollected():
        before = searches()
        for _ in range(MOST + 1_000):
            itself: list = []
            itself.append(itself)
        assert searches() > before


def searches() -> int:
    """How often cycles were looked for, in whichever generation it was the turn of."""
    return sum(generation["collections"] for generation in gc.get_stats())
