"""Notes on a customer: pinned first, newest first, told, deleted and brought back."""

import json

import pytest
from django.urls import reverse

from apps.customers.models import CustomerNote
from apps.timeline.refusal import Refused
from tests import make
from tests.make import NOW, ago

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme():
    return make.customer("Acme")


def shown(customer):
    return [note.body for note in customer.notes.kept().in_order()]


def test_pinned_stand_first_then_the_newest(acme, ada, sol):
    first = acme.note("Call before noon.", by=ada, at=ago(days=3))
    acme.note("Renews in March.", by=sol, at=ago(days=2), pinned=True)
    acme.note("Trial of the new export.", by=ada, at=ago(days=1))
    assert shown(acme) == ["Renews in March.", "Trial of the new export.", "Call before noon."]
    first.pin(by=sol, at=NOW)
    assert shown(acme)[:2] == ["Renews in March.", "Call before noon."]
    with pytest.raises(Refused, match="so already"):
        first.pin(by=sol, at=NOW)
    first.unpin(by=sol, at=NOW)
    first.delete_by(by=sol, at=NOW)
    assert "Call before noon." not in shown(acme)
    first.restore(by=sol, at=NOW)
    told = [one.verb for one in acme.timeline().order_by("id")]
    assert told == ["noted"] * 3 + ["pinned", "unpinned", "note_deleted", "note_restored"]


@pytest.mark.parametrize("body", ["", "  \n", "x" * 5_000])
def test_a_note_says_something_and_not_too_much(acme, ada, body):
    with pytest.raises(Refused):
        acme.note(body, by=ada, at=NOW)
    assert not CustomerNote.objects.exists()


def test_through_the_portal(acme, as_ada, ada):
    page = reverse("portal:customer", args=[acme.pk])
    as_ada.post(reverse("portal:customer-note", args=[acme.pk]), {"body": "Call <b>first</b>."})
    note = acme.notes.get()
    html = as_ada.get(page).content.decode()
    assert "Call &lt;b&gt;first&lt;/b&gt;." in html
    for verb in ("pin", "unpin", "delete", "restore"):
        url = reverse(f"portal:customer-note-{verb}", args=[acme.pk, note.pk])
        answer = as_ada.post(url, headers={"HX-Request": "true"})
        assert answer.status_code == 200 and f'id="notes-{acme.pk}"' in answer.content.decode()
    wrong = reverse("portal:customer-note-pin", args=[make.customer().pk, note.pk])
    assert as_ada.post(wrong).status_code == 404


def test_what_is_pinned_stands_beside_their_tickets(acme, as_ada, ada):
    ticket = make.ticket("Export", customer=acme)
    acme.note("Say by when.", by=ada, at=NOW, pinned=True)
    acme.note("Trial.", by=ada, at=NOW)
    html = as_ada.get(ticket.get_absolute_url()).content.decode()
    assert "Say by when." in html and "Trial." not in html


def test_by_a_program(acme, ada, program):
    client = program(ada)

    def post(path, **body):
        return client.post(f"/api/v1/{path}", json.dumps(body), content_type="application/json")

    assert post(f"customers/{acme.pk}/note/", body="Call first.", pinned=True).status_code == 200
    listed = client.get(f"/api/v1/customer-notes/?customer={acme.pk}").json()["results"]
    assert listed[0]["body"] == "Call first." and listed[0]["pinned_at"]
    for verb in ("unpin", "pin", "delete-by", "restore"):
        assert post(f"customer-notes/{listed[0]['id']}/{verb}/").status_code == 200
