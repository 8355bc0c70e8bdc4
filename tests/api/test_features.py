"""Feature requests, insights and owed answers over the API: every verb a person has."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.features.models import FeatureRequest
from apps.tickets.models import OwedAnswer, Ticket
from tests import make


@pytest.fixture
def ticket(db) -> Ticket:
    return Ticket.objects.report(
        subject="As Excel?",
        body="Please.",
        contact=make.contact("Mira"),
        at=timezone.now() - timedelta(hours=1),
    )


@pytest.fixture
def excel(pia) -> FeatureRequest:
    return FeatureRequest.objects.open("Export to Excel", by=pia, at=timezone.now())


def test_a_request_is_opened_and_said_better(speak, ada, pia):
    words = {"title": "Dark mode", "problem": "Eyes hurt.", "terms": ["night", "night"]}
    code, made = speak(ada).post("feature-requests/", words | {"owner": pia.email})
    assert code == 201
    assert (made["status"], made["terms"], made["owner"]) == ("under_review", ["night"], pia.pk)
    path = f"feature-requests/{made['id']}/"
    assert speak(ada).post(f"{path}edit/", {"title": "Darkness"})[0] == 403
    code, edited = speak(pia).post(f"{path}edit/", {"title": "Darkness"})
    assert (code, edited["title"], edited["problem"]) == (200, "Darkness", "Eyes hurt.")
    assert speak(pia).post(f"{path}edit/", {"title": "Darkness"})[0] == 409
    found = speak(ada).get("feature-requests/?status=under_review")[1]["results"]
    assert [one["id"] for one in found] == [made["id"]]


def test_who_asks_is_written_down_and_corrected(speak, ada, ticket, excel):
    asks = {"request": excel.pk, "ticket": ticket.pk, "importance": 3, "snippet": "as xlsx"}
    asks["message"] = ticket.messages.get().pk
    code, one = speak(ada).post("insights/", asks)
    assert code == 201 and (one["importance"], one["told"]) == (3, None)
    assert speak(ada).post("insights/", asks)[0] == 409
    path = f"insights/{one['id']}/"
    assert speak(ada).post(f"{path}change/", {"importance": 1})[1]["importance"] == 1
    assert speak(ada).post(f"{path}change/", {"importance": 9})[0] == 400
    assert speak(ada).post(f"{path}remove/")[0] == 200
    assert speak(ada).get("insights/")[1]["results"] == []
    assert speak(ada).post(f"{path}restore/")[0] == 200
    assert speak(ada).get(f"feature-requests/{excel.pk}/")[1]["contacts"] == 1


def test_what_becomes_of_it_is_told(speak, ada, pia, ticket, excel):
    excel.add_insight(ticket, by=ada, at=timezone.now())
    path = f"feature-requests/{excel.pk}/"
    assert speak(ada).post(f"{path}ship/")[0] == 403
    who = {"asked_on": ticket.pk, "told_on": ticket.pk, "contact": ticket.contact_id, "why_not": ""}
    assert speak(ada).get(f"{path}askers/?outcome=shipped") == (200, [who])
    assert speak(ada).get(f"{path}askers/?outcome=planned")[0] == 400
    for verb, words, status in (
        ("plan", {}, "planned"),
        ("begin", {}, "in_progress"),
        ("park", {"reason": "Next year."}, "parked"),
        ("reopen", {}, "under_review"),
        ("decline", {"reason": "No."}, "declined"),
        ("reopen", {}, "under_review"),
        ("ship", {"words": "{{ about.title }} is there."}, "shipped"),
    ):
        code, found = speak(pia).post(f"{path}{verb}/", words)
        assert (code, found["status"]) == (200, status)
    assert speak(pia).post(f"{path}tell-the-rest/")[0] == 409
    owed = speak(ada).get("owed-answers/?state=owed")[1]["results"]
    assert [(one["asked_on"], one["became"], one["draft"]) for one in owed] == [
        (ticket.pk, "shipped", "{{ about.title }} is there.")
    ]
    assert speak(ada).get(f"tickets/{ticket.pk}/")[1]["loop_since"]
    assert speak(ada).get(f"insights/?ticket={ticket.pk}")[1]["results"][0]["told"] == "owed"
    reply = {"body": "It is there.", "tells": [owed[0]["id"]]}
    assert speak(ada).post(f"tickets/{ticket.pk}/reply/", reply)[0] == 200
    assert speak(ada).get(f"owed-answers/{owed[0]['id']}/")[1]["state"] == "told"
    shipped = excel.timeline().filter(verb="shipped").get()
    code, found = speak(pia).post(f"{path}undo/", {"activity": shipped.pk})
    assert (code, found["status"]) == (200, "under_review")


def test_no_word_is_needed_or_a_new_ticket_tells_it(speak, ada, pia, ticket, excel):
    at = timezone.now()
    excel.add_insight(ticket, by=ada, at=at)
    excel.ship(by=pia, at=at)
    answer = OwedAnswer.objects.get()
    path = f"tickets/{ticket.pk}/"
    waived = {"answer": answer.pk, "reason": "On the phone."}
    assert speak(ada).post(f"{path}waive-answer/", waived)[1]["loop_since"] is None
    assert speak(ada).post(f"{path}owe-anew/", {"answer": answer.pk})[1]["loop_since"]
    assert speak(ada).post(f"{path}follow-up/")[0] == 409
    ticket.refresh_from_db()
    ticket.resolve(by=ada, at=at)
    ticket.close(by=ada, at=at)
    code, fresh = speak(ada).post(f"{path}follow-up/")
    assert (code, fresh["follows"]) == (200, ticket.pk) and fresh["loop_since"]


def test_two_that_are_one_are_merged_and_taken_apart(speak, ada, pia, excel):
    other = FeatureRequest.objects.open("Spreadsheets", by=ada, at=timezone.now())
    path = f"feature-requests/{other.pk}/"
    code, found = speak(pia).post(f"{path}merge/", {"into": excel.pk})
    assert (code, found["status"], found["merged_into"]) == (200, "duplicate", excel.pk)
    code, found = speak(pia).post(f"{path}undo-merge/")
    assert (code, found["status"], found["merged_into"]) == (200, "under_review", None)
