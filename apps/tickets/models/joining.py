"""Merging tickets that are one matter, and taking it back."""

from datetime import datetime
from typing import Any

from django.contrib.postgres.search import TrigramSimilarity
from django.db import connection, transaction
from django.db.models import Case, When

from apps.timeline.refusal import Refused

from ..choices import Direction, Status
from ..rules import moves
from ..writing import snippet_of
from .message import Message, MessageQuerySet
from .search import SearchDoc

_FAMILY = """
WITH RECURSIVE family AS (
  SELECT %s::bigint AS id
  UNION ALL
  SELECT t.id FROM tickets_ticket t JOIN family ON t.merged_into_id = family.id
)
SELECT id FROM family
"""
NEAR = 200  # of a customer's newest tickets, those that are compared
MOST_ALIKE = 8
TERMS = ("policy_changed", "calendar_changed")  # what follows by itself


class Joining:
    """Verbs of a ticket that make two of them one.

    No message moves: what was said on a merged ticket is read through the one it went into, and
    what its customers write goes there (`hear`). So that taking it back, at any time, restores
    both: their clocks are rebuilt without the merge, and what came in through the merged ticket
    meanwhile goes back to it at the time it came.
    """

    def merge(self, into: Any, *, by: Any, at: datetime, across: bool = False) -> None:
        """End this ticket in another one; `across` says that two customers are meant."""
        if into.pk == self.pk:
            raise Refused("A ticket cannot be merged into itself.", field="into")
        with transaction.atomic():
            self._hold_both(into)
            if refusal := moves.refusal(self.status, Status.MERGED):
                raise Refused(refusal)
            if refusal := into.takes_no_merge():
                raise Refused(refusal, field="into")
            apart = self.customer_id and into.customer_id and self.customer_id != into.customer_id
            if apart and not across:
                raise Refused(
                    f"#{self.pk} and #{into.pk} belong to different customers: confirm that they"
                    " are one matter.",
                    code="across",
                    field="across",
                )
            self.hand_on_loop(into, at=at)
            waiting = self.waiting_since
            data = self.change(at, **self._to(Status.MERGED, at) | {"merged_into": into})
            self.record("merged", by=by, at=at, **data)
            into._absorb(self, waiting, by=by, at=at)

    def takes_no_merge(self) -> str:
        """Why nothing can be merged into it; empty when something can."""
        over = self.status in moves.OVER
        return f"#{self.pk} is {moves.NAMES[self.status]}." if over else ""

    def unmerge(self, *, by: Any, at: datetime) -> None:
        """Take the merge back; each has again what was its own."""
        with self.held("merged_into"):
            into = self.merged_into
            if self.status != Status.MERGED or not into:
                raise Refused("This ticket is not merged.")
            self._hold_both(into)
            back = into._part(self, by=by, at=at)
            told = self.timeline().filter(verb="merged").latest("at", "id")
            changes = self._as_before(told) | {"merged_into": None}
            if any(message.direction == Direction.IN for message, _ in back):
                changes |= self._to(moves.after_customer_wrote(changes["status"]), at)
                changes["snoozed_until"] = None
            if changes["status"] in moves.UNRESOLVED:
                changes["waiting_since"] = self.first_unanswered()
            data = self.change(at, **changes | self._snippet())
            for message, through in back:
                self._take_over(message, through)
            SearchDoc.objects.mark_stale([self.pk, into.pk])
            self.record("unmerged", by=by, at=at, **data)

    def family(self) -> list[int]:
        """Its number, and those of every ticket merged into it, directly or through others."""
        if not self.absorbed:
            return [self.pk]
        with connection.cursor() as cursor:
            cursor.execute(_FAMILY, [self.pk])
            return [pk for (pk,) in cursor.fetchall()]

    def talk(self) -> MessageQuerySet:
        """Everything said on it, and on what was merged into it."""
        if not self.absorbed:
            return self.messages.all()
        return Message.objects.filter(ticket__in=self.family())

    def alike(self) -> list[Any]:
        """What may be the same matter: asked lately by the same person or customer, or so called.

        Theirs come first, then their customer's, then anybody's; the most alike of each first.
        """
        tickets = type(self).objects.exclude(pk=self.pk)
        words = TrigramSimilarity("subject", self.subject)
        called = tickets.unresolved().filter(subject__trigram_strict_word_similar=self.subject)
        near = called.order_by(words.desc(), "-pk").values("pk")[:MOST_ALIKE]
        if asker := self.customer or self.contact:
            lately = asker.tickets.exclude(pk=self.pk).exclude(status__in=moves.OVER)
            near = lately.order_by("-updated_at", "-id").values("pk")[:NEAR].union(near)
        theirs = Case(
            When(contact=self.contact_id, then=0),
            When(customer=self.customer_id, then=1),
            default=2,
        )
        found = tickets.filter(pk__in=near).annotate(near=words).order_by(theirs, "-near")
        return list(found.select_related("label", "contact", "customer")[:MOST_ALIKE])

    # --- parts ----------------------------------------------------------------------------------

    def _hold_both(self, other: Any) -> None:
        """Lock both rows, always in the same order; two who merge crosswise wait, not deadlock."""
        for ticket in sorted((self, other), key=lambda one: one.pk):
            ticket.hold()

    def _absorb(self, other: Any, waiting: datetime | None, *, by: Any, at: datetime) -> None:
        """What another ticket brings: its files, its words, its customer's waiting."""
        self.has_attachment = self.has_attachment or other.has_attachment
        changes: dict[str, Any] = {"absorbed": self.absorbed + 1 + other.absorbed}
        if waiting:
            changes |= self._to(moves.after_customer_wrote(self.status), at)
            changes["waiting_since"] = min(waiting, self.waiting_since or waiting)
            changes["snoozed_until"] = None
        data = self.change(at, **changes)
        self.record(
            "joined",
            by=by,
            at=at,
            ticket=other.pk,
            of=waiting.isoformat() if waiting else None,
            **data,
        )

    def _part(self, other: Any, *, by: Any, at: datetime) -> list[tuple[Message, int]]:
        """Give back what another ticket brought; what came in through it meanwhile, oldest first,
        each with the ticket it was written to.
        """
        joined = self.timeline().filter(verb="joined", data__ticket=other.pk)
        joined = joined.order_by("at", "id").last()
        if joined is None:
            raise Refused("It was split off and put back: split it off again.")
        back = self._came_through(other)
        for message, _ in back:
            message.ticket = other
            message.save(update_fields=["ticket"])
        self.hand_back_loop(other, at=at)
        changes: dict[str, Any] = {"absorbed": self.absorbed - 1 - other.absorbed}
        if "status" in joined.data and self._only_opened_by(joined, other):
            changes |= self._as_before(joined)
        unresolved = changes.get("status", self.status) in moves.UNRESOLVED
        changes["waiting_since"] = self.first_unanswered(without=other.pk) if unresolved else None
        self.absorbed = changes["absorbed"]  # what is read from now on is its own
        kept = self.talk().filter(attachments_count__gt=0).exclude(ticket=other)
        self.has_attachment = kept.exists()
        data = self.change(at, **changes | self._snippet())
        data.setdefault("status", [self.status, self.status])  # clocks go on from what it is
        self.record(
            "parted",
            by=by,
            at=at,
            ticket=other.pk,
            messages=[message.pk for message, _ in back],
            **data,
        )
        return back

    def _came_through(self, other: Any) -> list[tuple[Message, int]]:
        heard = self.timeline().filter(data__through__in=other.family())
        through = {activity.data["message"]: activity.data["through"] for activity in heard}
        found = self.messages.filter(pk__in=through).select_related("contact").order_by("at", "id")
        return [(message, through[message.pk]) for message in found]

    def _only_opened_by(self, joined: Any, other: Any) -> bool:
        """Whether nothing of its own happened since the merge opened it."""
        later = self.timeline().filter(id__gt=joined.pk).exclude(verb__in=TERMS)
        family = other.family()
        return all(told.data.get("through") in family for told in later)

    def _take_over(self, message: Message, through: int) -> None:
        """A message of its own that had gone elsewhere, told at the time it came."""
        self.record(
            "heard_from_program" if message.automatic else "heard",
            at=message.at,
            label=message.who,
            message=message.pk,
            **({"through": through} if through != self.pk else {}),
        )

    def _snippet(self) -> dict[str, str]:
        said = self.talk().filter(undone_at=None).exclude(direction=Direction.NOTE)
        last = said.order_by("-at", "-id").first()
        return {"snippet": snippet_of(last.body) if last else ""}
