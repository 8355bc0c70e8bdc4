"""Who is on which ticket now: for a list, and for a ticket's own page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.accounts.models import User
from apps.statements.statement import Statement

from .models.presence import HERE, WRITING


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody on a ticket."""

    person: User
    writing: bool

    @property
    def said(self) -> str:
        return f"{self.person} is {'drafting a reply' if self.writing else 'looking at this'}"


def of(ticket_ids: Iterable[int], *, at: datetime, besides: Any = None) -> dict[int, list[Present]]:
    """Ticket → who is on it, those who write first; one query however many tickets."""
    found: dict[int, list[Present]] = {}
    nobody = besides.pk if besides else 0
    for row in _HERE.rows(tickets=list(ticket_ids), since=at - HERE, besides=nobody):
        ticket, wrote_at, pk, name, email = row
        writing = wrote_at is not None and at - wrote_at < WRITING
        person = User(pk=pk, name=name, email=email)
        found.setdefault(ticket, []).append(Present(person, writing))
    for people in found.values():
        people.sort(key=lambda one: not one.writing)
    return found


_HERE = Statement("""
SELECT here.ticket_id, here.wrote_at, person.id, person.name, person.email
FROM tickets_presence AS here JOIN accounts_user AS person ON person.id = here.person_id
WHERE here.ticket_id = ANY(%(tickets)s) AND here.at > %(since)s AND person.id <> %(besides)s
ORDER BY person.name, person.id
""")
