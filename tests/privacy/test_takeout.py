"""What is known of somebody leaves whole, in one file with its checksums, for a week."""

import hashlib
import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.outbox import jobs
from apps.outbox.models import Delivery, InboundEvent, Notification, StoppedAddress
from apps.privacy import takeout
from apps.privacy.models import Takeout
from apps.privacy.subject import Subject
from apps.tickets import files
from apps.tickets.models import Attachment, Message
from apps.tickets.uniting import merge_contacts
from tests import make

from .conftest import EMAIL, TOKEN

pytestmark = pytest.mark.django_db


@pytest.fixture
def taken(ticket, mira, other, admin, monkeypatch):
    monkeypatch.setattr(takeout, "CHUNK", 1)
    message = ticket.messages.first()
    Message.objects.filter(pk=message.pk).update(headers=f"From: {EMAIL}")
    kept = files.keep(io.BytesIO(b"Hello"), "hello.txt")
    for digest in (kept.digest, "0" * 64):  # the content of the second is lost
        Attachment.objects.create(
            message=message, name="hello.txt", content_type="text/plain", size=5, digest=digest
        )
    Delivery.objects.enqueue(
        channel="mail", cause="c", recipient=EMAIL, payload={"subject": "s", "text": TOKEN}
    )
    InboundEvent.objects.store("mail", "k", f"From: {EMAIL}".encode(), {})
    other.messages.create(direction="in", contact=mira, at=timezone.now(), body=f"{TOKEN} too")
    made = Takeout.order(Subject.of(mira.customer), by=admin, at=timezone.now())
    while jobs.advance_next():
        pass
    made.refresh_from_db()
    return made


def test_whoever_was_merged_into_them_is_in_it(ticket, mira, ada, admin):
    mia = make.contact("Mia", email="mia@acme.test", customer=mira.customer)
    merge_contacts(mira, mia, by=ada, at=timezone.now())
    StoppedAddress.objects.stop(EMAIL, reason="Full", at=timezone.now())
    made = Takeout.order(Subject.of(mia), by=admin, at=timezone.now())
    while jobs.advance_next():
        pass
    made.refresh_from_db()
    with zipfile.ZipFile(made.path) as pack:
        people = pack.read("contacts.jsonl").decode()
        assert EMAIL in people and mia.email in people
        assert EMAIL in pack.read("stopped-addresses.jsonl").decode()
        assert f"Dear {TOKEN}" in pack.read("messages/000000000000.jsonl").decode()


def test_everything_is_in_it_with_its_checksum(taken, ticket):
    content = taken.path.read_bytes()
    assert hashlib.sha256(content).hexdigest() == taken.digest
    with zipfile.ZipFile(io.BytesIO(content)) as pack:
        manifest = json.loads(pack.read("manifest.json"))
        for name, digest in manifest["files"].items():
            assert hashlib.sha256(pack.read(name)).hexdigest() == digest
        assert set(pack.namelist()) == {"manifest.json", *manifest["files"]}
        told = b"".join(pack.read(name) for name in manifest["files"]).decode()
        [one] = pack.read("tickets/000000000000.jsonl").splitlines()
    assert json.loads(one)["id"] == ticket.pk
    for word in (f"Mira {TOKEN}", f"Acme {TOKEN}", f"Dear {TOKEN}", "Hello", f"{TOKEN} too"):
        assert word in told
    assert "Where is it?" not in told
    assert not taken.folder.exists()
    assert str(taken) == f"customer-{taken.subject_id}.zip"


def test_it_can_be_fetched_for_a_week(taken):
    assert taken.is_there(at=timezone.now())
    later = timezone.now() + timedelta(days=8)
    assert not taken.is_there(at=later)
    assert takeout.tidy(at=later) == 1
    assert not taken.path.exists()
    assert takeout.tidy(at=later) == 0


def test_how_it_was_brought_and_who_was_told_is_in_it(ticket, mira, ada, admin):
    at = timezone.now()
    told = Delivery.objects.enqueue(
        channel="mail", cause="t", recipient=EMAIL, payload={"subject": "s"}
    )
    told.tries.create(n=1, started_at=at, finished_at=at, outcome="sent", response="250 queued")
    sentence = f"{TOKEN} wrote on #{ticket.pk}"
    Notification.objects.tell(
        ada, cause="x", sentence=sentence, url=f"/tickets/{ticket.pk}/", at=at
    )
    StoppedAddress.objects.stop(EMAIL, reason="user unknown", at=at)
    made = Takeout.order(Subject.of(mira), by=admin, at=at)
    while jobs.advance_next():
        pass
    made.refresh_from_db()
    with zipfile.ZipFile(made.path) as pack:
        assert b"250 queued" in pack.read("attempts/by-address.jsonl")
        assert sentence.encode() in pack.read("notifications/000000000000.jsonl")
        assert b"user unknown" in pack.read("stopped-addresses.jsonl")
