"""Who was erased stays erased, whatever a restored backup brings back."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.customers.models import Contact, Customer
from apps.outbox import jobs
from apps.outbox.models import Job
from apps.privacy import ledger, replaying
from apps.privacy.models import Erasure
from apps.privacy.subject import Subject
from tests import make

from .conftest import EMAIL, TOKEN

pytestmark = pytest.mark.django_db


def work() -> None:
    while jobs.advance_next():
        pass


def erase(record, sol, admin) -> None:
    erasure = Erasure.ask(Subject.of(record), reason="They asked.", by=sol, at=timezone.now())
    erasure.approve(by=admin, at=timezone.now())
    work()


def restored(*records) -> None:
    """As a backup from before has them."""
    Erasure.objects.all().delete()
    Job.objects.all().delete()
    for record in records:
        record.save()


def test_a_person_is_erased_again_and_once(ticket, mira, sol, admin):
    erase(mira, sol, admin)
    assert replaying.replay(at=timezone.now()) == 0
    restored(mira)
    ticket.save()  # its subject is back, too
    assert replaying.replay(at=timezone.now()) == 1
    assert replaying.replay(at=timezone.now()) == 0  # it is under way
    work()
    ticket.refresh_from_db()
    assert Contact.objects.get(pk=mira.pk).name == "" and ticket.subject == "Erased"
    done = Erasure.objects.get()
    assert (done.stand, done.asked_by, done.approved_by) == ("done", sol, admin)
    assert len(list(ledger.lines())) == 1 and replaying.replay(at=timezone.now()) == 0


def test_an_open_ticket_and_a_pending_question_do_not_stop_it(mira, sol, admin):
    erase(mira, sol, admin)
    restored(mira)
    make.ticket(contact=mira)
    Erasure.objects.create(
        whose="contact", subject_id=mira.pk, reason="Asked before the backup.",
        asked_by=sol, asked_at=timezone.now() - timedelta(days=1),
    )  # fmt: skip
    assert replaying.catch_up(at=timezone.now()) == ["1 erased since the backup is erased again."]
    assert Erasure.objects.get().stand == "done"


def test_an_organisation_takes_its_people_along_wherever_they_were(mira, sol, admin):
    acme = mira.customer
    jon = make.contact("Jon Aker", customer=acme, email="jon@acme.test")
    erase(acme, sol, admin)
    jon.customer = None  # when the backup was made he had not come to them yet
    restored(mira, jon, acme)
    assert replaying.catch_up(at=timezone.now()) == ["2 erased since the backup are erased again."]
    assert not Contact.objects.exclude(email__endswith="@erased.invalid").exists()
    assert Customer.objects.get(pk=acme.pk).domain == ""


def test_whoever_is_not_as_then_is_left_to_a_person(mira, other, sol, admin):
    acme = mira.customer
    erase(acme, sol, admin)
    restored(mira, acme)
    other.contact.customer = acme  # the erasure did not take him along
    other.contact.save()
    said = [f"Customer {acme.pk} was erased, but is not as then."]
    assert replaying.catch_up(at=timezone.now()) == said
    assert replaying.replay(at=timezone.now()) == 0
    assert Customer.objects.get(pk=acme.pk).name == acme.name
    Contact.objects.filter(pk=other.contact.pk).update(customer=None)
    Customer.objects.filter(pk=acme.pk).update(created_at=timezone.now())  # another, same number
    assert replaying.catch_up(at=timezone.now()) == said


def test_whoever_was_made_after_the_backup_is_not_there(mira, sol, admin):
    erase(mira, sol, admin)
    Erasure.objects.all().delete()
    Contact.objects.filter(pk=mira.pk).delete()
    assert replaying.catch_up(at=timezone.now()) == []


def test_the_account_that_approved_may_be_gone(mira, sol, admin):
    erase(mira, sol, admin)
    restored(mira)
    told = json.loads(ledger.path().read_text())
    ledger.path().write_text(json.dumps(told | {"approved_by": 987_654}) + "\n{cut sho")
    assert replaying.catch_up(at=timezone.now()) == ["1 erased since the backup is erased again."]
    assert Erasure.objects.get().approved_by is not None


def test_the_ledger_names_nobody(ticket, mira, sol, admin):
    erase(mira.customer, sol, admin)
    words = ledger.path().read_text()
    assert TOKEN not in words and EMAIL not in words
    assert ledger.path().stat().st_mode & 0o777 == 0o600


def test_without_a_ledger_somebody_hears_of_it(db):
    [said] = replaying.catch_up(at=timezone.now())
    assert "no ledger of erasures" in said
