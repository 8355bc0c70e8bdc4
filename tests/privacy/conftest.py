"""Mira, of whom much is known; every word of it carries a token nobody else would write."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.tickets.models import Ticket
from tests import make

TOKEN = "quaxzolbrim"
EMAIL = f"{TOKEN}@acme.test"


@pytest.fixture(autouse=True)
def storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.OUTBOX_JOURNAL = tmp_path / "journal"
    settings.ERASURE_LEDGER = tmp_path / "ledger" / "erasures.jsonl"
    settings.MEDIA_ROOT.mkdir()
    settings.OUTBOX_JOURNAL.mkdir()
    return tmp_path


@pytest.fixture
def mira(db):
    acme = make.customer(f"Acme {TOKEN}", domain=f"{TOKEN}.test", external_id=f"acme-{TOKEN}")
    return make.contact(
        f"Mira {TOKEN}", customer=acme, email=EMAIL, phone=f"+49 {TOKEN}", external_id=f"m-{TOKEN}"
    )


@pytest.fixture
def ticket(mira, ada):
    """A ticket that lived, and is resolved."""
    at = timezone.now() - timedelta(days=3)
    made = Ticket.objects.report(
        subject=f"Export {TOKEN}",
        body=f"My address is {EMAIL}",
        contact=mira,
        customer=mira.customer,
        at=at,
    )
    made.assign(ada, by=ada, at=at + timedelta(minutes=5))
    made.reply(f"Dear {TOKEN}, try this.", by=ada, at=at + timedelta(hours=1))
    made.hear(f"Thanks, {TOKEN}", at=at + timedelta(hours=2))
    made.note(f"{TOKEN} is nice", by=ada, at=at + timedelta(hours=3))
    made.resolve(by=ada, at=at + timedelta(hours=4))
    return made


@pytest.fixture
def other(db, ada):
    """Somebody else, who must not lose a word."""
    jon = make.contact("Jon Aker", email="jon@southwind.test")
    at = timezone.now() - timedelta(days=2)
    made = Ticket.objects.report(subject="Invoice", body="Where is it?", contact=jon, at=at)
    made.reply("Attached.", by=ada, at=at + timedelta(hours=1))
    return made
