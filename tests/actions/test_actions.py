"""An action's life, and what it refuses."""

from datetime import date

import pytest

from apps.actions.models import Action
from apps.figures.registry import compute
from apps.figures.rules import State
from apps.timeline.models import Activity
from apps.timeline.refusal import Lost, Refused
from tests.make import NOW, ago, person

FRIDAY, NEXT_FRIDAY = date(2026, 11, 27), date(2026, 12, 4)


@pytest.fixture
def action(sol, ada) -> Action:
    """Sol and Ada agree that Ada writes the runbook by Friday."""
    return Action.objects.agree(" Write the\nrunbook ", owner=ada, due=FRIDAY, by=sol, at=NOW)


def verbs_of(record) -> list[str]:
    return list(Activity.objects.about(record.kind, record.pk).values_list("verb", flat=True))


def test_agreeing_leaves_an_action_and_its_activity(action, ada, sol):
    assert (action.title, action.owner, action.state) == ("Write the runbook", ada, "open")
    told = action.timeline().get()
    assert (told.verb, told.actor) == ("agreed", sol)
    assert told.data == {"owner": [None, ada.pk], "due": [None, "2026-11-27"]}


def test_the_whole_life(action, ada, sol, pia):
    action.carry(NEXT_FRIDAY, by=ada, at=NOW)
    action.hand_to(pia, by=sol, at=NOW)
    action.finish(by=pia, at=NOW)
    action.reopen(by=sol, at=NOW)
    action.drop("The tool writes it now", by=sol, at=NOW)
    fresh = Action.objects.get(pk=action.pk)
    assert (fresh.owner, fresh.due, fresh.carried) == (pia, NEXT_FRIDAY, 1)
    assert (fresh.state, fresh.why_dropped, fresh.ended_at) == (
        "dropped",
        "The tool writes it now",
        NOW,
    )
    assert verbs_of(action) == ["agreed", "carried", "handed", "finished", "reopened", "dropped"]


@pytest.mark.parametrize(
    ("attempt", "field"),
    [
        (lambda action, who: action.carry(FRIDAY, by=who, at=NOW), "due"),
        (lambda action, who: action.carry(date(2026, 11, 1), by=who, at=NOW), "due"),
        (lambda action, who: action.drop("  ", by=who, at=NOW), "why"),
        (lambda action, who: action.drop("a\x00b", by=who, at=NOW), "why"),
        (lambda action, who: action.hand_to(action.owner, by=who, at=NOW), "owner"),
        (
            lambda action, who: action.hand_to(person("Gone", is_active=False), by=who, at=NOW),
            "owner",
        ),
        (lambda action, who: action.reopen(by=who, at=NOW), ""),
    ],
)
def test_what_an_open_action_refuses(action, sol, attempt, field):
    with pytest.raises(Refused) as refused:
        attempt(action, sol)
    assert refused.value.field == field
    assert verbs_of(action) == ["agreed"]


@pytest.mark.parametrize("verb", ["finish", "carry", "drop", "hand_to"])
def test_what_is_done_stays_done(action, ada, sol, verb):
    action.finish(by=ada, at=NOW)
    words = {"finish": (), "carry": (NEXT_FRIDAY,), "drop": ("why",), "hand_to": (sol,)}[verb]
    with pytest.raises(Refused, match="This action is done"):
        getattr(action, verb)(*words, by=sol, at=NOW)


def test_of_two_people_with_one_button_one_wins(action, ada, sol):
    seen_by_sol = Action.objects.get(pk=action.pk)
    action.finish(by=ada, at=NOW)
    with pytest.raises(Lost):
        seen_by_sol.finish(by=sol, at=NOW)
    assert verbs_of(action) == ["agreed", "finished"]


@pytest.mark.parametrize("title", ["", "  \n ", "x" * 201, "a\x00"])
def test_a_title_is_one_clean_line(sol, title):
    with pytest.raises(Refused):
        Action.objects.agree(title, owner=sol, due=FRIDAY, by=sol, at=NOW)
    assert not Action.objects.exists()


def test_nobody_who_left_gets_an_action(sol):
    gone = person("Gone", is_active=False)
    with pytest.raises(Refused, match="not active"):
        Action.objects.agree("Write", owner=gone, due=FRIDAY, by=sol, at=NOW)


def test_an_origin_brings_its_actions_back(sol):
    Action.objects.agree("Ask", owner=sol, due=FRIDAY, by=sol, at=NOW, origin=("review", 7))
    assert Action.objects.from_origin("review", 7).get().title == "Ask"


def test_overdue_is_a_figure_with_its_rows(action, sol):
    assert compute("actions.overdue", at=NOW).state is State.MET
    action.due = date(2026, 11, 20)
    action.save()
    figure = compute("actions.overdue", at=NOW)
    assert (figure.value, figure.state) == (1, State.MISSED)
    assert action.is_overdue(today=NOW.date())


def test_on_time_is_judged_on_enough(ada, sol):
    assert compute("actions.on_time", at=NOW).state is State.NOT_APPLICABLE
    for day in range(6):
        due = date(2026, 11, 10 + day)
        made = Action.objects.agree(f"Do {day}", owner=ada, due=due, by=sol, at=ago(days=20))
        made.finish(by=ada, at=ago(days=14))
    figure = compute("actions.on_time", at=NOW)
    assert (figure.numerator, figure.denominator, figure.n) == (6, 6, 6)
    assert figure.state is State.UNPROVEN
    assert figure.reason == "6 cannot prove it: 16 are needed even if all are good."
