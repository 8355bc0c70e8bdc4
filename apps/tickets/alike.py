"""Tickets somebody may be about to open once more."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Q, Value

from .models import Ticket
from .querysets import TicketQuerySet
from .rules.words import number_of

MOST = 5
LATELY = 50  # of one's own open tickets, those that are compared
REFERENCE, ASKER, SUBJECT = range(3)  # why a ticket was found, the best reason first
SIMILAR = 0.3  # of three letters in a row, how many both subjects have
_REFERENCE = re.compile(r"#?[\w./-]*\d[\w./-]{2,}")


@dataclass(frozen=True, slots=True)
class Alike:
    """A ticket, why it may be the same matter, and whether that is worth a word at the end."""

    ticket: Ticket
    why: str
    strong: bool


def alike(subject: str, *, contact: Any = None, customer: Any = None) -> list[Alike]:
    """Open tickets of the same reference, person or customer, and of a similar subject.

    The likeliest come first. One question in up to three bounded parts, each by its index; the
    tickets it finds are read in another.
    """
    subject = subject.strip()
    customer = customer or (contact.customer if contact else None)
    parts = [*_referred_to(subject), *_asked_by(contact, customer), *_similar(subject)]
    if not parts:
        return []
    rows = [_nearest(tickets, subject, part) for part, tickets in parts]
    found: dict[int, Alike] = {}
    for row in sorted(rows[0].union(*rows[1:], all=True), key=lambda row: (row[0], -row[2])):
        if (one := _judged(*row, contact)) and one.pk not in found:
            found[one.pk] = one
    likeliest = sorted(found.values(), key=lambda one: not one.strong)[:MOST]
    if not likeliest:
        return []
    named = Ticket.objects.select_related("contact", "customer", "label")
    tickets = named.in_bulk([one.pk for one in likeliest])
    return [Alike(tickets[one.pk], one.why, one.strong) for one in likeliest]


class _Found(NamedTuple):
    """A ticket by its number, before the likeliest of them are read."""

    pk: int
    why: str
    strong: bool


def _judged(part: int, pk: int, near: float, asker: int | None, contact: Any) -> _Found | None:
    """Why a ticket that was found may be the same; nothing where only its customer is."""
    if part == REFERENCE:
        return _Found(pk, "the reference", True)
    if part == SUBJECT:
        return _Found(pk, "a similar subject", near >= 0.6)
    mine = contact is not None and asker == contact.pk
    why = "the same person" if mine else "the same customer"
    if near >= SIMILAR:
        return _Found(pk, f"{why}, alike", True)
    return _Found(pk, why, False) if mine else None


def _nearest(tickets: TicketQuerySet, subject: str, part: int) -> Any:
    near = TrigramSimilarity("subject", subject)
    rows = tickets.annotate(near=near, part=Value(part)).order_by("-near", "-pk")
    return rows.values_list("part", "pk", "near", "contact")[:MOST]


def _referred_to(subject: str) -> Iterator[tuple[int, TicketQuerySet]]:
    """Tickets whose number or reference in another system the subject names."""
    words = [word.strip(".,") for word in _REFERENCE.findall(subject)][:8]
    if words:
        numbers = [number for word in words if word[0] == "#" and (number := number_of(word))]
        known = Q(external_id__in=words) | Q(pk__in=numbers)
        yield REFERENCE, Ticket.objects.unresolved().filter(known)


def _asked_by(contact: Any, customer: Any) -> Iterator[tuple[int, TicketQuerySet]]:
    """What the same person, or another one of their customer, asked lately."""
    asked = Q(contact=contact.pk) if contact else Q()
    if customer:
        asked |= Q(customer=customer.pk)
    if asked:
        lately = Ticket.objects.unresolved().filter(asked).order_by("-updated_at", "-id")
        yield ASKER, Ticket.objects.filter(pk__in=lately.values("pk")[:LATELY])


def _similar(subject: str) -> Iterator[tuple[int, TicketQuerySet]]:
    if len(subject) > 3:
        yield SUBJECT, Ticket.objects.unresolved().filter(subject__trigram_similar=subject)
