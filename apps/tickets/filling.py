"""What the places in prepared words stand for on one ticket."""

from datetime import datetime
from typing import Any

from .rules.expecting import zone_named
from .rules.variables import fill


def values_for(ticket: Any, *, by: Any, at: datetime) -> dict[str, str]:
    """Name → words, each one line; what is not known is empty."""
    contact, customer, queue = ticket.contact, ticket.customer, ticket.queue
    zone = zone_named(contact.timezone if contact else "")
    due = ticket.due_at.astimezone(zone) if ticket.due_at and ticket.due_at > at else None
    name = contact.name if contact else ""
    values = {
        "contact.name": name,
        "contact.first_name": name.split()[0] if name.split() else "",
        "contact.email": contact.email if contact else "",
        "customer.name": customer.name if customer else "",
        "ticket.number": str(ticket.pk),
        "ticket.subject": ticket.subject,
        "agent.name": by.name if by else "",
        "agent.first_name": by.first_name if by else "",
        "queue.name": queue.name if queue else "",
        "expected_by": f"{due:%A}, {due.day} {due:%B, %H:%M} ({due:%Z})" if due else "",
        "today": f"{at.astimezone(zone).day} {at.astimezone(zone):%B %Y}",
    }
    values = {key: " ".join(value.split()) for key, value in values.items()}
    signature = fill(queue.signature, values)[0] if queue else ""
    return values | {"signature": signature.strip()}


def filled(text: str, ticket: Any, *, by: Any, at: datetime) -> tuple[str, list[str]]:
    """The words as this person would send them now, and the names nothing is known for."""
    return fill(text, values_for(ticket, by=by, at=at))


def told_in_words(answer: Any, ticket: Any, *, by: Any, at: datetime) -> tuple[str, list[str]]:
    """The drafted words of an owed answer, as this person would send them now."""
    about = {"about.title": " ".join(answer.title.split())}
    return fill(answer.draft, values_for(ticket, by=by, at=at) | about)
