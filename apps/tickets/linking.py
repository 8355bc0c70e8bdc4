"""A new link for a contact who lost theirs: one mail an hour, to the address we have."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from apps.outbox.models import Delivery

from .letters import Action, Text, brand_of, sender_of
from .models import Ticket

MOST = 10


def send_link(contact: Any, *, at: datetime) -> Delivery | None:
    """Links to what they asked lately; nothing when there is nothing to open."""
    tickets = list(Ticket.objects.filter(contact=contact).open_to_contact(at=at)[:MOST])
    if not tickets:
        return None
    for ticket in tickets:
        ticket.contact = contact
    text = text_of_links(tickets)
    return Delivery.objects.enqueue(
        channel="mail",
        cause=f"link:{contact.pk}:{at:%Y-%m-%dT%H}",
        recipient=contact.email,
        payload={
            "subject": text.subject,
            "text": text.plain(),
            "html": text.rich(),
            "from": sender_of(tickets[0]),
            "headers": {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
            "return_path": "",
        },
        about=(contact.kind, contact.pk),
    )


def text_of_links(tickets: Sequence[Ticket]) -> Text:
    """What the mail says; the newest ticket gives it its name."""
    return Text(
        subject=f"Your requests to {brand_of(tickets[0])}",
        body="Here are the links to your requests. Whoever has a link can read and answer.",
        lines=["You get this mail because somebody asked for it with your address."],
        actions=[Action(f"#{one.pk} {one.subject}", one.link) for one in tickets],
    )
