"""When an incident ends, whoever it hit is owed word of it, with a drafted reply."""

from datetime import timedelta

import pytest

from apps.incidents.models import Incident
from apps.tickets.models import OwedAnswer, Ticket
from tests.make import NOW

LATER = NOW + timedelta(minutes=10)
STILL_LATER = NOW + timedelta(minutes=20)


def looping(tickets):
    found = Ticket.objects.filter(pk__in=[one.pk for one in tickets]).order_by("pk")
    return [one.loop_since is not None for one in found]


@pytest.fixture
def linked(incident, tickets, those, ada):
    incident.link(those(tickets), by=ada, at=NOW)
    return incident


def test_its_end_owes_an_answer_to_each_ticket(linked, tickets, otto, ada):
    linked.resolve(by=otto, at=LATER)
    assert looping(tickets) == [True] * 3
    answer = OwedAnswer.objects.first()
    assert (answer.kind, answer.subject_id, answer.became) == ("incident", linked.pk, "resolved")
    assert answer.title == "Exports fail" and "{{ about.title }}" in answer.draft
    assert linked.told_of_its_end() == (0, 3)
    tickets[0].reply("It works again.", by=ada, at=LATER)
    assert looping(tickets) == [False, True, True] and linked.told_of_its_end() == (1, 3)


def test_an_end_that_is_undone_owes_nothing_and_owes_it_again(linked, tickets, otto, ada):
    told = linked.resolve(by=otto, at=LATER)
    linked.undo(told.pk, by=otto, at=LATER)
    assert looping(tickets) == [False] * 3 and not linked.answers().exists()
    linked.resolve(by=otto, at=LATER)
    tickets[0].reply("It works again.", by=ada, at=LATER)
    back = linked.reopen(by=otto, at=STILL_LATER)
    assert looping(tickets) == [False] * 3
    linked.undo(back.pk, by=otto, at=STILL_LATER)
    assert looping(tickets) == [False, True, True]
    assert set(linked.answers().values_list("became", flat=True)) == {"resolved"}


def test_who_was_told_of_an_end_is_told_of_the_next_one(linked, tickets, otto, ada):
    linked.resolve(by=otto, at=LATER)
    tickets[0].reply("It works again.", by=ada, at=LATER)
    linked.reopen(by=otto, at=STILL_LATER)
    linked.resolve(by=otto, at=STILL_LATER)
    assert looping(tickets) == [True] * 3
    owed = linked.answers().owed().values_list("became", flat=True)
    assert list(owed) == ["resolved 2"] * 3


def test_an_update_after_the_end_closes_every_loop_and_its_undo_opens_them(linked, tickets, otto):
    linked.resolve(by=otto, at=LATER)
    update = linked.update("customers", "It works again.", by=otto, at=STILL_LATER)
    assert looping(tickets) == [False] * 3 and linked.told_of_its_end() == (3, 3)
    linked.take_back(update, by=otto, at=STILL_LATER)
    assert looping(tickets) == [True] * 3


def test_a_private_one_owes_nothing(tickets, those, otto):
    made = Incident.objects.declare(
        "Breach", severity="SEV1", private=True, by=otto, at=NOW, tickets=those(tickets)
    )
    made.resolve(by=otto, at=LATER)
    assert looping(tickets) == [False] * 3
