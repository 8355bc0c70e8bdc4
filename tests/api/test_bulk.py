"""Bulk changes for programs."""

import pytest

from apps.tickets.models import Macro
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def tickets():
    return [make.ticket(f"Wave {n}") for n in range(3)]


def test_a_program_changes_many_and_takes_it_back(speak, ada, tickets):
    hers = speak(ada)
    body = {
        "tickets": [one.pk for one in tickets],
        "steps": [{"do": "tag", "add": ["wave"]}, {"do": "priority", "to": "high"}],
    }
    code, made = hers.post("bulk-changes/", body)
    assert code == 201 and made["outcomes"]["changed"] == 3 and made["refusals"] == {}
    assert made["says"] == "sets priority high, adds tag wave"
    code, after = hers.post(f"bulk-changes/{made['id']}/undo/", {})
    assert code == 200 and after["outcomes"]["restored"] == 3 and after["undone_by"] == ada.pk
    assert hers.post(f"bulk-changes/{made['id']}/undo/", {})[0] == 409
    assert hers.get("bulk-changes/")[1]["results"][0]["id"] == made["id"]


def test_a_program_merges_many(speak, ada, tickets):
    hers, into = speak(ada), tickets[0]
    body = {"tickets": [one.pk for one in tickets], "merge_into": into.pk}
    code, made = hers.post("bulk-changes/", body)
    assert (code, made["outcomes"]["changed"], made["says"]) == (201, 2, f"merges into #{into.pk}")
    steps = [{"do": "priority", "to": "low"}]
    assert hers.post("bulk-changes/", body | {"steps": steps})[0] == 400
    assert hers.post(f"bulk-changes/{made['id']}/undo/", {})[1]["outcomes"]["restored"] == 2


def test_a_question_stands_for_all_it_finds(speak, ada, tickets):
    body = {"q": "priority:normal", "steps": [{"do": "priority", "to": "low"}]}
    code, made = speak(ada).post("bulk-changes/", body)
    assert (code, made["outcomes"]["changed"], made["question"]) == (201, 3, "priority:normal")


@pytest.mark.parametrize(
    "body, code",
    [
        ({"steps": [{"do": "priority", "to": "low"}]}, 400),
        ({"q": "", "tickets": [1], "steps": [{"do": "priority", "to": "low"}]}, 400),
        ({"q": "priority:huge", "steps": [{"do": "priority", "to": "low"}]}, 400),
        ({"tickets": [999], "steps": [{"do": "priority", "to": "low"}]}, 400),
        ({"tickets": [1], "steps": [{"do": "dance"}]}, 400),
    ],
)
def test_what_says_nothing_is_refused(speak, ada, body, code):
    assert speak(ada).post("bulk-changes/", body)[0] == code


def test_a_macro_of_somebody_else_is_not_used(speak, ada, sol, tickets):
    steps = [{"do": "priority", "to": "low"}]
    macro = Macro.add(title="Mine", steps=steps, by=sol, at=make.NOW)
    body = {"tickets": [tickets[0].pk], "macro": macro.pk}
    assert speak(ada).post("bulk-changes/", body)[0] == 400
