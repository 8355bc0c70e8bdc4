"""Splitting a second matter off a ticket, and putting it back."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.timeline.refusal import Refused

from ..choices import Direction, Relation, Status
from ..letters import UNDO
from ..rules import moves
from .link import TicketLink
from .message import Message
from .search import SearchDoc

_TOLD_AS = {Direction.IN: "heard", Direction.OUT: "replied", Direction.NOTE: "noted"}


class Splitting:
    """Verbs of a ticket that make two of one."""

    def split(
        self, message: Message, *, by: Any, at: datetime, subject: str = "", later: bool = False
    ) -> Any:
        """A customer's message, and on request everything after it, becomes a ticket of its own.

        Its promises begin when the message came, if it was unanswered or its answer moves with
        it; else now. Here, the message owes no answer any more.
        """
        with self.held("contact", "customer", "queue", "component", "assignee"):
            message.refresh_from_db()
            moved = self._to_split(message, later, at)
            answered = not self.waiting_since or message.at < self.waiting_since
            along = any(one.direction == Direction.OUT for one in moved)
            fresh = type(self).objects.report(
                subject=subject or self.subject,
                contact=message.contact or self.contact,
                customer=self.customer,
                channel=self.channel,
                priority=self.priority,
                queue=self.queue,
                assignee=self.assignee,
                tags=self.tags,
                component=self.component,
                reported_at=at if answered and not along else message.at,
                by=by,
                at=at,
            )
            fresh._tie(self, Relation.SPLIT, by=by, at=at)
            fresh._receive(moved, at=at, first=message, told=self._did(moved))
            self._reread("split", at=at, by=by, ticket=fresh.pk, messages=[one.pk for one in moved])
        return fresh

    def unsplit(self, *, by: Any, at: datetime) -> Any:
        """Put it back where it was split off; what was said since goes along."""
        with transaction.atomic():
            link = TicketLink.objects.filter(ticket=self.pk, relation=Relation.SPLIT).first()
            if link is None:
                raise Refused("This ticket was not split off.")
            source = link.other
            self._hold_both(source)
            if refusal := moves.refusal(self.status, Status.MERGED):
                raise Refused(refusal)
            link.delete()
            split = source.timeline().filter(verb="split", data__ticket=self.pk)
            known = set(split.latest("at", "id").data["messages"])
            back = list(self.messages.order_by("at", "id"))
            told = self._did(back)
            source._receive([one for one in back if one.pk not in known], at=at, told=told)
            self.messages.update(ticket=source)
            self.sides.update(ticket=source)
            self.hand_on_loop(source, at=at)
            self.has_attachment = False
            ended = self._to(Status.MERGED, at) | {"merged_into": source, "waiting_since": None}
            self.record("merged", by=by, at=at, put_back=True, **self.change(at, **ended))
            source._reread("unsplit", at=at, by=by, ticket=self.pk, messages=sorted(known))
        return source

    def check_split(self, message: Message) -> None:
        """Refuse what can become no ticket of its own, now or at any time."""
        if self.status in moves.OVER:
            raise Refused(f"This ticket is {moves.NAMES[self.status]} and stays as it is.")
        if message.ticket_id != self.pk:
            raise Refused("That message is on another ticket.", field="message")
        if message.undone_at:
            raise Refused("That message was taken back.", field="message")
        if message.direction != Direction.IN or message.automatic:
            raise Refused("Only a customer's message can become a ticket.", field="message")
        if message.pk == self.begins_with():
            raise Refused("This message begins the ticket: there is nothing to split.")

    def begins_with(self) -> int | None:
        """The first message of its own talk."""
        return self._thread().values_list("pk", flat=True).first()

    # --- parts ----------------------------------------------------------------------------------

    def _thread(self) -> Any:
        return self.messages.filter(side=None).order_by("at", "id")

    def _to_split(self, message: Message, later: bool, at: datetime) -> list[Message]:
        self.check_split(message)
        thread = list(self._thread())
        place = [one.pk for one in thread].index(message.pk)
        moved = thread[place:] if later else [message]
        if any(one.direction == Direction.OUT and one.at + UNDO > at for one in moved):
            raise Refused("A reply is still leaving: wait until it is sent.")
        return moved

    def _did(self, messages: list[Message]) -> dict[int, dict[str, Any]]:
        """What each message did to the status here."""
        ids = [one.pk for one in messages]
        rows = self.timeline().filter(verb__in=_TOLD_AS.values(), data__message__in=ids)
        return {row.data["message"]: row.data for row in rows}

    def _receive(
        self,
        messages: list[Message],
        *,
        at: datetime,
        told: dict[int, dict[str, Any]],
        first: Message | None = None,
    ) -> None:
        """Messages that are this ticket's from now on, told at the time they were written."""
        for message in messages:
            message.ticket = self
            message.save(update_fields=["ticket"])
            if message == first:
                continue
            status = told.get(message.pk, {}).get("status", [None, self.status])[1]
            if message.direction == Direction.IN and not message.automatic:
                status = moves.after_customer_wrote(self.status)
            if message.undone_at:
                continue
            before, self.status = self.status, status
            self.record(
                "heard_from_program" if message.automatic else _TOLD_AS[message.direction],
                by=message.author,
                at=message.at,
                label=message.who,
                message=message.pk,
                **({"status": [before, status]} if status != before else {}),
            )
        self._write_reading(at)

    def _reread(self, verb: str, *, at: datetime, **data: Any) -> None:
        """Remember it, with the status as it is: the clocks go on from that."""
        self._write_reading(at)
        self.record(verb, at=at, status=[self.status, self.status], **data)

    def _write_reading(self, at: datetime) -> None:
        said = self.talk().filter(undone_at=None)
        answers = said.filter(direction=Direction.OUT, automatic=False, bounced_at=None)
        self.has_attachment = said.filter(attachments_count__gt=0).exists()
        done = self.status in moves.DONE
        self.change(
            at,
            status=self.status,
            waiting_since=None if done else self.first_unanswered(),
            first_replied_at=answers.order_by("at").values_list("at", flat=True).first(),
            **self._snippet(),
        )
        SearchDoc.objects.mark_stale([self.pk])
