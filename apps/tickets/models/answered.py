"""What a message of ours answers: their last words, and whether its writer has read them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef

from apps.statements.records import Records
from apps.statements.statement import Given
from apps.timeline.refusal import Refused

from ..choices import Direction
from ..keys import keys
from ..letters import Thread
from ..rules import mail
from .following import Follower
from .message import Message, MessageQuerySet
from .queue import Queue
from .standing import first_unanswered

NEWEST = 2**63 - 1  # no message has a greater number


class Unseen(Refused):
    """Somebody wrote while the answer was written; `messages` are what its writer has not read."""

    def __init__(self, messages: list[Message]) -> None:
        count = len(messages)
        came = "1 new message" if count == 1 else f"{count} new messages"
        super().__init__(f"{came} came while you wrote. Read, then send again.", code="unseen")
        self.messages = messages


class Answered:
    """Questions of a ticket about what was said last."""

    def unseen(self, seen: int, *, by: Any) -> list[Message]:
        """What customers and colleagues said to each other after that message."""
        said = self.talk().filter(pk__gt=seen).between_people(besides=by.pk if by else 0)
        return list(said.select_related("author", "contact").order_by("at", "id"))

    def last_said(self, *, seen: int | None = None, by: Any = None) -> list[Message]:
        """What an answer follows; `Unseen` where more was said than its writer has seen.

        Read after the lock: what came while it was waited for is seen.
        """
        if self.absorbed:
            if seen is not None and (unseen := self.unseen(seen, by=by)):
                raise Unseen(unseen)
            return list(_answered(self.talk()))
        values = {"seen": NEWEST if seen is None else seen, "by": by.pk if by else 0}
        last = _ANSWERED.all(ticket=self.pk, **values)
        if last and last[0].went_on:
            raise Unseen(self.unseen(values["seen"], by=by))
        self.is_followed = not last or last[0].followed
        return last

    def thread(self, last: Sequence[Message]) -> Thread:
        """What a message of ours answers: their last words, and the mail it follows."""
        theirs = sorted(
            (one for one in last if one.direction == Direction.IN), key=lambda m: (m.at, m.pk)
        )
        ours = [one.pk for one in last if one.direction == Direction.OUT]
        quoted = theirs[-1] if theirs else None
        if parent := next((one for one in reversed(theirs) if one.message_id), None):
            return Thread(parent.message_id, parent.headers, quoted, Queue.objects.addresses)
        known = mail.message_id(self.pk, ours[0], settings.MAIL_DOMAIN, keys()) if ours else ""
        return Thread(known, "", quoted)

    def first_unanswered(
        self,
        *,
        besides: Message | None = None,
        without: int | None = None,
        undone: int | None = None,
    ) -> datetime | None:
        """When the oldest message that waits for an answer came (`standing`)."""
        since = first_unanswered(
            [self],
            besides=besides.pk if besides else 0,
            without=without or 0,
            undone=undone or 0,
        )
        return since[self.pk]


def _answered(talk: MessageQuerySet) -> MessageQuerySet:
    """The customer's last message, their last mail, and our last message."""
    said = talk.select_related("contact").order_by("-at", "-id")
    heard = said.filter(direction=Direction.IN, automatic=False, undone_at=None)
    sent = said.filter(direction=Direction.OUT, undone_at=None)
    return heard[:1].union(heard.exclude(message_id="")[:1], sent[:1], all=True)


def _answered_here() -> MessageQuerySet:
    """The same of a ticket that nothing was merged into; whether somebody follows it, and whether
    anything was said after what was seen (its last words are among these, whoever said them).
    """
    followed = Exists(Follower.objects.filter(ticket=OuterRef("ticket")))
    here = Message.objects.filter(ticket=OuterRef("ticket"), pk__gt=Given("seen"))
    went_on = Exists(here.between_people(besides=Given("by")))
    talk = Message.objects.filter(ticket=Given("ticket"))
    return _answered(talk.annotate(followed=followed, went_on=went_on))


_ANSWERED = Records(_answered_here)
