"""Who is mentioned in a note, and what that does: they are told, and follow the ticket."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.accounts.models import Team, User
from apps.outbox.models import Notification

from ..rules.mentions import handle_of, handle_of_team, handles_in


class Mention(models.Model):
    """That somebody was named in a note: how they find the ticket again."""

    ticket = models.ForeignKey("tickets.Ticket", models.CASCADE, related_name="mentions")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="mentions", db_index=False
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "ticket"], name="mention_once")]

    def __str__(self) -> str:
        return f"{self.person_id} on #{self.ticket_id}"


@dataclass(frozen=True, slots=True)
class Mentions:
    """The people behind the handles of one text."""

    handles: frozenset[str] = frozenset()  # those that name somebody
    people: tuple[User, ...] = ()  # who can be told
    unable: tuple[User, ...] = ()  # who may not read tickets

    @classmethod
    def read(cls, text: str) -> "Mentions":
        """No query where nobody is mentioned, two where somebody may be."""
        wanted = handles_in(text)
        if not wanted:
            return cls()
        found: dict[int, User] = {}
        known = set()
        for person in _people(wanted):
            known |= {handle_of(person.email), person.email.lower()}.intersection(wanted)
            found[person.pk] = person
        for team in Team.objects.prefetch_related("members"):
            if (handle := handle_of_team(team.name)) in wanted:
                known.add(handle)
                found |= {one.pk: one for one in team.members.all() if one.is_active}
        able = [one for one in found.values() if one.may("tickets.read")]
        unable = [one for one in found.values() if not one.may("tickets.read")]
        return cls(frozenset(known), tuple(able), tuple(unable))

    def tell(self, ticket: Any, message: Any, *, by: Any, at: datetime) -> None:
        """On a held ticket: each of them hears of it once and follows it."""
        if not self.people:
            return
        ticket.add_followers(self.people, at=at)
        Mention.objects.bulk_create(
            (Mention(ticket=ticket, person=person) for person in self.people), ignore_conflicts=True
        )
        for person in self.people:
            if person != by:
                Notification.objects.tell(
                    person,
                    cause=f"mention:{message.pk}",
                    sentence=f"{by} mentioned you on #{ticket.pk} {ticket.subject}"[:400],
                    url=f"{ticket.get_absolute_url()}#message-{message.pk}",
                    at=at,
                )

    @property
    def said(self) -> str:
        """What its writer should know; empty where all were told."""
        if not self.unable:
            return ""
        names = " and ".join(map(str, self.unable))
        return f"{names} may not read tickets and was not told."


def _people(handles: Iterable[str]) -> Iterable[User]:
    """Active people whose address is the handle, or begins with it."""
    named = Q()
    for handle in handles:
        named |= Q(email__iexact=handle) | Q(email__istartswith=f"{handle}@")
    return User.objects.active().filter(named).by_name()
