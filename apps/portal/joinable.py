"""Tickets that another one may go on in, or has to do with: by number, by words, or alike."""

from dataclasses import dataclass

from django.utils.safestring import SafeString

from apps.accounts.models import User
from apps.tickets import searching
from apps.tickets.choices import Status
from apps.tickets.models import Ticket
from apps.tickets.rules.moves import OVER
from apps.tickets.rules.words import number_of

from .finding import marked

MOST = 8
GOES_ON = f"-status:{','.join(sorted(OVER))}"


@dataclass(frozen=True, slots=True)
class Joinable:
    """A ticket, whose it is, and why it is offered."""

    pk: int
    subject: str
    status: str
    status_word: str
    who: str
    across: bool  # it is another customer's
    why: str = ""
    excerpt: SafeString | str = ""


def offered(ticket: Ticket, typed: str, viewer: User, *, ended: bool = False) -> list[Joinable]:
    """What holds the words or has the number; where nothing is typed, what is alike.

    `ended`: also those that do not go on.
    """
    if not typed:
        return [_alike(ticket, one) for one in ticket.alike()]
    named = number_of(typed) is not None
    asked = typed if named or ended else f"{typed} {GOES_ON}"
    hits = searching.search(asked, most=MOST + 1, typing=not named, viewer=viewer).tickets
    return [
        _found(ticket, hit)
        for hit in hits
        if hit.row.id != ticket.pk and (ended or hit.row.status not in OVER)
    ][:MOST]


def _alike(ticket: Ticket, one: Ticket) -> Joinable:
    if one.contact_id and one.contact_id == ticket.contact_id:
        why = "the same person"
    elif one.customer_id and one.customer_id == ticket.customer_id:
        why = "the same customer"
    else:
        why = "a similar subject"
    who = str(one.contact or one.customer or "")
    across = _are_two(ticket, one.customer_id)
    return Joinable(one.pk, one.subject, one.status, one.status_word, who, across, why)


def _found(ticket: Ticket, hit: searching.Hit) -> Joinable:
    row = hit.row
    return Joinable(
        row.id,
        row.subject,
        row.status,
        row.label or str(Status(row.status).label),
        row.contact or row.email or row.customer or "",
        _are_two(ticket, row.customer_id),
        excerpt=marked(hit.excerpt, hit.marks) if hit.marks else "",
    )


def _are_two(ticket: Ticket, customer: int | None) -> bool:
    return bool(ticket.customer_id and customer) and ticket.customer_id != customer
