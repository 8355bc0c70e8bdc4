"""Narrow facts that the support report is counted over.

`Stand`, `Stretch` and `Solve` are a projection of the tickets' Activity, written by `keeping` alone
and never edited: one ticket's rows are always written together, from all that is known of it.
"""

from datetime import UTC, datetime

from django.db import models
from django.db.models import Q

from apps.tickets.choices import Status
from apps.timeline.following import Follower

FOREVER = datetime(9999, 12, 31, tzinfo=UTC)  # until when what still holds holds


def _of_ticket() -> models.ForeignKey:
    """Found by the primary key; the keeper writes only what it has read."""
    return models.ForeignKey(
        "tickets.Ticket", models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )


class Keeping(Follower):
    """One row: up to where in the timeline the facts go."""

    def __str__(self) -> str:
        return f"kept up to {self.read_to}"


class Stand(models.Model):
    """A time during which an unresolved ticket stood in one status.

    `activity` and `actor` are of the change that began it; `unanswered` says that it was set to
    wait for the customer while the last word was the customer's.
    """

    pk = models.CompositePrimaryKey("ticket_id", "place")
    ticket = _of_ticket()
    place = models.PositiveIntegerField()
    status = models.CharField(max_length=20, choices=Status.choices)
    began = models.DateTimeField()
    until = models.DateTimeField()
    activity = models.BigIntegerField(null=True)
    actor = models.BigIntegerField(null=True)
    unanswered = models.BooleanField()

    class Meta:
        indexes = [
            models.Index(
                fields=["until"], include=["began", "status", "ticket"], name="stand_until"
            ),
            models.Index(
                fields=["began"],
                include=["actor", "ticket", "activity"],
                condition=Q(unanswered=True),
                name="stand_unanswered",
            ),
            models.Index(
                fields=["ticket"],
                include=["began", "until"],
                condition=Q(status=Status.WAITING_THIRD_PARTY),
                name="stand_third_party",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.ticket_id} {self.status}"


class Stretch(models.Model):
    """A time during which a ticket was unresolved; `came` is when it was reported."""

    pk = models.CompositePrimaryKey("ticket_id", "place")
    ticket = _of_ticket()
    place = models.PositiveIntegerField()
    began = models.DateTimeField()
    until = models.DateTimeField()
    came = models.DateTimeField()

    class Meta:
        verbose_name_plural = "stretches"
        indexes = [
            models.Index(
                fields=["until"], include=["began", "came", "ticket"], name="stretch_until"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.ticket_id} unresolved"


class Solve(models.Model):
    """A time a ticket was resolved: when it was first reopened after, and how many public messages
    of ours a person had written up to then."""

    pk = models.CompositePrimaryKey("ticket_id", "place")
    ticket = _of_ticket()
    place = models.PositiveIntegerField()
    at = models.DateTimeField()
    back_at = models.DateTimeField(null=True)
    replies = models.PositiveIntegerField()
    activity = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(
                fields=["at"],
                include=["ticket", "back_at", "replies", "activity"],
                name="solve_at",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.ticket_id} solved"
