"""Tickets somebody may be about to open once more."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Q

from .models import Ticket
from .querysets import TicketQuerySet
from .rules.words import number_of

MOST = 5
LATELY = 50  # of one's own open tickets, those that are compared
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

    The likeliest come first. Three bounded queries, each by its index.
    """
    subject = subject.strip()
    found: dict[int, Alike] = {}
    for ticket in _referred_to(subject):
        found[ticket.pk] = Alike(ticket, "the reference", True)
    customer = customer or (contact.customer if contact else None)
    asked = Q(contact=contact.pk) if contact else Q()
    if customer:
        asked |= Q(customer=customer.pk)
    if asked:
        lately = Ticket.objects.unresolved().filter(asked).order_by("-updated_at", "-id")
        theirs = Ticket.objects.filter(pk__in=lately.values("pk")[:LATELY])
        for ticket in _nearest(theirs, subject):
            mine = contact is not None and ticket.contact_id == contact.pk
            near = ticket.near >= SIMILAR
            if mine or near:
                why = "the same person" if mine else "the same customer"
                found.setdefault(ticket.pk, Alike(ticket, f"{why}, alike" if near else why, near))
    if len(subject) > 3 and len(found) < MOST:
        near = Ticket.objects.unresolved().filter(subject__trigram_similar=subject)
        for ticket in _nearest(near, subject):
            found.setdefault(ticket.pk, Alike(ticket, "a similar subject", ticket.near >= 0.6))
    return sorted(found.values(), key=lambda one: not one.strong)[:MOST]


def _nearest(tickets: TicketQuerySet, subject: str) -> Iterable[Any]:
    near = tickets.annotate(near=TrigramSimilarity("subject", subject))
    return near.select_related("contact", "customer", "label").order_by("-near", "-pk")[:MOST]


def _referred_to(subject: str) -> Iterable[Ticket]:
    """Tickets whose number or reference in another system the subject names."""
    words = [word.strip(".,") for word in _REFERENCE.findall(subject)][:8]
    if not words:
        return []
    numbers = [number for word in words if word[0] == "#" and (number := number_of(word))]
    known = Ticket.objects.unresolved().filter(Q(external_id__in=words) | Q(pk__in=numbers))
    return known.select_related("contact", "customer", "label")[:MOST]
