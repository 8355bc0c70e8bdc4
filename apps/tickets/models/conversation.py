"""What is said on a ticket, by whom, and what that does to it."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from apps.statements.writing import insert
from apps.timeline.models import Activity
from apps.timeline.refusal import Refused
from apps.timeline.text import clean_text

from ..choices import Direction, Next, Status
from ..letters import UNDO, answer
from ..rules import addresses, mail, moves, variables
from ..writing import html_of, snippet_of
from .draft import Draft
from .mentions import Mentions
from .message import Attachment, Message
from .search import SearchDoc
from .unsaying import Reply, unsay

if TYPE_CHECKING:
    from ..files import Kept

MOST_AUTOMATIC = 3  # messages of programs on one thread
ONE_DAY = timedelta(days=1)


class Conversation:
    """Verbs of a ticket that leave a message."""

    def reply(
        self,
        body: str,
        *,
        by: Any,
        at: datetime,
        after: str = Next.WAIT,
        cc: Iterable[str] | None = None,
        seen: int | None = None,
        tells: Collection[int] | None = None,
        attachments: Sequence["Kept"] = (),
    ) -> Message:
        """Answer the customer; the mail leaves in fifteen seconds unless taken back.

        `seen` is the newest message its writer had before their eyes: nothing is sent past one
        that came later. Copies go to whoever was on the mail that is answered, unless `cc` names
        others. `tells` are the owed answers it tells of: all there are, unless some are named.
        """
        body = _something(body)
        if places := variables.left(body):
            raise Refused(f"Still to be filled in: {', '.join(places)}.", field="body")
        copies = None if cc is None else list(cc)
        if refusal := addresses.refusal(copies or ()):
            raise Refused(refusal, field="cc")
        copies = None if copies is None else addresses.addresses_in(copies)
        with self.held("contact", "queue"):
            last = self.last_said(seen=seen, by=by)
            if self.status in moves.OVER:
                raise Refused(f"This ticket is {moves.NAMES[self.status]}; nothing can be sent.")
            if not self.contact_id:
                raise Refused("There is nobody to answer: name a contact first.", field="contact")
            self.check_reachable()
            if after == Next.RESOLVE:
                self.check_required()
            status = moves.AFTER_REPLY[Next(after)]
            message = self._say(Direction.OUT, body, at, attachments, author=by)
            changes = self._to(status, at) | {
                "waiting_since": None,
                "first_replied_at": self.first_replied_at or at,
                "snippet": snippet_of(body),
            }
            if not self.assignee_id:
                changes["assignee"] = by
            told = {}
            if self.loop_since and (owed := self.tell_owed(message, tells, by=by, at=at)):
                changes["loop_since"] = self.owed_answers.since()
                told = {"told": {"answers": [one.pk for one in owed]}}
            data = self.change(at, **changes)
            SearchDoc.objects.add([self.pk], body)
            self.record("replied", by=by, at=at, message=message.pk, **told, **data)
            self._send(message, last, by=by, after=after, copies=copies)
            self._tell(message, f"{by} answered", at=at, besides=[by.pk if by else None])
        return message

    def hear(
        self,
        body: str,
        *,
        at: datetime,
        contact: Any = None,
        automatic: bool = False,
        attachments: Sequence["Kept"] = (),
        channel: str = "",
        through: int | None = None,
        **mail: str,
    ) -> Message:
        """A message from the customer's side; a program's message changes no status.

        `mail` may hold `html` (sanitised), `quoted`, `headers` and `message_id`; `channel` is told
        where it was not the ticket's own, `through` the merged ticket it was written to.
        On a merged ticket it goes where the ticket went; on a closed one it begins a new one.
        """
        body = clean_text(body, field="body")
        with self.held("contact", "merged_into"):
            if self.status == Status.MERGED and self.merged_into:
                return self.merged_into.hear(
                    body,
                    at=at,
                    contact=contact,
                    automatic=automatic,
                    attachments=attachments,
                    channel=channel,
                    through=through or self.pk,
                    **mail,
                )
            contact = contact or self.contact
            if self.status == Status.CLOSED and not automatic:
                return self._follow_up(body, at, contact, attachments, channel, mail)
            message = self._say(
                Direction.IN, body, at, attachments, contact=contact, automatic=automatic, **mail
            )
            changes: dict[str, Any] = {"snippet": snippet_of(body)}
            if not automatic:
                changes |= self._to(moves.after_customer_wrote(self.status), at)
                changes["waiting_since"] = self.waiting_since or at
                changes["snoozed_until"] = None
            data = self.change(at, **changes)
            SearchDoc.objects.add([self.pk], body)
            self.record(
                "heard_from_program" if automatic else "heard",
                at=at,
                label=str(contact or ""),
                message=message.pk,
                **({"channel": channel} if channel else {}),
                **({"through": through} if through else {}),
                **data,
            )
            if data.get("status", [None])[0] == Status.RESOLVED:
                self.share_out_anew(at=at)
            if not automatic:
                self._tell(message, f"{message.who} wrote on", at=at)
        return message

    def _follow_up(
        self,
        body: str,
        at: datetime,
        contact: Any,
        attachments: Sequence["Kept"],
        channel: str,
        mail: dict,
    ) -> Message:
        """A closed ticket stays as it is; what comes later is a new one that points back."""
        fresh = type(self).objects.report(
            subject=self.subject,
            body=body,
            contact=contact,
            channel=channel or self.channel,
            priority=self.priority,
            queue=self.queue,
            follows=self,
            reported_at=at,
            attachments=attachments,
            at=at,
            **mail,
        )
        self.hand_on_loop(fresh, at=at)
        return fresh.messages.get()

    def auto_reply(self, body: str, *, at: datetime) -> Message:
        """A message a program of ours sends; it answers nothing and stops no clock.

        A program that wrote is not answered, and a thread gets only so many: two programs that
        answer each other fall silent.
        """
        with self.held("contact", "queue"):
            if not self.contact_id:
                raise Refused("There is nobody to write to.", field="contact")
            self.check_reachable()
            self._check_loop(at)
            last = self.last_said()
            message = self._say(Direction.OUT, _something(body), at, (), automatic=True)
            self._send(message, last)
            self.change(at)
            SearchDoc.objects.add([self.pk], body)
            self.record("auto_replied", at=at, message=message.pk)
        return message

    def note(
        self, body: str, *, by: Any, at: datetime, attachments: Sequence["Kept"] = ()
    ) -> Message:
        """A word among staff; the customer never sees it. Whoever is mentioned is told, and
        follows the ticket from now on; who may not read tickets is in `message.mentions.unable`.
        """
        body = _something(body)
        mentions = Mentions.read(body)
        with self.held():
            message = self._say(
                Direction.NOTE,
                body,
                at,
                attachments,
                author=by,
                html=html_of(body, mentions.handles),
            )
            data = self.change(at, **self._handled(at))
            SearchDoc.objects.add([self.pk], body)
            told = {"mentioned": [one.pk for one in mentions.people]} if mentions.people else {}
            self.record("noted", by=by, at=at, message=message.pk, **told, **data)
            mentions.tell(self, message, by=by, at=at)
            knowing = [by.pk if by else None, *(one.pk for one in mentions.people)]
            self._tell(message, f"{by} wrote a note on", at=at, besides=knowing)
        message.mentions = mentions
        return message

    def need_no_reply(self, *, by: Any, at: datetime) -> Activity:
        """Their last message waits for no answer: a thank-you."""
        with self.held():
            if not self.waiting_since:
                raise Refused("No message waits for an answer.")
            if self.status in moves.OVER:
                raise Refused(f"This ticket is {moves.NAMES[self.status]}; nobody waits here.")
            data = self.change(at, waiting_since=None)
            return self.record("needed_no_reply", by=by, at=at, **data)

    def take_back(self, message: Message, *, by: Any, at: datetime, typed: bool = True) -> None:
        """Undo a reply while it still waits in the outbox; the ticket is as it was before.

        What somebody `typed` goes back to their draft. A call that was written down never left.
        """
        with self.held():
            message.refresh_from_db(from_queryset=self.messages.select_for_update())
            if message.side_id:
                self.take_back_aside(message, by=by, at=at)
                return
            if message.channel:
                self.take_back_call(message, by=by, at=at)
                return
            if message.undone_at:
                raise Refused("This reply was taken back already.")
            if message.direction != Direction.OUT or at >= message.at + UNDO:
                raise Refused("It is sent; it cannot be taken back.")
            [reply] = Reply.each({self.pk: self}, [message])
            if number := reply.told.data.get("incident"):
                where = f"incident {number}"
                raise Refused(f"It was said on every ticket of {where}: take it back there.")
            unsay([reply], by=by, at=at)
            if typed and message.author_id and message.author_id == (by.pk if by else None):
                Draft.objects.give_back(message, at=at)

    # --- parts ----------------------------------------------------------------------------------

    def _tell(
        self, message: Message, said: str, *, at: datetime, besides: Sequence[int | None] = ()
    ) -> None:
        """Those who follow hear of it; whoever has the ticket sees it anyway."""
        self.tell_followers(said, cause=message.cause, at=at, besides=[*besides, self.assignee_id])

    def _say(
        self,
        direction: str,
        body: str,
        at: datetime,
        attachments: Sequence["Kept"],
        *,
        html: str = "",
        **more: Any,
    ) -> Message:
        message = Message(
            ticket=self,
            direction=direction,
            body=body,
            html=html or html_of(body),
            at=at,
            attachments_count=len(attachments),
            **more,
        )
        insert(message)
        if attachments:
            Attachment.objects.bulk_create(
                Attachment(
                    message=message,
                    name=file.name,
                    content_type=file.content_type,
                    size=file.size,
                    digest=file.digest,
                )
                for file in attachments
            )
            self.has_attachment = True
        return message

    def _send(
        self,
        message: Message,
        last: Sequence[Message],
        *,
        by: Any = None,
        after: str = "",
        copies: Sequence[str] | None = None,
        more: str = "",
    ) -> None:
        """The message as deliveries, held back for as long as it can be taken back."""
        thread = self.thread(last)
        for delivery in answer(
            self, message, thread, by=by, after=after, copies=copies, expected=more
        ):
            insert(delivery)
            message.cc = addresses.addresses_in(delivery.payload["cc"])
        if message.cc:
            message.save(update_fields=["cc"])

    def _check_loop(self, at: datetime) -> None:
        last = self.messages.filter(direction=Direction.IN).order_by("-at", "-id").first()
        if last and (last.automatic or mail.is_from_program(last.headers)):
            raise Refused("A program wrote last; programs are not answered.", code="loop")
        ours = Message.objects.filter(direction=Direction.OUT, automatic=True, undone_at=None)
        if ours.filter(ticket=self).count() >= MOST_AUTOMATIC:
            raise Refused("This thread had its automatic messages.", code="loop")
        today = ours.filter(ticket__contact=self.contact_id, at__gt=at - ONE_DAY)
        if today.exists():
            raise Refused("This contact had an automatic message today.", code="loop")


def _something(body: str) -> str:
    body = clean_text(body, field="body")
    if not body.strip():
        raise Refused("Write something first.", field="body")
    return body
