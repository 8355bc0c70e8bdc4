"""Duties and rules for programs."""

import pytest

from apps.tickets.models import AssignmentRule, Duty
from tests import make


@pytest.fixture
def duty(ada) -> Duty:
    return Duty.objects.create(person=ada)


def call(client, path, data=None):
    answer = client.post(f"/api/v1/{path}", data or {}, content_type="application/json")
    return answer.status_code, answer.json()


def test_a_lead_says_what_somebody_can_take_on(program, sol, ada, duty):
    client, path = program(sol), f"duties/{ada.pk}"
    assert call(client, f"{path}/limit/", {"cap": 8})[1]["cap"] == 8
    assert call(client, f"{path}/learn/", {"skills": ["Billing"]})[1]["skills"] == ["billing"]
    assert call(client, f"{path}/leave/", {"until": None})[1]["away_since"]
    assert call(client, f"{path}/come-back/")[1]["away_since"] is None
    assert call(client, f"{path}/undo/")[1]["away_since"]
    assert call(client, f"{path}/undo/")[0] == 409  # what was undone is not undone again
    assert client.get(f"/api/v1/{path}/").json()["name"] == "Ada Lovelace"
    assert call(program(ada), f"{path}/limit/", {"cap": 9})[0] == 403


def test_rules_are_read_and_tried(program, sol, ada):
    AssignmentRule.objects.create(name="All", assignee=ada)
    ticket = make.ticket()
    client = program(sol)
    [shown] = client.get("/api/v1/assignment-rules/").json()["results"]
    assert shown["does"] == "to Ada Lovelace, round robin" or shown["does"] == "to Ada Lovelace"
    assert client.get("/api/v1/assignment-rules/dry-run/").json() == [
        {"ticket": ticket.pk, "rules": ["All"], "to": "Ada Lovelace", "why": "named by the rule"}
    ]
