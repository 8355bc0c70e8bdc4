"""What tickets have to do with each other."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from ..choices import Relation


class TicketLinkQuerySet(models.QuerySet):
    """Links, seen from either end."""

    def of(self, ticket_ids: Iterable[int]) -> "TicketLinkQuerySet":
        ids = list(ticket_ids)
        return self.filter(Q(ticket__in=ids) | Q(other__in=ids))

    def between(self, one: int, two: int) -> "TicketLinkQuerySet":
        return self.filter(Q(ticket=one, other=two) | Q(ticket=two, other=one))

    def duplicates(self) -> "TicketLinkQuerySet":
        return self.filter(relation=Relation.DUPLICATE)

    def with_tickets(self) -> "TicketLinkQuerySet":
        return self.select_related("ticket__label", "other__label").order_by("pk")


class TicketLink(models.Model):
    """`ticket` is `relation` `other`: a duplicate of it, blocked by it, a part of it, beside it."""

    ticket = models.ForeignKey("tickets.Ticket", models.CASCADE, related_name="links")
    other = models.ForeignKey("tickets.Ticket", models.CASCADE, related_name="linked_from")
    relation = models.CharField(max_length=10, choices=Relation.choices)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    made_at = models.DateTimeField(db_default=Now())

    objects = TicketLinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "other", "relation"], name="link_once"),
            models.CheckConstraint(condition=~Q(ticket=F("other")), name="link_to_another"),
        ]

    def __str__(self) -> str:
        return f"#{self.ticket_id} {self.get_relation_display().lower()} #{self.other_id}"

    def end_of(self, ticket: Any) -> tuple[str, Any]:
        """The words and the other ticket, as seen from one end."""
        if ticket.pk == self.ticket_id:
            return self.get_relation_display(), self.other
        return BACKWARDS[Relation(self.relation)], self.ticket


BACKWARDS = {
    Relation.RELATED: "Related to",
    Relation.DUPLICATE: "Has the duplicate",
    Relation.BLOCKED: "Blocks",
    Relation.PART: "Has the part",
    Relation.SPLIT: "Split off into",
}
