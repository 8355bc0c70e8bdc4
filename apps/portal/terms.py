"""Conditions of the filter, offered while somebody types them."""

from collections.abc import Iterable
from dataclasses import dataclass

from apps.accounts.models import User
from apps.catalog.models import Component
from apps.customers.models import Customer
from apps.tickets import searching
from apps.tickets.models import Queue, StatusLabel
from apps.tickets.rules.words import SAID, offered, unfinished

MOST = 8


@dataclass(frozen=True, slots=True)
class Offer:
    """A word to go on with: what the field holds then, and what stands in the list."""

    typed: str
    said: str
    aside: str = ""


def offers(typed: str) -> list[Offer]:
    """How the word that is being typed may go on."""
    before, key, part = unfinished(typed)
    if not key:
        found = [Offer(f"{before}{one}:", f"{one}:", SAID[one]) for one in SAID if one != part]
        return [one for one in found if one.said.startswith(part)][: MOST if part else len(SAID)]
    named = [*offered(key, part), *_names(key, part)][:MOST]
    return [Offer(f"{before}{key}:{_quoted(one)} ", one) for one in dict.fromkeys(named)]


def _names(key: str, part: str) -> Iterable[str]:
    """Names from the records; each is one bounded query."""
    match key:
        case "assignee":
            people = User.objects.holding("support", "support_lead", "administrator")
            names = people.filter(name__icontains=part).by_name().values_list("name", flat=True)
            return [*(one for one in ("me", "nobody") if one.startswith(part)), *names[:MOST]]
        case "from":
            found = Customer.objects.named_like(part) if len(part) > 1 else Customer.objects.none()
            return found.by_name().values_list("name", flat=True)[:MOST]
        case "tag":
            return searching.tags_like(part.lower())
        case "queue":
            queues = Queue.objects.filter(retired_at=None, name__icontains=part)
            return queues.values_list("slug", flat=True)[:MOST]
        case "label":
            labels = StatusLabel.objects.filter(name__icontains=part)
            return labels.values_list("name", flat=True)[:MOST]
        case "component":
            parts = Component.objects.filter(name__icontains=part)
            return parts.values_list("slug", flat=True)[:MOST]
    return ()


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value or "," in value else value
