"""SideConversation: what we ask somebody else about a ticket; its contact never sees it."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import ExpressionWrapper, OuterRef, Q
from django.db.models.functions import JSONObject

from apps.timeline.refusal import Refused
from apps.timeline.text import clean_line, clean_text

from .draft import was_sent

WAITING = Q(waiting_since__isnull=False)
LATE = WAITING & Q(late_at__isnull=False)


class SideConversationQuerySet(models.QuerySet):
    """Side conversations."""

    def in_short(self) -> ArraySubquery:
        """As a column of tickets: whom else was asked, whether they owe an answer, and by when."""
        waits, late = (ExpressionWrapper(state, models.BooleanField()) for state in (WAITING, LATE))
        asked = self.filter(ticket=OuterRef("pk"), taken_back=False).order_by("pk")
        column = JSONObject(id="pk", address="address", waits=waits, late=late, due="due_at")
        return ArraySubquery(asked.values(json=column))

    def waiting(self) -> "SideConversationQuerySet":
        return self.filter(WAITING)

    def late(self) -> "SideConversationQuerySet":
        """Not answered by when we expected it, as was noticed."""
        return self.filter(LATE)

    def missed(self, at: datetime) -> "SideConversationQuerySet":
        """Not answered by now, and nobody was told."""
        return self.filter(WAITING, late_at=None, due_at__lte=at)


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
    due_at = models.DateTimeField(
        null=True, blank=True, help_text="When we expect their answer; kept while we wait for it."
    )
    late_at = models.DateTimeField(
        null=True, blank=True, help_text="When whoever asked was told that no answer came."
    )
    taken_back = models.BooleanField(default=False, help_text="Nothing of it was ever sent.")

    objects = SideConversationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["address", "-id"], name="side_address"),
            models.Index(fields=["due_at"], condition=WAITING, name="side_waiting"),
        ]

    def __str__(self) -> str:
        return self.address or "somebody who was forgotten"

    def wait_since(self, at: datetime | None, *, due: datetime | None = None) -> None:
        """We wrote, and expect an answer by then; or it is not their move."""
        self.waiting_since, self.taken_back = at, False
        self.due_at, self.late_at = due, None
        self.save(update_fields=["waiting_since", "taken_back", "due_at", "late_at"])


class SideDraftManager(models.Manager["SideDraft"]):
    """One for each person and side conversation, and one for whom they have not written to yet."""

    def keep(
        self, ticket: Any, side: SideConversation | None, person: Any, *, at: datetime, **words: Any
    ) -> "SideDraft | None":
        """What was typed so far; the last to write wins. Words that left a moment ago are not."""
        words["body"] = clean_text(words["body"], field="body")
        for name in ("to", "subject"):
            words[name] = clean_line(words.get(name, ""), limit=998, field=name)
        if was_sent(ticket, person, words["body"], at):
            return None
        words |= {"updated_at": at, "discarded_at": None}
        draft, _ = self.update_or_create(ticket=ticket, side=side, person=person, defaults=words)
        return draft

    def of(
        self, ticket: Any, side: SideConversation | None, person: Any
    ) -> "models.QuerySet[SideDraft]":
        """One's own: at most one."""
        return self.filter(ticket=ticket, side=side, person=person)


class SideDraft(models.Model):
    """Words to somebody else that were not sent yet; nobody but their writer reads them."""

    ticket = models.ForeignKey("tickets.Ticket", models.CASCADE, related_name="+")
    side = models.ForeignKey(
        SideConversation, models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    to = models.CharField(max_length=998, blank=True)
    subject = models.CharField(max_length=998, blank=True)
    body = models.TextField(blank=True)
    quoting = ArrayField(models.BigIntegerField(), default=list, blank=True)
    files = ArrayField(models.BigIntegerField(), default=list, blank=True)
    hours = models.PositiveSmallIntegerField(null=True, blank=True)
    updated_at = models.DateTimeField()
    discarded_at = models.DateTimeField(null=True, blank=True)

    objects = SideDraftManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "person", "side"], nulls_distinct=False, name="side_draft_once"
            )
        ]

    def __str__(self) -> str:
        return f"to {self.side or self.to or 'somebody'} on #{self.ticket_id} by {self.person_id}"

    def discard(self, *, at: datetime) -> None:
        """Throw it away; `restore` takes that back."""
        self._mark(self.discarded_at is None, "There is no draft to discard.", at)

    def restore(self) -> None:
        """Bring it back."""
        self._mark(self.discarded_at is not None, "There is nothing to bring back.", None)

    def _mark(self, possible: bool, otherwise: str, at: datetime | None) -> None:
        if not possible:
            raise Refused(otherwise)
        self.discarded_at = at
        self.save(update_fields=["discarded_at"])
