"""Records by a statement: the same as the queryset gives, with relations and annotations."""

import pytest
from django.db import connection
from django.db.models import Exists, F, OuterRef
from django.test.utils import CaptureQueriesContext

from apps.statements.records import Records
from apps.statements.statement import Given
from apps.tickets.models import Message, Ticket
from tests import make

pytestmark = pytest.mark.django_db


def said(ticket, since):
    talk = Message.objects.filter(ticket=OuterRef("pk"), at__gt=since)
    rows = Ticket.objects.filter(pk=ticket).select_related("contact")
    return rows.annotate(spoke=Exists(talk))


def test_they_are_what_the_queryset_gives():
    ask = Records(lambda: said(Given("ticket"), Given("since")))
    quiet, loud = (
        make.ticket(contact=make.contact(), tags=["vip"], fields={"seats": 4}) for _ in range(2)
    )
    make.message(loud, at=make.NOW)
    for ticket in (quiet, loud, quiet, loud):  # prepared on the way
        [wanted] = said(ticket.pk, make.ago(days=1))
        with CaptureQueriesContext(connection) as captured:
            found = ask.first(ticket=ticket.pk, since=make.ago(days=1))
            assert (found.contact, found.spoke) == (wanted.contact, wanted.spoke)
        assert len(captured) == 1
        for field in Ticket._meta.concrete_fields:
            assert getattr(found, field.attname) == getattr(wanted, field.attname), field
    assert ask.first(ticket=0, since=make.NOW) is None


def test_they_are_made_when_they_are_asked_for_and_in_their_order():
    def broken():
        raise AssertionError("Nobody asked.")

    Records(broken)
    ask = Records(lambda: Message.objects.filter(ticket=Given("ticket")).order_by("-id")[:2])
    ticket = make.ticket()
    messages = [make.message(ticket, f"Word {n}") for n in range(3)]
    assert ask.all(ticket=ticket.pk) == messages[:0:-1]


def test_whoever_looks_on_changes_no_value():
    ask = Records(lambda: Ticket.objects.filter(pk=Given("pk")))
    ticket = make.ticket(fields={"seats": 4}, tags=["vip"])
    with connection.execute_wrapper(lambda execute, *asked: execute(*asked)):
        found = ask.first(pk=ticket.pk)
    assert (found.fields, found.tags) == ({"seats": 4}, ["vip"])


def test_a_row_can_be_locked():
    ask = Records(lambda: Ticket.objects.filter(pk=Given("pk")).select_for_update())
    ticket = make.ticket()
    with CaptureQueriesContext(connection) as captured:
        assert ask.first(pk=ticket.pk) == ticket
    assert "FOR UPDATE" in captured[0]["sql"]


def test_a_queryset_made_of_one_is_not_changed_by_another():
    ask = Records(lambda: Ticket.objects.filter(pk=Given("pk")).annotate(same=F("pk")))
    one, two = make.ticket(), make.ticket()
    first = ask.first(pk=one.pk)
    assert ask.first(pk=two.pk).same == two.pk
    assert first.same == one.pk
