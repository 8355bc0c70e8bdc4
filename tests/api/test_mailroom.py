"""What is held back, over the API."""

from apps.tickets import filing
from apps.tickets.models import InboundMail
from tests.tickets.mailroom import FOLDER

LIST = (FOLDER / "programs/list-id.eml").read_bytes()


def test_a_program_releases_and_discards(speak, ada):
    mail = InboundMail.objects.receive(LIST, way="hook:1")[0]
    filing.file_mail()
    asked = speak(ada)
    status, listed = asked.get("inbound-mails/?state=quarantined")
    assert status == 200 and [one["sentence"] for one in listed["results"]] == [
        "A newsletter or a mailing list"
    ]
    one = f"inbound-mails/{mail.pk}/"
    assert asked.post(f"{one}discard/")[1]["reason"] == "discarded"
    assert asked.post(f"{one}retry/")[0] == 409
    assert asked.post(f"{one}release/")[1]["state"] == "received"
    filing.file_mail()
    assert asked.get(one)[1]["ticket"]


def test_a_program_decides_about_senders(speak, ada, otto):
    asked = speak(ada)
    status, rule = asked.post("sender-rules/", {"pattern": "@Spam.test", "effect": "block"})
    assert (status, rule["pattern"]) == (201, "@spam.test")
    assert asked.post("sender-rules/", {"pattern": "x", "effect": "block"})[0] == 400
    assert speak(otto).post(f"sender-rules/{rule['id']}/drop/")[0] == 403
    assert asked.raw(f"sender-rules/{rule['id']}/drop/", b"{}").status_code == 204
    assert asked.get("sender-rules/")[1]["results"] == []
