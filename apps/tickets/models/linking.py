"""Saying that two tickets have to do with each other."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.timeline.refusal import Refused

from ..choices import Relation
from .link import TicketLink

BY_HAND = (Relation.RELATED, Relation.BLOCKED, Relation.PART)


class Linking:
    """Verbs of a ticket that tie it to another one; both remember."""

    def link_to(self, other: Any, relation: str, *, by: Any, at: datetime) -> TicketLink:
        """Say what it has to do with another ticket."""
        if relation not in BY_HAND:
            raise Refused("That is not a relation to choose.", field="relation")
        if other.pk == self.pk:
            raise Refused("A ticket is not linked to itself.", field="other")
        with transaction.atomic():
            self._hold_both(other)
            if TicketLink.objects.between(self.pk, other.pk).exists():
                raise Refused("They are linked already.", field="other")
            return self._tie(other, relation, by=by, at=at)

    def unlink(self, link: TicketLink, *, by: Any, at: datetime) -> None:
        """They have nothing to do with each other after all."""
        with self.held():
            if link.relation not in BY_HAND:
                raise Refused("This link goes when what made it is undone.")
            if not TicketLink.objects.filter(pk=link.pk).delete()[0]:
                raise Refused("They are linked no more.")
            for ticket in (link.ticket, link.other):
                beyond = link.end_of(ticket)[1]
                ticket.record("unlinked", by=by, at=at, ticket=beyond.pk, relation=link.relation)

    def linked(self) -> list[tuple[str, Any, TicketLink]]:
        """What it has to do with which ticket, in words, seen from here."""
        links = TicketLink.objects.of([self.pk]).with_tickets()
        return [(*link.end_of(self), link) for link in links]

    def _tie(self, other: Any, relation: str, *, by: Any, at: datetime) -> TicketLink:
        link = TicketLink.objects.create(ticket=self, other=other, relation=relation, made_by=by)
        for ticket, beyond in ((self, other), (other, self)):
            ticket.record("linked", by=by, at=at, ticket=beyond.pk, relation=relation)
        return link
