"""Asking somebody else, by a program."""

import pytest

from apps.tickets.models import Ticket
from tests import make

pytestmark = pytest.mark.django_db


def test_a_program_asks_goes_on_and_takes_back(speak, ada):
    mira = make.contact("Mira")
    ticket = Ticket.objects.report(subject="Export", body="Stops.", contact=mira, at=make.NOW)
    program, base = speak(ada), f"tickets/{ticket.pk}"
    status, told = program.post(
        f"{base}/write-aside/", {"body": "See?", "to": "bank@bank.test", "wait": True}
    )
    assert (status, told["status"]) == (200, "waiting_third_party")
    _, sides = program.get(f"{base}/sides/")
    side = sides["results"][0]
    assert side["address"] == "bank@bank.test" and side["waiting_since"]
    assert program.post(f"{base}/write-aside/", {"body": "More", "side": side["id"]})[0] == 200
    assert program.post(f"{base}/write-aside/", {"body": "More", "side": 999_999})[0] == 400
    assert program.post(f"{base}/write-aside/", {"body": "x", "to": "contact1"})[0] == 400
    _, talk = program.get(f"{base}/messages/")
    said = [one for one in talk["results"] if one["side"]]
    assert [one["body"] for one in said] == ["See?", "More"]
    assert program.post(f"{base}/take-back/", {"message": said[1]["id"]})[0] == 200
    _, talk = program.get(f"{base}/messages/")
    assert talk["results"][-1]["undone_at"]
