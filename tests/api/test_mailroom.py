"""What is held back, over the API."""

from apps.outbox.models import StoppedAddress
from apps.tickets import filing
from apps.tickets.models import InboundMail
from tests import make
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


def test_a_program_sees_where_no_mail_goes_and_lifts_it(speak, ada, otto):
    stop = StoppedAddress.objects.stop("old@acme.test", reason="user unknown", at=make.NOW)
    status, listed = speak(otto).get("stopped-addresses/?address=old@acme.test")
    assert status == 200 and [one["reason"] for one in listed["results"]] == ["user unknown"]
    lift = f"stopped-addresses/{stop.pk}/let-go/"
    assert speak(otto).post(lift)[0] == 403
    assert speak(ada).raw(lift, b"{}").status_code == 204
    assert not StoppedAddress.objects.exists()


def test_a_program_hears_why_a_reply_is_refused_and_tries_again(speak, ada):
    ticket = make.ticket(contact=make.contact(email="old@acme.test"))
    StoppedAddress.objects.stop("old@acme.test", reason="user unknown", at=make.NOW)
    one = f"tickets/{ticket.pk}/"
    status, said = speak(ada).post(f"{one}reply/", {"body": "Hello"})
    assert status == 409 and "user unknown" in str(said)
    assert speak(ada).post(f"{one}try-again/")[0] == 200
    assert speak(ada).post(f"{one}try-again/")[0] == 409
    assert speak(ada).post(f"{one}reply/", {"body": "Hello"})[0] == 200
