"""SideConversation: what we ask somebody else about a ticket; its contact never sees it."""

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import ExpressionWrapper, OuterRef, Q
from django.db.models.functions import JSONObject


class SideConversationQuerySet(models.QuerySet):
    """Side conversations."""

    def in_short(self) -> ArraySubquery:
        """As a column of tickets: whom else was asked, and whether they owe an answer."""
        waits = ExpressionWrapper(Q(waiting_since__isnull=False), models.BooleanField())
        asked = self.filter(ticket=OuterRef("pk"), taken_back=False).order_by("pk")
        return ArraySubquery(asked.values(json=JSONObject(id="pk", address="address", waits=waits)))


class SideConversation(models.Model):
    """A thread of its own with somebody who is not on the ticket.

    What is said in it are notes of the ticket that name it: whatever leaves notes out for the
    contact, for clocks and for copies leaves these out too.
    """

    ticket = models.ForeignKey("tickets.Ticket", models.CASCADE, related_name="sides")
    subject = models.CharField(max_length=998)
    address = models.EmailField(blank=True)  # lower case; empty once it is forgotten
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    waiting_since = models.DateTimeField(
        null=True, blank=True, help_text="When we wrote last, while they have not answered."
    )
    taken_back = models.BooleanField(default=False, help_text="Nothing of it was ever sent.")

    objects = SideConversationQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["address", "-id"], name="side_address")]

    def __str__(self) -> str:
        return self.address or "somebody who was forgotten"

    def wait_since(self, at: datetime | None) -> None:
        """We wrote, and wait; or it is not their move."""
        self.waiting_since, self.taken_back = at, False
        self.save(update_fields=["waiting_since", "taken_back"])
