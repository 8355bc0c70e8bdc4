"""Incidents over the API: every verb a person has, a program has."""

from django.utils import timezone

from apps.incidents.models import Incident
from apps.tickets.models import Ticket
from tests import make
from tests.make import NOW


def reported():
    return Ticket.objects.report(
        subject="Export", body="It stops", contact=make.contact(), at=timezone.now()
    )


def test_a_program_declares_links_tells_and_resolves(speak, ada, otto):
    make.cadences()
    one, other = reported(), reported()
    support, on_call = speak(ada), speak(otto)
    part = make.component("Exports")
    status, made = support.post(
        "incidents/",
        {
            "title": "Exports fail",
            "severity": "SEV1",
            "components": [part.pk],
            "tickets": [one.pk],
        },
    )
    assert status == 201 and made["state"] == "triage" and made["tickets"] == 1
    assert made["alerts"] == [] and made["components"] == [part.pk]
    at = f"incidents/{made['id']}"
    assert support.post(f"{at}/acknowledge/")[0] == 403
    assert on_call.post(f"{at}/acknowledge/")[1]["commander"] == otto.pk
    assert support.post(f"{at}/link/", {"tickets": [other.pk]})[1]["tickets"] == 2
    said = {"audience": "customers", "text": "We repair exports."}
    assert on_call.post(f"{at}/update/", said)[1]["promised_at"]
    [update] = on_call.get(f"{at}/updates/")[1]["results"]
    assert update["reached"]["told"] == 2 and update["stopped_clocks"] == 2
    [clock] = [
        one
        for one in on_call.get(f"tickets/{one.pk}/explain/")[1]["clocks"]
        if one["kind"] == "first_response"
    ]
    assert clock["incident_update"] == {"incident": made["id"], "update": update["id"]}
    assert on_call.post(f"{at}/take-back/", {"update": update["id"]})[0] == 200
    [update] = on_call.get(f"{at}/updates/")[1]["results"]
    assert update["undone_at"] and update["stopped_clocks"] == 0
    assert on_call.post(f"{at}/update/", said | {"audience": "internal", "next_at": None})[0] == 200
    assert on_call.get(f"{at}/updates/")[1]["results"][0]["next_at"] is None
    assert on_call.post(f"{at}/mitigate/")[1]["mitigated_at"]
    assert on_call.post(f"{at}/edit/", {"severity": "SEV2"})[1]["severity"] == "SEV2"
    assert on_call.post(f"{at}/resolve/")[1]["state"] == "resolved"
    assert on_call.post(f"{at}/review/")[1]["state"] == "reviewed"
    assert on_call.post(f"{at}/reopen/")[1]["state"] == "active"
    incident = Incident.objects.get()
    told = on_call.get(f"{at}/timeline/")[1]["results"][-1]
    assert told["verb"] == "reopened"
    assert on_call.post(f"{at}/undo/", {"activity": told["id"]})[1]["state"] == "reviewed"
    assert support.post(f"{at}/unlink/", {"tickets": [other.pk]})[1]["tickets"] == 1
    gone = incident.timeline().get(verb="unlinked").pk
    assert support.post(f"{at}/undo-link/", {"activity": gone})[1]["tickets"] == 2
    assert support.get("incidents/?state=reviewed")[1]["results"][0]["id"] == made["id"]


def test_what_is_not_there_is_said_by_its_field(speak, otto):
    incident = Incident.objects.declare("Slow", severity="SEV4", by=otto, at=NOW)
    at, program = f"incidents/{incident.pk}", speak(otto)
    for verb, body, field in (
        ("link", {"tickets": [999999]}, "tickets"),
        ("take-back", {"update": 999999}, "update"),
        ("undo-link", {"activity": 999999}, "activity"),
    ):
        status, problem = program.post(f"{at}/{verb}/", body)
        assert status in (400, 422) and field in str(problem)
    assert program.post(f"{at}/mitigate/")[0] == 409


def test_a_private_one_is_not_there_for_who_may_not_see_it(speak, ada, otto):
    incident = Incident.objects.declare("Breach", severity="SEV1", private=True, by=otto, at=NOW)
    assert speak(ada).get(f"incidents/{incident.pk}/")[0] == 404
    assert speak(otto).get(f"incidents/{incident.pk}/")[0] == 200


def test_two_that_are_one_are_merged_and_taken_apart(speak, ada, otto):
    one = make.incident(otto)
    other = Incident.objects.declare("The same", severity="SEV3", by=otto, at=NOW)
    on_call, support = speak(otto), speak(ada)
    at = f"incidents/{other.pk}"
    assert support.post(f"{at}/merge/", {"into": one.pk})[0] == 403
    status, merged = on_call.post(f"{at}/merge/", {"into": one.pk})
    assert (status, merged["state"], merged["merged_into"]) == (200, "merged", one.pk)
    assert on_call.post(f"{at}/resolve/")[0] == 409
    status, back = on_call.post(f"{at}/undo-merge/")
    assert (status, back["state"], back["merged_into"]) == (200, "triage", None)
    one.edit(private=True, commander=None, by=otto, at=NOW)
    assert speak(ada).post(f"{at}/merge/", {"into": one.pk})[0] == 403
