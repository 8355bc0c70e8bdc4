"""The ways between statuses, the drafted words, other names; without a database."""

import pytest

from apps.features import rules
from apps.features.choices import Status
from apps.tickets.rules import variables


@pytest.mark.parametrize(
    "before, after, said",
    [
        ("under_review", "planned", ""),
        ("planned", "in_progress", ""),
        ("in_progress", "shipped", ""),
        ("parked", "shipped", ""),
        ("shipped", "under_review", ""),
        ("planned", "planned", "This request is planned already."),
        ("shipped", "declined", "A request that is shipped has to be reopened first."),
        ("duplicate", "planned", "This request is merged into another one: take that back first."),
    ],
)
def test_ways(before, after, said):
    assert rules.refusal(before, after) == said


def test_every_status_has_its_ways_and_its_name():
    assert set(rules.MOVES) == set(rules.NAMES) == set(Status.values)
    assert set(rules.WORDS) == rules.OUTCOMES
    assert rules.OUTCOMES | rules.OPEN | {"duplicate"} == set(Status.values)


@pytest.mark.parametrize("outcome", sorted(rules.OUTCOMES))
def test_the_usual_words_can_be_filled_in(outcome):
    words = rules.draft(rules.WORDS[outcome], "It does not fit.")
    assert not variables.problems(words, variables.TOLD)
    assert ("It does not fit." in words) == (outcome in rules.REASONED)


def test_other_names_are_each_said_once():
    terms = [" xlsx ", "XLSX", "", "Spread  sheet", "export"]
    assert rules.tidy_terms(terms, "Export") == ["xlsx", "Spread sheet"]
