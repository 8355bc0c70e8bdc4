"""What is pressed all day costs so many statements and no more, session and person included."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.tickets.models import Ticket
from tests import make

OWN = 2  # a test's transaction makes a savepoint of the verb's: begun and released
VERBS = {  # a name, the address, what is sent, statements
    "reply": ("answer", {"mode": "reply", "body": "Thank you.", "after": "wait"}, 12),
    "resolve with it": ("answer", {"mode": "reply", "body": "Done.", "after": "resolve"}, 12),
    "reply to what was read": (
        "answer",
        {"mode": "reply", "body": "Done.", "after": "wait", "seen": "99999999"},
        12,
    ),
    "resolve what was read": (
        "answer",
        {"mode": "reply", "body": "Done.", "after": "resolve", "seen": "99999999"},
        12,
    ),
    "note": ("answer", {"mode": "note", "note": "Seen before."}, 11),
    "prioritise": ("prioritise", {"priority": "urgent"}, 8),
    "assign": ("assign", {"assignee": ""}, 7),
    "take": ("take", {}, 7),
    "tag": ("tag", {"add": "vip"}, 7),
    "file": ("file", {"queue": ""}, 7),
    "move": ("move", {"status": "waiting_customer"}, 7),
    "resolve": ("resolve", {}, 10),
    "snooze": ("snooze", {"until": "tomorrow"}, 7),
    "no reply needed": ("need-no-reply", {}, 7),
}
NEW = {
    "body": "It is slow.",
    "origin": "logged",
    "channel": "phone",
    "priority": "normal",
}


def statements(browser, url, sent) -> int:
    with CaptureQueriesContext(connection) as captured:
        answer = browser.post(url, sent)
    assert answer.status_code == 302, answer.content
    return len(captured) - OWN


@pytest.fixture
def asked(mara, sol):
    """Mara's tickets, each of which Sol has in a queue."""
    queue = make.queue("Billing")

    def ask() -> Ticket:
        return Ticket.objects.report(
            subject="Matter", body="Look.", contact=mara, assignee=sol, queue=queue, at=make.NOW
        )

    return ask


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_needs_no_more_statements_than_it_did(name, as_ada, asked):
    address, sent, budget = VERBS[name]
    for _ in range(2):  # at first, something is read that the process keeps
        url = reverse(f"portal:ticket-{address}", args=[asked().pk])
        found = statements(as_ada, url, sent)
    assert found <= budget


@pytest.mark.parametrize(("who", "budget"), [("mara@northwind.test", 11), ("new@x.test", 12)])
def test_a_new_ticket_needs_no_more_statements_than_it_did(who, budget, as_ada, mara):
    url = reverse("portal:ticket-new")
    statements(as_ada, url, NEW | {"subject": "Warm words", "contact": "first@x.test"})
    assert statements(as_ada, url, NEW | {"subject": "Gadget hums", "contact": who}) <= budget


def test_what_is_said_to_and_by_somebody_else_is_read_at_one_price(as_ada, ada, asked):
    ticket = asked()
    side = ticket.write_aside("See?", to="bank@bank.test", by=ada, at=make.NOW).side
    url = reverse("portal:ticket-side", args=[ticket.pk, side.pk])
    assert read(as_ada, url) <= 11
    for _ in range(8):
        ticket.hear_aside(side, "Here.", at=make.NOW, sender="Bank")
        ticket.hear("And now?", at=make.NOW)
    assert read(as_ada, url) <= 11


def test_keeping_what_is_typed_to_somebody_else_is_quick(as_ada, asked):
    url = reverse("portal:ticket-ask-draft", args=[asked().pk])
    assert statements(as_ada, url, {"to": "bank@bank.test", "body": "Do you"}) <= 12
    assert statements(as_ada, url, {"to": "bank@bank.test", "body": "Do you see"}) <= 8


def test_many_are_merged_from_a_page_of_one_price(as_ada, asked):
    url = reverse("portal:bulk-merge")
    few = read(as_ada, f"{url}?tickets={','.join(str(asked().pk) for _ in range(2))}")
    many = read(as_ada, f"{url}?tickets={','.join(str(asked().pk) for _ in range(9))}")
    assert many == few <= 7


@pytest.mark.parametrize(("verb", "budget"), [("pin", 9), ("unpin", 9), ("delete", 9)])
def test_what_is_done_with_a_note_on_a_customer_is_cheap(verb, budget, as_ada, ada, mara):
    customer = mara.customer
    note = customer.note("Renews in May.", by=ada, at=make.NOW, pinned=verb == "unpin")
    url = reverse(f"portal:customer-note-{verb}", args=[customer.pk, note.pk])
    assert statements(as_ada, url, {}) <= budget


def read(browser, url) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(url).status_code == 200
    return len(captured)
