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
