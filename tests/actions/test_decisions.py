"""A decision's life, and what it refuses."""

from datetime import date

import pytest

from apps.actions.models import Decision
from apps.timeline.refusal import Lost, Refused
from tests.make import NOW

SPRING = date(2027, 3, 1)


@pytest.fixture
def decision(pia) -> Decision:
    """Pia asks whether the export is built or bought."""
    return Decision.objects.ask(
        "Build or buy the export?", options=["Build", "Buy", "Build"], by=pia, at=NOW
    )


def test_asking_keeps_each_option_once(decision):
    assert decision.options == ["Build", "Buy"]
    assert list(Decision.objects.wanted()) == [decision]


def test_deciding_says_why_and_when_to_look_again(decision, lea):
    decision.decide("Buy", why="Cheaper for a year", by=lea, at=NOW, review_on=SPRING)
    fresh = Decision.objects.get()
    assert (fresh.choice, fresh.decided_by, fresh.review_on) == ("Buy", lea, SPRING)
    assert not Decision.objects.wanted().exists()
    assert not Decision.objects.to_review(today=date(2027, 2, 28)).exists()
    assert Decision.objects.to_review(today=SPRING).get() == decision


def test_reopening_keeps_the_earlier_choice_in_the_timeline(decision, lea):
    decision.decide("Buy", why="Cheaper", by=lea, at=NOW)
    decision.reopen(by=lea, at=NOW)
    told = decision.timeline().last()
    assert told.data == {"choice": ["Buy", ""], "why": ["Cheaper", ""]}
    assert list(Decision.objects.wanted()) == [decision]


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"choice": "Rent", "why": "why"}, "choice"),
        ({"choice": "Buy", "why": " "}, "why"),
        ({"choice": "Buy", "why": "\x00"}, "why"),
        ({"choice": "Buy", "why": "why", "review_on": NOW.date()}, "review_on"),
    ],
)
def test_what_a_decision_refuses(decision, lea, words, field):
    with pytest.raises(Refused) as refused:
        decision.decide(**words, by=lea, at=NOW)
    assert refused.value.field == field
    assert Decision.objects.get().decided_at is None


def test_it_is_decided_once(decision, lea, pia):
    seen_by_pia = Decision.objects.get()
    with pytest.raises(Refused, match="not decided yet"):
        decision.reopen(by=lea, at=NOW)
    decision.decide("Buy", why="Cheaper", by=lea, at=NOW)
    with pytest.raises(Refused, match="decided already"):
        decision.decide("Build", why="Ours", by=lea, at=NOW)
    with pytest.raises(Lost):
        seen_by_pia.decide("Build", why="Ours", by=pia, at=NOW)


@pytest.mark.parametrize(
    ("question", "options"),
    [("", ["a", "b"]), ("q", ["a", "a"]), ("q", list("abcdefghijklmnopqrstu"))],
)
def test_a_question_has_words_and_options(pia, question, options):
    with pytest.raises(Refused):
        Decision.objects.ask(question, options=options, by=pia, at=NOW)
