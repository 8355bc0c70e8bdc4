"""IncidentTicket: a ticket that an incident caused."""

from django.conf import settings
from django.db import models

from ..querysets import LinkQuerySet


class IncidentTicket(models.Model):
    """Who said, and when, that a ticket is of an incident."""

    incident = models.ForeignKey(
        "incidents.Incident", models.CASCADE, related_name="links", db_index=False
    )
    ticket = models.ForeignKey("tickets.Ticket", models.CASCADE, related_name="incident_links")
    origin = models.ForeignKey(
        "incidents.Incident",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="The incident it was first of, where that was merged into this one.",
    )
    linked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    linked_at = models.DateTimeField()

    objects = LinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "ticket"], name="incident_ticket_once")
        ]
        indexes = [
            models.Index(
                fields=["origin"], condition=~models.Q(origin=None), name="incident_ticket_origin"
            )
        ]

    def __str__(self) -> str:
        return f"#{self.ticket_id} of incident {self.incident_id}"
