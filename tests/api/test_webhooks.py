"""Webhooks and the catalogue over the API."""

import pytest

from apps.outbox.models import Delivery, Endpoint
from tests import make


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
