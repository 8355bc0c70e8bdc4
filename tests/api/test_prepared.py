"""Canned replies, macros, drafts, followers: a program does what a person does."""

import pytest
from django.utils import timezone

from apps.tickets.models import CannedReply, Macro, Presence, Ticket
from tests import make

pytestmark = pytest.mark.django_db
SHARED = {"title": "Terms", "body": "Our terms.", "shared": True}


@pytest.fixture
def ticket() -> Ticket:
    mira = make.contact("Mira Köhler", email="mira@acme.test")
    return Ticket.objects.report(subject="Matter", body="x", contact=mira, at=make.NOW)


def test_canned_replies(speak, ada, sol, ticket):
    hers, his = speak(ada), speak(sol)
    body = 'Hi {{ contact.first_name | "there" }} {{ signature }}'
    code, made = his.post("canned-replies/", {"title": "Hi", "body": body, "shared": True})
    assert code == 201 and made["owner"] is None
    path = f"canned-replies/{made['id']}"
    code, filled = hers.get(f"{path}/fill/?ticket={ticket.pk}")
    assert (code, filled) == (200, {"text": "Hi Mira [signature]", "missing": ["signature"]})
    assert hers.get(f"{path}/fill/")[0] == 400
    assert hers.post(f"{path}/change/", {"title": "Mine"})[0] == 400
    assert his.post(f"{path}/change/", {"title": "Hello"})[1]["title"] == "Hello"
    assert his.post(f"{path}/change/", {"body": "{{ x }}"})[0] in (400, 409)
    assert his.post(f"{path}/retire/")[0] == 200
    assert hers.get("canned-replies/")[1]["results"] == []
    assert his.post(f"{path}/revive/")[0] == 200
    own = CannedReply.add(by=sol, at=make.NOW, title="Own", body="x")
    assert hers.get(f"canned-replies/{own.pk}/")[0] == 404


def test_files_of_a_canned_reply(speak, ada, sol, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    his, path = speak(sol), f"canned-replies/{CannedReply.add(by=sol, at=make.NOW, **SHARED).pk}"
    code, made = his.post(f"{path}/add-file/", {"name": "terms.txt", "content": "SGVsbG8="})
    assert code == 200
    [file] = made["files"]
    assert (file["name"], file["size"], file["content_type"]) == ("terms.txt", 5, "text/plain")
    assert his.post(f"{path}/add-file/", {"name": "a", "content": "no base64!"})[0] == 400
    assert his.post(f"{path}/add-file/", {"name": "a", "content": "IyE="})[0] == 400  # a program
    hers = speak(ada).post(f"{path}/add-file/", {"name": "a.txt", "content": "SGVsbG8="})
    assert hers[0] == 400  # what is everybody's is changed by a lead
    assert his.post(f"{path}/remove-file/", {"file": 10**9})[0] == 400
    assert his.post(f"{path}/remove-file/", {"file": file["id"]})[1]["files"] == []


def test_macros(speak, ada, ticket):
    hers = speak(ada)
    steps = [{"do": "reply", "text": "Hi"}, {"do": "tag", "add": ["a"]}]
    code, made = hers.post("macros/", {"title": "Say hi", "steps": steps})
    assert code == 201 and made["says"] == "adds tag a, replies"
    path = f"macros/{made['id']}"
    assert hers.get(f"{path}/preview/?ticket={ticket.pk}")[1]["reply"] == "Hi"
    code, shown = hers.post(f"tickets/{ticket.pk}/apply-macro/", {"macro": made["id"]})
    assert code == 200 and shown["tags"] == ["a"] and shown["status"] == "waiting_customer"
    code, shown = hers.post(f"tickets/{ticket.pk}/take-back-macro/", {"macro": made["id"]})
    assert code == 200 and shown["tags"] == [] and shown["status"] == "new"
    assert hers.post(f"tickets/{ticket.pk}/apply-macro/", {"macro": 10**9})[0] == 400
    assert hers.post("macros/", {"title": "x", "steps": [{"do": "explode"}]})[0] in (400, 409)
    assert hers.post(f"{path}/change/", {"steps": steps[1:]})[1]["says"] == "adds tag a"
    assert Macro.objects.get().used == 1


def test_drafts(speak, ada, sol, ticket):
    hers = speak(ada)
    code, draft = hers.post("drafts/", {"ticket": ticket.pk, "body": "Half"})
    assert code == 201 and draft["version"] == 1
    more = {"ticket": ticket.pk, "body": "Half a", "version": 1}
    assert hers.post("drafts/", more)[1]["version"] == 2
    assert [one["body"] for one in hers.get("drafts/")[1]["results"]] == ["Half a"]
    assert speak(sol).get(f"drafts/{draft['id']}/")[0] == 404
    assert hers.post(f"drafts/{draft['id']}/discard/")[0] == 200
    assert hers.get("drafts/")[1]["results"] == []
    assert hers.post(f"drafts/{draft['id']}/restore/")[1]["body"] == "Half a"


def test_a_reply_names_what_was_seen_and_who_gets_a_copy(speak, ada, ticket):
    hers, path = speak(ada), f"tickets/{ticket.pk}"
    seen = ticket.messages.get().pk
    ticket.hear("Wait", at=make.NOW)
    code, said = hers.post(f"{path}/reply/", {"body": "Hi", "seen": seen})
    assert code == 409 and said["code"] == "unseen"
    body = {"body": "Hi", "cc": ["bo@acme.test"]}
    assert hers.post(f"{path}/reply/", body)[0] == 200
    assert hers.get(f"{path}/messages/")[1]["results"][-1]["cc"] == ["bo@acme.test"]


def test_following_and_who_is_there(speak, ada, sol, ticket):
    hers, path = speak(ada), f"tickets/{ticket.pk}"
    assert hers.post(f"{path}/follow/")[0] == 200
    assert hers.post(f"{path}/follow/")[0] == 409
    assert hers.post(f"{path}/unfollow/")[0] == 200
    Presence.objects.sign(ticket, sol, at=timezone.now(), writing=True)
    code, here = hers.get(f"{path}/present/")
    assert code == 200
    assert [(one["person"]["email"], one["writing"]) for one in here] == [("sol@demo.test", True)]
