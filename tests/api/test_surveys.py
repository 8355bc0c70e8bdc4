"""Surveys and answers over the API: read, never given; the customer's link."""

from django.utils import timezone

from apps.surveys.models import Survey
from tests import make


def test_programs_read_what_customers_said(speak, sol, ada):
    ticket = make.ticket(
        contact=make.contact(), status="resolved", first_replied_at=make.NOW, assignee=ada
    )
    survey = Survey.objects.ask(ticket, at=timezone.now())
    asked = speak(sol)
    assert asked.get(f"surveys/?ticket={ticket.pk}")[1]["results"][0]["answered"] is False
    answer = survey.respond(4, at=timezone.now(), comment="Fine.")
    assert asked.get(f"surveys/{survey.pk}/")[1]["answered"] is True
    _, found = asked.get("responses/?score=4")
    assert found["results"][0] | {"at": ""} == {
        "id": answer.pk,
        "survey": survey.pk,
        "ticket": ticket.pk,
        "score": 4,
        "comment": "Fine.",
        "at": "",
        "changed_at": None,
    }
    assert asked.get("responses/?since=2100-01-01T00:00:00Z")[1]["results"] == []
    for path in ("surveys/", "responses/"):
        assert asked.post(path, {"score": 5})[0] in (403, 405)


def test_the_customers_link_is_for_those_who_answer(speak, ada, cora):
    ticket = make.ticket(contact=make.contact())
    link = f"tickets/{ticket.pk}/link/"
    assert speak(ada).get(link) == (200, {"link": ticket.link})
    assert speak(cora).get(link)[0] == 403
    assert speak(ada).post(f"tickets/{ticket.pk}/renew-link/")[0] == 200
    assert speak(ada).get(link)[1]["link"] != ticket.link
