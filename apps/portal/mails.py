"""Every mail that customers get, as it would leave now, with made-up words in it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from apps.customers.models import Contact, Customer
from apps.surveys import asking
from apps.surveys.models import Survey
from apps.tickets.choices import Direction, Next
from apps.tickets.letters import Text, Thread, text_of
from apps.tickets.linking import text_of_links
from apps.tickets.models import Message, Queue, Ticket
from apps.tickets.rules import expecting
from apps.tickets.writing import html_of

ASKED = "Hello,\n\nour export stops at 10 000 rows since Monday. The report shows 14 312.\n\nMira"
ANSWER = (
    "Hello Mira,\n\nthe cause was a **calculated column** without a limit. It is mended:\n\n"
    "- open the report and press *Refresh*\n- then run the export again\n\n"
    "It writes all rows now."
)


@dataclass(frozen=True, slots=True)
class Sample:
    """A ticket nobody has: its links open nothing."""

    ticket: Ticket
    by: Any

    def answer(self, after: str, *, automatic: bool = False, expected: str = "") -> Text:
        now = timezone.now()
        words = "We have your request and come back to you." if automatic else ANSWER
        said = Message(
            direction=Direction.OUT, body=words, html=html_of(words), at=now, automatic=automatic
        )
        asked = Message(
            direction=Direction.IN,
            contact=self.ticket.contact,
            contact_id=0,
            author_label="Mira Vale",
            body=ASKED,
            html=html_of(ASKED),
            at=now - timedelta(hours=2),
        )
        thread = Thread(quoted=asked)
        by = None if automatic else self.by
        return text_of(self.ticket, said, thread, by=by, after=after, expected=expected)

    def expected(self) -> str:
        now = timezone.now()
        due, zone = now + timedelta(hours=5), timezone.get_current_timezone()
        return expecting.expected("open", due, "resolution", zone=zone, now=now)


LETTERS: dict[str, tuple[str, Callable[[Sample], Text]]] = {
    "answer": ("Answer that waits for the customer", lambda one: one.answer(Next.WAIT)),
    "open": (
        "Answer that stays open",
        lambda one: one.answer(Next.KEEP_OPEN, expected=one.expected()),
    ),
    "solved": ("Answer that resolves", lambda one: one.answer(Next.RESOLVE)),
    "automatic": ("Automatic message", lambda one: one.answer("", automatic=True)),
    "survey": ("How did we do?", lambda one: asking.text_of(Survey(pk=0), one.ticket)),
    "links": ("New links, asked for", lambda one: text_of_links([one.ticket])),
}


def sample(queue: Queue | None, by: Any) -> Sample:
    """What a letter of this queue, written by this person, would speak of."""
    customer = Customer(pk=0, name="Northwind")
    contact = Contact(
        pk=0, name="Mira Vale", email="mira@northwind.example", customer=customer,
        timezone=by.timezone,
    )  # fmt: skip
    ticket = Ticket(
        pk=4821, subject="Export stops at 10 000 rows", contact=contact, customer=customer,
        queue=queue, assignee=by, reported_at=timezone.now(),
    )  # fmt: skip
    return Sample(ticket, by)
