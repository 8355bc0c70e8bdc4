"""Bulk changes for programs."""

import pytest

from apps.outbox.drains import drain_jobs
from apps.tickets.models import Macro, Ticket, bulk
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


def test_long_work_of_ones_own_is_stopped_and_goes_on(speak, ada, sol, otto, monkeypatch, tickets):
    monkeypatch.setattr(bulk, "AT_ONCE", 1)
    body = {"q": "priority:normal", "steps": [{"do": "priority", "to": "low"}]}
    number = speak(ada).post("bulk-changes/", body)[1]["job"]
    hers = speak(ada)
    code, job = hers.post(f"jobs/{number}/cancel/")
    assert (code, job["state"], job["total"], job["started_by"]) == (200, "cancelled", 3, ada.pk)
    assert (job["why_not_on"], hers.post(f"jobs/{number}/cancel/")[0]) == ("", 409)
    assert hers.post(f"jobs/{number}/go-on/")[1]["state"] == "pending"
    assert hers.post(f"jobs/{number}/go-on/")[0] == 409
    drain_jobs()
    assert hers.get("jobs/?work=tickets.bulk&state=done")[1]["results"][0]["done"] == 3
    assert Ticket.objects.filter(priority="low").count() == 3
    pia = speak(make.person("Pia", "product"))
    assert pia.get(f"jobs/{number}/")[0] == pia.post(f"jobs/{number}/cancel/")[0] == 404
    assert speak(otto).get(f"jobs/{number}/")[0] == 200  # who looks after what goes on
    assert speak(otto, "outbox.read").get(f"jobs/{number}/")[0] == 404
