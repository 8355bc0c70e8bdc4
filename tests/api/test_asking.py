"""Asking somebody else, by a program."""

from io import BytesIO

import pytest

from apps.tickets.files import keep, path_of
from apps.tickets.models import Message, Ticket
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


def test_a_program_sends_files_along_and_says_by_when(speak, ada, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    ticket = Ticket.objects.report(
        subject="Export", body="Stops.", contact=make.contact("Mira"), at=make.NOW
    )
    ticket.hear("Here.", at=make.NOW, attachments=[keep(BytesIO(b"slip"), "slip.txt")])
    file = ticket.sendable().get()
    program, base = speak(ada), f"tickets/{ticket.pk}"
    words = {"body": "See?", "to": "bank@bank.test", "files": [file.pk], "hours": 4}
    assert program.post(f"{base}/write-aside/", words | {"files": [file.pk, 9]})[0] == 400
    assert program.post(f"{base}/write-aside/", words)[0] == 200
    side = program.get(f"{base}/sides/")[1]["results"][0]
    assert side["due_at"] and side["late_at"] is None
    talk = program.get(f"{base}/messages/")[1]["results"]
    assert [one["name"] for one in talk[-1]["attachments"]] == ["slip.txt"]
    expect = f"{base}/expect-answer/"
    assert program.post(expect, {"side": side["id"], "hours": 0})[0] == 200
    assert program.post(expect, {"side": 999_999, "hours": 1})[0] == 400
    told = ticket.timeline().get(verb="expected_answer")
    assert program.post(f"{base}/expect-as-before/", {"activity": told.pk})[0] == 200
    assert program.get(f"{base}/sides/")[1]["results"][0]["due_at"] == side["due_at"]
    many = [{"name": f"{n}.txt", "content": "SGVsbG8="} for n in range(20)]
    assert program.post(f"{base}/write-aside/", words | {"uploads": many})[0] == 400
    more = {"body": "And this.", "side": side["id"], "uploads": many[:1]}
    assert program.post(f"{base}/write-aside/", more)[0] == 200
    sent = Message.objects.get(body="And this.").attachments.get()
    assert path_of(sent.digest).read_bytes() == b"Hello"
