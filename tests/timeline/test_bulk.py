"""Blocks that make rows by the thousand."""

import gc

import pytest

from apps.timeline.bulk import uncollected


def test_cycles_are_looked_for_again_after_the_block():
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_also_where_the_block_failed():
    with pytest.raises(ZeroDivisionError), uncollected():
        1 / 0  # noqa: B018
    assert gc.isenabled()


def test_a_block_within_a_block_changes_nothing():
    with uncollected():
        with uncollected():
            pass
        assert not gc.isenabled()
