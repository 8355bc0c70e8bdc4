"""Tickets somebody may be about to open once more."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Q, Value

from apps.statements.statement import Given, Statement, Unweighed

from .models import Ticket
from .querysets import TicketQuerySet
from .rules.words import number_of

MOST = 5
LATELY = 50  # of somebody's open tickets, those that are compared
REFERENCE, CONTACT, CUSTOMER, SUBJECT = range(4)  # why one was found, the best reason first
_WHOSE = {"contact": CONTACT, "customer": CUSTOMER}
SIMILAR = 0.3  # of three letters in a row, how many both subjects have
SAME = 0.6  # from here on the subject alone is worth a word
_REFERENCE = re.compile(r"#?[\w./-]*\d[\w./-]{2,}")


@dataclass(frozen=True, slots=True)
class Alike:
    """A ticket, why it may be the same matter, and whether that is worth a word at the end."""

    ticket: Ticket
    why: str
    strong: bool


def alike(
    subject: str, *, contact: Any = None, customer: Any = None, strong: bool = False
) -> list[Alike]:
    """Open tickets of the same reference, person or customer, and of a similar subject.

    The likeliest come first; `strong` are those that are worth a word at the end. One question in
    up to four bounded parts, each by its index, however much they ever asked; the tickets it finds
    are read in another.
    """
    subject = subject.strip()
    customer = customer or (contact.customer if contact else None)
    references = _referred_to(subject)
    asked = {
        "contact": contact.pk if contact else None,
        "customer": customer.pk if customer else None,
        "subject": subject if len(subject) > 3 else None,
    }
    given = {name: value for name, value in asked.items() if value is not None}
    if references is not None:
        rows = list(_question(subject, {REFERENCE: references, **_parts(given, strong)}))
    else:
        names = frozenset(given)
        rows = _ready(names, strong).rows(**given | {"words": subject}) if given else []
    found: dict[int, _Found] = {}
    for row in sorted(rows, key=lambda row: (row[0], -row[2])):
        one = _judged(*row, contact)
        if one and one.pk not in found and (one.strong or not strong):
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
        return _Found(pk, "a similar subject", near >= SAME)
    mine = contact is not None and asker == contact.pk
    why = "the same person" if mine else "the same customer"
    if near >= SIMILAR:
        return _Found(pk, f"{why}, alike", True)
    return _Found(pk, why, False) if mine else None


@cache
def _ready(names: frozenset[str], strong: bool) -> Statement:
    """The question without a reference, written once for each kind of what is known."""
    parts = _parts({name: Unweighed(Given(name)) for name in names}, strong)
    return Statement.of(_question(Given("words"), parts))


def _question(subject: Any, parts: Mapping[int, TicketQuerySet]) -> Any:
    """The most alike of each part: which part, the ticket's number, how near, whose it is."""
    near = TrigramSimilarity("subject", subject)
    first, *others = (
        tickets.annotate(near=near, part=Value(part))
        .order_by("-near", "-pk")
        .values_list("part", "pk", "near", "contact")[:MOST]
        for part, tickets in parts.items()
    )
    return first.union(*others, all=True)


def _parts(given: Mapping[str, Any], strong: bool) -> dict[int, TicketQuerySet]:
    """What the same person, and what anybody of their customer, asked lately; and what is alike.

    Where only the same is asked for, a stricter likeness holds it all, and reads less of the index.
    """
    parts: dict[int, TicketQuerySet] = {}
    for name, part in _WHOSE.items():
        if name in given:
            theirs = Ticket.objects.unresolved().filter(**{name: given[name]})
            newest = theirs.order_by("-updated_at", "-id").values("pk")[:LATELY]
            parts[part] = Ticket.objects.filter(pk__in=newest)
    if "subject" in given:
        how = "trigram_strict_word_similar" if strong else "trigram_similar"
        parts[SUBJECT] = Ticket.objects.unresolved().filter(**{f"subject__{how}": given["subject"]})
    return parts


def _referred_to(subject: str) -> TicketQuerySet | None:
    """Tickets whose number or reference in another system the subject names."""
    words = [word.strip(".,") for word in _REFERENCE.findall(subject)][:8]
    if not words:
        return None
    numbers = [number for word in words if word[0] == "#" and (number := number_of(word))]
    known = Q(external_id__in=words) | Q(pk__in=numbers)
    return Ticket.objects.unresolved().filter(known)
