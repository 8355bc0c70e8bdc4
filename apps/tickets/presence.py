"""Who is on which ticket now: for a list, and for a ticket's own page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .models import Presence


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody on a ticket."""

    person: Any
    writing: bool

    @property
    def said(self) -> str:
        return f"{self.person} is {'drafting a reply' if self.writing else 'looking at this'}"


def of(ticket_ids: Iterable[int], *, at: datetime, besides: Any = None) -> dict[int, list[Present]]:
    """Ticket → who is on it, those who write first; one query however many tickets."""
    found: dict[int, list[Present]] = {}
    for row in Presence.objects.here(ticket_ids, at=at):
        if besides is None or row.person_id != besides.pk:
            found.setdefault(row.ticket_id, []).append(Present(row.person, row.is_writing(at)))
    for people in found.values():
        people.sort(key=lambda one: not one.writing)
    return found
