"""What leaves and who listens, and the catalogue, over the API."""

import pytest

from apps.outbox.models import (
    Delivery,
    DeliveryAttempt,
    Endpoint,
    Host,
    InboundEvent,
    Notification,
)
from tests import make
from tests.make import NOW


def test_a_program_opens_changes_and_pauses_an_endpoint(speak, admin):
    asked = speak(admin)
    sent = {"name": "Ear", "url": "https://ear.example/", "events": ["ticket.replied"]}
    status, opened = asked.post("webhooks/", sent)
    assert status == 201 and opened["secret"].startswith("whs_")
    one = f"webhooks/{opened['id']}/"
    assert "secret" not in asked.get(one)[1]
    assert asked.post(f"{one}listen-to/", {"events": []})[1]["events"] == []
    assert asked.post(f"{one}ping/")[0] == 200
    assert asked.post(f"{one}pause/")[1]["active"] is False
    assert asked.post(f"{one}pause/")[0] == 409
    assert asked.post(f"{one}resume/")[1]["active"] is True
    status, fresh = asked.post(f"{one}replace-secret/")
    assert status == 200 and fresh["secret"] != opened["secret"]
    assert Endpoint.objects.get().secret == fresh["secret"]
    assert Delivery.objects.get().payload["event"] == "endpoint.pinged"


@pytest.mark.parametrize(
    "sent, code",
    [
        ({"name": "Ear", "url": "https://ear.example/", "events": ["ticket"]}, 400),
        ({"name": "Ear", "url": "http://127.0.0.1/"}, 400),
        ({"name": "Ear", "url": "nowhere"}, 400),
        ({"name": "Ear", "url": "https://ear.example/", "secret": "mine"}, 400),
    ],
)
def test_what_cannot_listen_is_said(speak, admin, sent, code):
    assert speak(admin).post("webhooks/", sent)[0] == code
    assert not Endpoint.objects.exists()


def test_others_only_read(speak, sol):
    assert speak(sol).get("webhooks/")[0] == 200
    assert speak(sol).post("webhooks/", {"name": "E", "url": "https://e.example/"})[0] == 403


def test_the_catalogue_is_read(speak, ada):
    component = make.component("Export", slug="export")
    asked = speak(ada)
    _, found = asked.get("components/?slug=export")
    assert [row["id"] for row in found["results"]] == [component.pk]
    assert asked.get(f"products/{component.product_id}/")[1]["id"] == component.product_id
    assert asked.get("capabilities/")[1] == {"results": [], "next": None}


@pytest.fixture
def dead(db):
    """Two mails that died of the same, one of something else."""
    for number, trouble in enumerate(["SMTP 550", "SMTP 550", "SMTP 421"]):
        mail = Delivery.objects.enqueue(
            channel="mail",
            cause=f"test:{number}",
            recipient=f"p{number}@harbour.example",
            payload={"subject": "Your ticket", "text": "https://portal.test/t/7-7-1.secret/"},
            about=("ticket", 7),
        )
        Delivery.objects.filter(pk=mail.pk).update(state="dead", trouble=trouble)
    return list(Delivery.objects.order_by("pk"))


def test_what_could_not_be_delivered_is_found_and_tried_again(speak, otto, dead):
    first, second, third = dead
    DeliveryAttempt.objects.create(
        delivery=first, n=1, started_at=NOW, finished_at=NOW, outcome="refused", code=550
    )
    asked = speak(otto)
    _, found = asked.get("deliveries/?state=dead&channel=mail&subject_kind=ticket&subject_id=7")
    assert [one["id"] for one in found["results"]] == [third.pk, second.pk, first.pk]
    assert found["results"][0]["what"] == "Your ticket"
    assert "secret" not in str(found)  # whoever reads of a mail is not let in by its link
    one = f"deliveries/{first.pk}/"
    assert [each["code"] for each in asked.get(f"{one}attempts/")[1]] == [550]
    assert asked.post(f"{one}retry/")[1]["state"] == "pending"
    assert asked.post(f"{one}retry/")[0] == 409
    Delivery.objects.filter(pk=first.pk).update(state="dead")
    assert asked.post(f"{one}retry-alike/")[1]["state"] == "pending"
    assert set(Delivery.objects.waiting()) == {first, second}
    assert asked.post(f"deliveries/{third.pk}/cancel/", {"reason": " "})[0] == 400
    status, gone = asked.post(f"deliveries/{third.pk}/cancel/", {"reason": "Wrong person"})
    assert (status, gone["state"], gone["last_error"]) == (200, "cancelled", "Wrong person")


def test_what_is_held_is_let_go_by_one_and_by_host(speak, otto, ada, dead):
    Delivery.objects.update(state="held", held_for="breaker")
    asked = speak(otto)
    assert asked.post(f"deliveries/{dead[0].pk}/release/")[1]["state"] == "pending"
    host = Host.objects.create(name=dead[0].host, opened_at=NOW, reason="SMTP 451")
    assert asked.get(f"hosts/?name={host.name}")[1]["results"][0]["reason"] == "SMTP 451"
    assert speak(ada).post(f"hosts/{host.pk}/release/")[0] == 403
    assert asked.post(f"hosts/{host.pk}/release/")[1]["opened_at"] is None
    assert not Delivery.objects.held().exists()


def test_what_arrived_and_could_not_be_read_is_read_again(speak, otto):
    event = InboundEvent.objects.store("alertmanager", "k1", b"{", {})
    asked = speak(otto)
    assert asked.post(f"inbound-events/{event.pk}/replay/")[0] == 409
    InboundEvent.objects.update(state="failed", last_error="KeyError: 'a'")
    _, found = asked.get("inbound-events/?state=failed&source=alertmanager")
    assert [one["last_error"] for one in found["results"]] == ["KeyError: 'a'"]
    assert asked.post(f"inbound-events/{event.pk}/replay/")[1]["state"] == "pending"


def test_a_program_reads_what_its_owner_was_told(speak, ada, pia):
    for person in (ada, pia):
        Notification.objects.tell(person, cause="mention:4", sentence="Sol mentioned you.", at=NOW)
    asked = speak(ada)
    _, found = asked.get("notifications/")
    assert [(one["sentence"], one["read_at"]) for one in found["results"]] == [
        ("Sol mentioned you.", None)
    ]
    assert asked.post("notifications/read-all/") == (200, {"read": 1})
    assert asked.get("notifications/")[1]["results"][0]["read_at"]
    assert Notification.objects.of(pia).unread().exists()
