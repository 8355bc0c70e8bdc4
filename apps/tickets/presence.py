"""Who is on which ticket now: for a list, and for a ticket's own page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

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


@dataclass(frozen=True, slots=True)
class Around:
    """What one person sees of the tickets of a list besides their columns."""

    here: dict[int, list[Present]]
    unread: frozenset[int]  # somebody else wrote what this person has not opened
    begun: frozenset[int]  # this person has a draft
    marks: Mapping[str, frozenset[int]] = field(default_factory=dict)  # what upper floors say


def around(
    ticket_ids: Iterable[int], person: Any, *, going_on: Iterable[int], at: datetime
) -> Around:
    """Who is at these tickets, which are unread and which begun; one statement for a list.

    Only of those `going_on` it is asked whether they are unread.
    """
    found: dict[int, list[Present]] = {}
    marks: dict[str, set[int]] = {name: set() for name in ("unread", "begun", *settings.MARKS)}
    rows = _around().rows(
        tickets=list(ticket_ids), going_on=list(going_on), since=at - HERE, me=person.pk
    )
    for ticket, kind, wrote_at, pk, name, email in rows:
        if kind == "here":
            found.setdefault(ticket, []).append(_present(wrote_at, pk, name, email, at))
        else:
            marks[kind].add(ticket)
    said = {name: frozenset(numbers) for name, numbers in marks.items()}
    return Around(_sorted(found), said.pop("unread"), said.pop("begun"), said)


def of(ticket_ids: Iterable[int], *, at: datetime, besides: Any = None) -> dict[int, list[Present]]:
    """Ticket → who is on it, those who write first; one query however many tickets."""
    found: dict[int, list[Present]] = {}
    nobody = besides.pk if besides else 0
    for row in _HERE.rows(tickets=list(ticket_ids), since=at - HERE, besides=nobody):
        ticket, wrote_at, pk, name, email = row
        found.setdefault(ticket, []).append(_present(wrote_at, pk, name, email, at))
    return _sorted(found)


def _present(wrote_at: datetime | None, pk: int, name: str, email: str, at: datetime) -> Present:
    writing = wrote_at is not None and at - wrote_at < WRITING
    return Present(User(pk=pk, name=name, email=email), writing)


def _sorted(found: dict[int, list[Present]]) -> dict[int, list[Present]]:
    for people in found.values():
        people.sort(key=lambda one: (not one.writing, one.person.name, one.person.pk))
    return found


_HERE = Statement("""
SELECT here.ticket_id, here.wrote_at, person.id, person.name, person.email
FROM tickets_presence AS here JOIN accounts_user AS person ON person.id = here.person_id
WHERE here.ticket_id = ANY(%(tickets)s) AND here.at > %(since)s AND person.id <> %(besides)s
""")


@cache
def _around() -> Statement:
    """With what other apps mark tickets by (`config/marks.py`), in one statement."""
    marks = (
        f"UNION ALL SELECT marked.id, '{name}', NULL, NULL, NULL, NULL "  # noqa: S608
        f"FROM ({import_string(path)}) AS marked(id)"
        for name, path in settings.MARKS.items()
    )
    return Statement(f"{_AROUND} {' '.join(marks)}")


_AROUND = """
SELECT here.ticket_id, 'here', here.wrote_at, person.id, person.name, person.email
FROM tickets_presence AS here JOIN accounts_user AS person ON person.id = here.person_id
WHERE here.ticket_id = ANY(%(tickets)s) AND here.at > %(since)s AND person.id <> %(me)s
UNION ALL
SELECT draft.ticket_id, 'begun', NULL, NULL, NULL, NULL FROM tickets_draft AS draft
WHERE draft.ticket_id = ANY(%(tickets)s) AND draft.person_id = %(me)s
AND draft.discarded_at IS NULL AND draft.body <> ''
UNION ALL
SELECT one.id, 'unread', NULL, NULL, NULL, NULL FROM unnest(%(going_on)s::bigint[]) AS one(id)
LEFT JOIN tickets_presence AS mine ON mine.ticket_id = one.id AND mine.person_id = %(me)s
WHERE EXISTS (SELECT FROM tickets_message AS said WHERE said.ticket_id = one.id
AND said.id > coalesce(mine.read_to, 0) AND said.undone_at IS NULL
AND said.author_id IS DISTINCT FROM %(me)s)
"""
