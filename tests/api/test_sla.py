"""Policies over the API, and clocks explained."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.sla.models import Policy
from apps.tickets.models import Ticket
from tests import make


@pytest.fixture
def ticket(db, ada):
    reported = timezone.now() - timedelta(hours=9)
    mira = make.contact("Mira")
    return Ticket.objects.report(subject="Late", body="x", contact=mira, assignee=ada, at=reported)


def test_a_policy_is_drafted_tried_published_and_applied(speak, pia, sol, ticket):
    drafts, leads = speak(pia), speak(sol)
    default = Policy.objects.default()
    at = f"sla-policies/{default.pk}"
    status, shown = drafts.post(
        f"{at}/edit/",
        {
            "targets": {"first_response": 3600, "resolution": 7200},
            "by_priority": {"urgent": {"first_response": 600}},
            "pauses": {"resolution": ["waiting_customer", "waiting_third_party"]},
            "ladder": [
                {"kind": "resolution", "at": {"before": 600}, "do": "notify", "to": "team"},
                {"kind": "resolution", "at": "0.5", "do": "raise"},
            ],
        },
    )
    assert status == 200 and shown["is_edited"]
    assert leads.post(f"{at}/publish/", {"reapply": True})[0] == 409
    assert drafts.get(f"{at}/dry-run/")[0] == 404
    status, found = drafts.post(f"{at}/dry-run/")
    assert status == 200 and found["preview"]["breached"] == 1
    assert {one["ticket"] for one in found["preview"]["listed"]["breached"]} == {ticket.pk}
    assert drafts.get(f"{at}/dry-run/") == (200, found)
    assert drafts.post(f"{at}/publish/", {"reapply": True})[0] == 403
    status, shown = leads.post(f"{at}/publish/", {"reapply": True, "reason": "Tighter"})
    assert status == 200 and shown["current"]["number"] == 2
    _, explained = drafts.get(f"tickets/{ticket.pk}/explain/")
    causes = {one["kind"]: one["breach_cause"] for one in explained["clocks"]}
    assert causes == {"first_response": "ran_out", "resolution": "target_changed"}
    assert drafts.post(f"{at}/dry-run/")[0] == 200
    assert leads.post(f"{at}/reapply/", {"reason": "Again"})[0] == 200
    status, versions = drafts.get(f"{at}/versions/")
    assert versions["results"][0]["reason"] == "Tighter"
    assert leads.post(f"{at}/retire/")[0] == 409


def test_a_target_says_in_which_hours_it_counts(speak, sol):
    leads = speak(sol)
    urgent = {"first_response": 900, "resolution": 7200}
    around = {"targets": ["next_response"], "by_priority": {"urgent": ["first_response"]}}
    status, made = leads.post(
        "sla-policies/",
        {"name": "Night", "by_priority": {"urgent": urgent}, "around_the_clock": around},
    )
    assert (status, made["around_the_clock"]) == (201, around)
    at = f"sla-policies/{made['id']}"
    _, shown = leads.post(f"{at}/publish/")
    assert shown["current"]["spec"]["around_the_clock"] == around
    _, shown = leads.post(f"{at}/edit/", {"by_priority": {}})
    assert shown["around_the_clock"] == {"targets": ["next_response"]}
    _, shown = leads.post(f"{at}/edit/", {"around_the_clock": {}})
    assert shown["around_the_clock"] == {}
    for wrong in ({"targets": ["lunch"]}, {"by_priority": {"urgent": "resolution"}}, []):
        assert leads.post(f"{at}/edit/", {"around_the_clock": wrong})[0] == 400


def test_another_policy_comes_and_goes(speak, sol):
    leads = speak(sol)
    queue = make.queue("Billing")
    status, made = leads.post(
        "sla-policies/",
        {"name": "Billing", "queues": [queue.pk], "calendar": None, "tiers": ["business"]},
    )
    assert status == 201 and made["current"] is None
    at = f"sla-policies/{made['id']}"
    assert leads.post(f"{at}/discard/")[0] == 409
    assert leads.post(f"{at}/publish/")[0] == 200
    assert leads.post(f"{at}/edit/", {"tags": ["vip"]})[0] == 200
    status, shown = leads.post(f"{at}/discard/")
    assert (status, shown["tags"]) == (200, [])
    status, shown = leads.post(f"{at}/retire/")
    assert status == 200 and shown["retired_at"]
    assert leads.post(f"{at}/edit/", {"tags": []})[0] == 409
    _, listed = leads.get("sla-policies/")
    assert {one["name"] for one in listed["results"]} >= {"Billing"}
    assert leads.post("sla-policies/", {"name": "Billing"})[0] == 400
    assert leads.post("sla-policies/", {"name": "x", "targets": {"resolution": -1}})[0] == 400
    step = {"kind": "resolution", "at": [], "do": "raise"}
    assert leads.post("sla-policies/", {"name": "x", "ladder": [step]})[0] == 409


def test_every_cycle_is_read_however_quick_a_program_was(speak, ada, ticket):
    asked, one = speak(ada), f"tickets/{ticket.pk}"
    for verb, words in [("reply", {"body": "Better?"}), ("hear", {"body": "No"})]:
        assert asked.post(f"{one}/{verb}/", words)[0] == 200
    _, explained = asked.get(f"{one}/explain/")
    states = {each["kind"]: each["state"] for each in explained["clocks"]}
    assert (states["next_response"], states["resolution"]) == ("running", "running")
    for verb in ("resolve", "reopen"):
        assert asked.post(f"{one}/{verb}/")[0] == 200
    _, explained = asked.get(f"{one}/explain/")
    cycles = [each for each in explained["clocks"] if each["kind"] == "resolution"]
    assert [(each["cycle"], each["state"]) for each in cycles] == [(1, "met"), (2, "running")]
    assert cycles[0]["started_at"] == cycles[1]["started_at"]
    assert cycles[1]["elapsed"] >= cycles[0]["elapsed"] > 0


def test_clocks_are_explained_waived_and_set_by_hand(speak, ada, sol, ticket):
    agent, lead = speak(ada), speak(sol)
    at = f"tickets/{ticket.pk}"
    status, found = agent.get(f"{at}/explain/")
    first = found["clocks"][0]
    assert status == 200 and found["ticket"] == ticket.pk
    assert first["state"] == "breached_open" and first["overrun"] == first["late"] >= 3600
    assert sum(one["seconds"] for one in first["segments"]) == first["elapsed"]
    assert found["not_started"] == ["next_response"]
    waived = {"kind": "first_response", "reason": "Power cut"}
    assert agent.post(f"{at}/waive/", waived)[0] == 403
    assert lead.post(f"{at}/waive/", waived)[0] == 200
    due = (timezone.now() + timedelta(days=9)).isoformat()
    said = {"kind": "resolution", "due": due, "reason": "Agreed on the phone"}
    assert lead.post(f"{at}/set-due/", said)[0] == 200
    _, found = agent.get(f"{at}/explain/")
    assert found["clocks"][0]["waived"] == "Power cut"
    assert found["clocks"][1]["hand"] == "Sol Martínez: Agreed on the phone"
    status, refused = agent.post(f"{at}/prioritise/", {"priority": "urgent"})
    assert (status, refused["errors"][0]["code"]) == (400, "due_by_hand")
    assert agent.post(f"{at}/prioritise/", {"priority": "urgent", "dues": "keep"})[0] == 200
    assert agent.get(f"{at}/explain/")[1]["clocks"][1]["by_hand"]
    assert agent.post(f"{at}/prioritise/", {"priority": "low", "dues": "lift"})[0] == 200
    assert not agent.get(f"{at}/explain/")[1]["clocks"][1]["by_hand"]
