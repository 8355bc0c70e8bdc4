"""Presence: who has a ticket open, who is writing on it, and how far they have read."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, models
from django.db.models import Q

HERE = timedelta(seconds=40)  # three signs of life that did not come
WRITING = timedelta(seconds=60)
FORGOTTEN_AFTER = timedelta(days=90)

_SIGN = """
    INSERT INTO tickets_presence (ticket_id, person_id, at, wrote_at, read_to)
    VALUES (%(ticket)s, %(person)s, %(at)s, %(wrote_at)s, %(read_to)s)
    ON CONFLICT (ticket_id, person_id) DO UPDATE SET
        at = excluded.at,
        wrote_at = coalesce(excluded.wrote_at, tickets_presence.wrote_at),
        read_to = greatest(excluded.read_to, tickets_presence.read_to)
"""


class PresenceQuerySet(models.QuerySet):
    """Signs of life; a row that is too old says nothing."""

    def sign(
        self, ticket: Any, person: Any, *, at: datetime, read_to: int = 0, writing: bool = False
    ) -> None:
        """One statement: this person is here, has read so far, and may be writing."""
        values = {
            "ticket": ticket.pk,
            "person": person.pk,
            "at": at,
            "wrote_at": at if writing else None,
            "read_to": read_to,
        }
        with connection.cursor() as cursor:
            cursor.execute(_SIGN, values)


class Presence(models.Model):
    """A person on a ticket. It stops nobody from anything, and leaves no Activity."""

    ticket = models.ForeignKey(
        "tickets.Ticket", models.CASCADE, related_name="present", db_index=False
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    wrote_at = models.DateTimeField(null=True, blank=True)
    read_to = models.BigIntegerField(default=0)  # the newest message that was on their page

    objects = PresenceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "person"], name="presence_once"),
            models.CheckConstraint(condition=Q(read_to__gte=0), name="presence_read_to"),
        ]
        indexes = [models.Index(fields=["at"], name="presence_old")]

    def __str__(self) -> str:
        return f"{self.person_id} on #{self.ticket_id}"
