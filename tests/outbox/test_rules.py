"""Pauses, slots, verdicts and signatures, by table and by property."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.outbox import rules

LUCK = st.floats(0, 1)


@given(st.integers(1, 10_000), LUCK)
def test_a_pause_doubles_up_to_an_hour_and_luck_moves_it_by_half(attempt, luck):
    doubled = min(3600.0, 0.5 * 2.0 ** min(attempt - 1, 20))
    assert min(3600.0, doubled * 0.5) <= rules.pause(attempt, luck) <= min(3600.0, doubled * 1.5)


def test_the_first_pauses():
    assert [rules.pause(n, 0.5) for n in (1, 2, 3, 4, 13, 14, 90)] == [
        0.5,
        1.0,
        2.0,
        4.0,
        2048.0,
        3600.0,
        3600.0,
    ]


def test_three_days_hold_some_eighty_tries():
    waited, attempt = 0.0, 0
    while waited < rules.KEEP_TRYING:
        attempt += 1
        waited += rules.pause(attempt, 0.5)
    assert 80 < attempt < 90


def test_a_send_and_its_mark_fit_into_the_lease():
    assert rules.WORK < rules.MARK_UNTIL < rules.LEASE


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *((200, "sent"), (204, "sent"), (301, "failed"), (404, "failed"), (410, "refused")),
        *((429, "failed"), (500, "failed"), (503, "failed")),
    ],
)
def test_what_http_answers_mean(status, outcome):
    assert rules.http_verdict(status).outcome == outcome


@pytest.mark.parametrize(
    ("code", "outcome"), [(421, "failed"), (450, "failed"), (550, "refused"), (554, "refused")]
)
def test_what_smtp_answers_mean(code, outcome):
    assert rules.smtp_verdict(code).outcome == outcome


def test_only_a_failure_for_now_speaks_against_the_host():
    assert rules.FAILED.host_failed
    assert not rules.REFUSED.host_failed
    assert not rules.SENT.host_failed


def test_the_signature_is_what_a_receiver_computes():
    expected = hmac.new(b"whs_1", b'1700000000.{"a":1}', hashlib.sha256).hexdigest()
    assert rules.signature("whs_1", 1_700_000_000, b'{"a":1}') == f"t=1700000000,v1={expected}"


@pytest.mark.parametrize(
    ("last", "now", "catch_up", "slots"),
    [
        (None, 1000.0, "all", [960]),
        (None, 1000.0, "last", [960]),
        (960, 1000.0, "all", []),
        (960, 1020.0, "all", [1020]),
        (780, 1000.0, "all", [840, 900, 960]),
        (780, 1000.0, "last", [960]),
        (780, 1000.0, "none", [960]),
        (1020, 1000.0, "all", []),  # the database's clock was set back
    ],
)
def test_slots(last, now, catch_up, slots):
    assert rules.slots_due(last, now, 60, catch_up) == slots


def test_without_catch_up_a_slot_nobody_met_is_left_out():
    assert rules.slots_due(0, 3600 + 59.0, 3600, "none") == [3600]
    assert rules.slots_due(0, 3600 + 61.0, 3600, "none") == []


@given(st.integers(1, 100_000), st.integers(0, 200), st.floats(0, 1e9))
def test_with_catch_up_no_slot_is_missed_and_none_comes_twice(every, behind, now):
    present = int(now) // every * every
    last = present - behind * every
    slots = rules.slots_due(last, now, every, "all")
    assert slots == [last + every * n for n in range(1, behind + 1)]
    assert rules.slots_due(slots[-1] if slots else last, now, every, "all") == []


@pytest.mark.parametrize(
    ("done", "total", "elapsed", "left"),
    [(0, 10, 5.0, None), (5, 10, 5.0, 5.0), (10, 10, 5.0, 0.0), (5, None, 5.0, None)],
)
def test_remaining_time(done, total, elapsed, left):
    assert rules.remaining(done, total, elapsed) == left


@pytest.mark.parametrize(
    ("done", "total", "share"), [(0, 10, 0.0), (12, 10, 1.0), (0, 0, 1.0), (3, None, None)]
)
def test_share(done, total, share):
    assert rules.share(done, total) == share


@given(st.integers(0, 10**6), st.integers(0, 100), st.integers(1, 50))
def test_the_queue_never_holds_more_than_two_nudges_a_worker(due, queued, concurrency):
    added = rules.nudges(due, queued, concurrency)
    assert added >= 0
    assert not added or queued + added <= 2 * concurrency
    assert not added or queued + added <= due


@given(st.integers(0, 1000))
def test_probes_become_rare_but_never_stop(failed):
    assert rules.FIRST_PROBE <= rules.probe_pause(failed) <= rules.LONGEST_PROBE


@pytest.mark.parametrize(
    ("code", "words", "nobody"),
    [
        (550, "5.1.1 <x@y.test>: Recipient address rejected: User unknown", True),
        (550, "5.1.10 RESOLVER.ADR.RecipientNotFound", True),
        (550, "5.2.1 The account is disabled", True),
        (553, "5.1.3 bad syntax", True),
        (550, "No such user here", True),
        (550, "Requested action not taken: mailbox unavailable", True),
        (550, "5.7.1 User unknown to our policy", False),
        (552, "5.2.2 Mailbox full", False),
        (550, "15.1.1.1 is not welcome", False),
        (554, "No such user", False),
        (550, "Blocked for spam", False),
        (450, "4.1.1 user unknown", False),
        (250, "5.1.1", False),
    ],
)
def test_which_refusals_say_that_nobody_is_there(code, words, nobody):
    assert rules.is_nobody(code, words) is nobody
