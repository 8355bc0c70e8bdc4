"""Records kept by statements that are written once: the same rows as the ORM keeps."""

from uuid import uuid4

import pghistory
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.outbox.models import Delivery
from apps.statements.writing import insert, update
from apps.tickets.choices import Priority
from apps.tickets.models import Message, Ticket
from apps.timeline.models import Activity
from tests import make

pytestmark = pytest.mark.django_db

OWN = {"id", "key", "ticket_id", "contact_id", "recipient"}  # what no two records share
OWN |= {"recorded_at", "created_at", "first_at", "next_at"}  # what PostgreSQL's clock says


def a_ticket():
    words = {"subject": "A % sign, a “quote” and a \\", "tags": ["vip", 'a "b", c'], "fields": {}}
    return Ticket(
        **words, contact=make.contact(), priority=Priority.HIGH,
        reported_at=make.NOW, updated_at=make.NOW, due_at=make.ago(hours=-4),
    )  # fmt: skip


def a_message():
    ticket = make.ticket()
    return Message(ticket=ticket, direction="in", at=make.NOW, headers="a: b\n c", cc=["x@y.z"])


def an_activity():
    return Activity(kind="ticket", subject_id=2**40, verb="noted", at=make.NOW, data={"n": "%s"})


def a_delivery():
    whom = f"{uuid4()}@a.test"
    return Delivery.draft(channel="mail", cause="test", recipient=whom, payload={"a": "ä"})


@pytest.mark.parametrize("make_one", [a_ticket, a_message, an_activity, a_delivery])
def test_a_new_record_is_what_the_orm_would_keep(make_one):
    for _ in range(4):  # prepared on the way
        ours, theirs = make_one(), make_one()
        with CaptureQueriesContext(connection) as captured:
            insert(ours)
        assert len(captured) == 1
        theirs.save(force_insert=True)
        kept = type(ours).objects.get(pk=ours.pk)
        wanted = type(ours).objects.get(pk=theirs.pk)
        for field in ours._meta.concrete_fields:
            known = getattr(kept, field.attname)
            assert getattr(ours, field.attname) == known, field
            if field.attname not in OWN:
                assert known == getattr(wanted, field.attname), field
        assert not ours._state.adding


def test_it_is_kept_where_a_history_is_told_who_does_it():
    ticket = a_ticket()
    with pghistory.context(person="Ada"):
        insert(ticket)
        ticket.fields = {"n": "%(m)s", "said": "ä"}
        update(ticket, ["fields"])
    assert Ticket.objects.get(pk=ticket.pk).fields == {"n": "%(m)s", "said": "ä"}


def test_what_is_known_is_not_left_to_the_database():
    activity = an_activity()
    activity.pk, activity.recorded_at = 4_000_000, make.ago(days=1)
    insert(activity)
    assert Activity.objects.get(pk=4_000_000).recorded_at == make.ago(days=1)


def test_fields_of_a_row_are_written_and_no_others():
    for contact in (make.contact(), None, make.contact(), make.contact()):
        ticket, before = make.ticket(), make.ticket()
        ticket.subject, ticket.contact, ticket.tags = "New", contact, ["a", "b"]
        ticket.snippet = "not written"
        with CaptureQueriesContext(connection) as captured:
            update(ticket, ["subject", "contact_id", "tags", "subject"])
        assert len(captured) == 1
        kept = Ticket.objects.get(pk=ticket.pk)
        assert (kept.subject, kept.contact, kept.tags) == ("New", contact, ["a", "b"])
        assert kept.snippet == before.snippet
        assert Ticket.objects.get(pk=before.pk).subject != "New"
