"""Asking somebody else about a ticket: a supplier, a colleague of the customer, a bank."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings

from apps.outbox.models import Delivery, Notification, StoppedAddress
from apps.timeline.refusal import Refused
from apps.timeline.text import clean_line, clean_text

from ..choices import Direction, Status
from ..keys import keys
from ..letters import UNDO, Quote, Thread, aside
from ..rules import addresses, mail, moves
from .awaiting import Awaiting, due_change, instant
from .message import Attachment, Message, MessageQuerySet
from .queue import Queue
from .search import SearchDoc
from .side import SideConversation, SideDraft

if TYPE_CHECKING:
    from ..files import Kept

MOST_QUOTED = 50


class Asking(Awaiting):
    """Verbs of a ticket that write to, and hear from, somebody its contact does not see."""

    def write_aside(
        self,
        body: str,
        *,
        by: Any,
        at: datetime,
        to: str = "",
        subject: str = "",
        side: SideConversation | None = None,
        quoting: Iterable[int] = (),
        wait: bool = False,
        hours: int | None = None,
        attachments: Sequence["Kept"] = (),
    ) -> Message:
        """Write to somebody about it; the mail leaves in fifteen seconds unless taken back.

        `side` goes on with a conversation, else one with `to` begins. `quoting` are messages of
        the talk with the customer that they may read; `wait` says that it is their move now.
        An answer is expected within `hours` of the queue's calendar (0: by no time), or as the
        queue says.
        """
        body = clean_text(body, field="body")
        if not body.strip():
            raise Refused("Write something first.", field="body")
        with self.held("contact", "queue"):
            if self.status in moves.OVER:
                raise Refused(f"This ticket is {moves.NAMES[self.status]}; nothing can be sent.")
            SideDraft.objects.of(self, side, by).delete()
            if side is None:
                side = self._begin_side(to, subject, by=by, at=at)
            elif side.ticket_id not in self.family():
                raise Refused("That side conversation is on another ticket.")
            if stop := StoppedAddress.objects.of(side.address):
                raise Refused(f"{stop.sentence} Try again lifts that.", code="stopped")
            quotes = [Quote.of(said, by) for said in self._may_quote(quoting)]
            message = self._say(
                Direction.NOTE,
                body,
                at,
                attachments,
                author=by,
                side=side,
                quoted="\n\n".join(f"{quote.line}\n{quote.text}" for quote in quotes),
            )
            thread = self._side_thread(side, message)
            for delivery in aside(self, side, message, thread, quotes, by=by):
                delivery.save()
            usual = self.queue.answer_hours if self.queue else None
            due = self.answer_due(at, usual or 0 if hours is None else hours)
            before = side.due_at
            side.wait_since(at, due=due)
            waits = wait and not moves.refusal(self.status, Status.WAITING_THIRD_PARTY)
            status = self._to(Status.WAITING_THIRD_PARTY, at) if waits else self._handled(at)
            data = self.change(at, **status)
            SearchDoc.objects.add([self.pk], body)
            if due or before:
                data["answer_due"] = due_change(before, due)
            self.record("wrote_aside", by=by, at=at, message=message.pk, side=side.pk, **data)
            self._tell(message, f"{by} asked {side} about", at=at, besides=[by.pk])
        return message

    def hear_aside(
        self,
        side: SideConversation,
        body: str,
        *,
        at: datetime,
        sender: str,
        automatic: bool = False,
        attachments: Sequence["Kept"] = (),
        **mail: Any,
    ) -> Message:
        """They answered: it is our move again where the ticket waited for them.

        A ticket that is done is not opened by it. Of a merged ticket the words stay where they
        were asked for, as all of its talk does; the move is that of the one it went into.
        """
        body = clean_text(body, field="body")
        with self.held("merged_into"):
            if self.status == Status.MERGED and self.merged_into:
                return self.merged_into.hear_aside(
                    side,
                    body,
                    at=at,
                    sender=sender,
                    automatic=automatic,
                    attachments=attachments,
                    **mail,
                )
            home = self if side.ticket_id == self.pk else side.ticket
            self.has_attachment = self.has_attachment or bool(attachments)
            message = home._say(
                Direction.NOTE,
                body,
                at,
                attachments,
                author_label=sender[:200],
                side=side,
                automatic=automatic,
                **mail,
            )
            changes: dict[str, Any] = {}
            if not automatic:
                side.wait_since(None)
                if self.status == Status.WAITING_THIRD_PARTY:
                    changes = self._to(Status.OPEN, at) | {"snoozed_until": None}
            data = self.change(at, **changes)
            SearchDoc.objects.add([home.pk], body)
            self.record(
                "heard_aside", at=at, label=sender[:200], message=message.pk, side=side.pk, **data
            )
            if not automatic:
                self._tell_asker(side, message, at=at)
        return message

    def bounce_aside(self, message: Message, *, at: datetime, reason: str = "") -> None:
        """What we wrote to somebody else never arrived: nobody else's move."""
        with self.held():
            message.refresh_from_db(from_queryset=Message.objects.select_for_update(of=("self",)))
            if message.bounced_at:
                raise Refused("It is known already that this message came back.")
            message.bounced_at = at
            message.save(update_fields=["bounced_at"])
            message.side.wait_since(None)
            waited = self.status == Status.WAITING_THIRD_PARTY
            data = self.change(at, **(self._to(Status.OPEN, at) if waited else {}))
            self.record("came_back", at=at, message=message.pk, reason=reason, **data)

    def _sent_aside_again(self, message: Message, *, by: Any, at: datetime) -> None:
        """On a held row: it is their move again, within the queue's usual hours."""
        usual = self.queue.answer_hours if self.queue else None
        message.side.wait_since(at, due=self.answer_due(at, usual or 0))
        self.change(at)
        self.record("sent_again", by=by, at=at, message=message.pk)

    def take_back_aside(self, message: Message, *, by: Any, at: datetime) -> None:
        """On a held row: what was not sent yet, and the status it left, as if it never was."""
        if message.undone_at:
            raise Refused("This message was taken back already.")
        if not message.left or at >= message.at + UNDO:
            raise Refused("It is sent; it cannot be taken back.")
        for delivery in Delivery.objects.filter(cause=message.cause).select_for_update():
            delivery.cancel(reason="Taken back by its author.", by=by, at=at)
        message.undone_at = at
        message.save(update_fields=["undone_at"])
        side, said = message.side, Message.objects.filter(side=message.side_id, undone_at=None)
        last = said.order_by("at", "id").last()
        told = self.timeline().get(verb="wrote_aside", data__message=message.pk)
        due, _ = told.data.get("answer_due", (None, None))
        waits = last.at if last and last.left else None
        side.wait_since(waits, due=instant(due) if waits else None)
        if last is None:
            SideConversation.objects.filter(pk=side.pk).update(taken_back=True)
        SearchDoc.objects.mark_stale([self.pk])
        moved = self.last_move() if "status" in told.data else None
        if moved is None or moved.pk != told.pk:
            self.change(at)
            self.record("undone_aside", by=by, at=at, message=message.pk)
            return
        data = self.change(at, **self._as_before(told))
        self.record("restored", by=by, at=at, activity=told.pk, message=message.pk, **data)

    def quotable(self) -> MessageQuerySet:
        """What somebody else may be shown of it: the talk with the customer, no notes."""
        said = self.talk().filter(direction__in=[Direction.IN, Direction.OUT], undone_at=None)
        return said.select_related("author", "contact").order_by("at", "id")

    def sendable(self) -> Any:
        """Files that may go along: those of the talk with the customer."""
        return Attachment.objects.filter(message__in=self.quotable().order_by()).order_by("pk")

    # --- parts ----------------------------------------------------------------------------------

    def _begin_side(self, to: str, subject: str, *, by: Any, at: datetime) -> SideConversation:
        found = addresses.addresses_in([to])
        if len(found) != 1:
            raise Refused("Name one e-mail address to write to.", field="to")
        address = found[0]
        if self.contact_id and address in self.contact.addresses():
            raise Refused("That is who asked: answer them with a reply.", field="to")
        if address in Queue.objects.addresses():
            raise Refused("That address is our own.", field="to")
        return SideConversation.objects.create(
            ticket=self,
            subject=clean_line(subject, limit=998) or self.subject,
            address=address,
            started_by=by,
            started_at=at,
        )

    def _may_quote(self, numbers: Iterable[int]) -> list[Message]:
        numbers = set(numbers)
        if len(numbers) > MOST_QUOTED:
            raise Refused(f"{MOST_QUOTED} messages are the most to quote.", field="quoting")
        found = list(self.quotable().filter(pk__in=numbers))
        if len(found) != len(numbers):
            raise Refused("One of these messages is not to be quoted.", field="quoting")
        return found

    def _side_thread(self, side: SideConversation, message: Message) -> Thread:
        """What a message to them answers: their last words, else our own last mail."""
        said = Message.objects.filter(side=side, undone_at=None, pk__lt=message.pk)
        last = list(said.order_by("-at", "-id")[:20])
        theirs = next((one for one in last if not one.left and not one.automatic), None)
        parent = next((one for one in last if one.message_id and not one.left), None)
        if parent:
            return Thread(parent.message_id, parent.headers, theirs)
        ours = next((one for one in last if one.left), None)
        known = mail.side_message_id(side.pk, ours.pk, settings.MAIL_DOMAIN, keys()) if ours else ""
        return Thread(known, "", theirs)

    def _tell_asker(self, side: SideConversation, message: Message, *, at: datetime) -> None:
        """Whoever has the ticket, whoever asked, and those who follow."""
        said = f"{message.who} answered aside on"
        told = {one for one in (self.assignee, side.started_by) if one and one.is_active}
        for person in told:
            Notification.objects.tell(
                person,
                cause=message.cause,
                sentence=f"{said} #{self.pk} {self.subject}"[:400],
                url=self.get_absolute_url(),
                at=at,
            )
        self._tell(message, said, at=at, besides=[one.pk for one in told])
