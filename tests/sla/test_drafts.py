"""A policy's draft: what it says when it cannot be read, step by step."""

import pytest

from apps.calendars.rules import Malformed
from apps.sla.drafts import compile_draft, profile_of, profiles, usual_ladder, usual_targets

STEP = {"kind": "resolution", "at": "0.5", "do": "notify", "to": "assignee"}
WRONG = [
    ("nothing", "not a list of steps"),
    ([STEP] * 21, "more than 20 steps"),
    ([STEP, STEP], "the same step twice"),
    (["wait"], "not a step"),
    ([STEP | {"sound": "loud"}], "ladder[0].sound: unknown"),
    ([{"kind": "resolution", "at": "0.5"}], "ladder[0].do: missing"),
    ([STEP | {"kind": "lunch"}], "unknown kind"),
    ([STEP | {"do": "shout"}], "unknown step"),
    ([STEP | {"do": "raise"}], "nobody is told by raising"),
    ([STEP | {"to": "everybody"}], "names nobody"),
    ([STEP | {"to": 7}], "names nobody"),
    ([STEP | {"to": "person:x"}], "names nobody"),
    ([STEP | {"do": "reassign"}], "names nobody"),
]


@pytest.mark.parametrize(("ladder", "why"), WRONG)
def test_a_ladder_that_cannot_be_climbed_says_why(ladder, why):
    with pytest.raises(Malformed) as malformed:
        compile_draft({"targets": usual_targets(), "ladder": ladder})
    assert why in str(malformed.value)


def test_a_step_is_known_by_what_it_says():
    steps = [
        STEP | {"to": "person:7"},
        {"kind": "resolution", "at": {"after": 60}, "do": "raise"},
        STEP | {"do": "reassign", "to": "team:3"},
    ]
    rungs = compile_draft({"targets": usual_targets(), "ladder": steps}).ladder["resolution"]
    assert [rung.key for rung in rungs] == [
        "0.5 notify person:7",
        "after 60 raise",
        "0.5 reassign team:3",
    ]
    assert set(compile_draft({"targets": usual_targets(), "ladder": usual_ladder()}).ladder) == {
        *("first_response", "next_response", "resolution")
    }


def test_pauses_have_a_name_where_they_are_usual():
    assert profile_of({}) == "usual" and profile_of(profiles()["everything"]) == "everything"
    assert profile_of({"resolution": ["resolved"]}) == ""
