"""Telling a customer what concerns more tickets than theirs."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from apps.timeline.refusal import Refused
from apps.timeline.text import clean_text

from ..choices import Direction
from ..rules import moves
from ..writing import snippet_of
from .message import Message
from .search import SearchDoc


class Informing:
    """A verb of a ticket that others press for many at once."""

    def inform(
        self,
        body: str,
        *,
        by: Any,
        at: datetime,
        more: str = "",
        told_on: int | None = None,
        tells: Collection[int] = (),
        **cause: int,
    ) -> Message:
        """A reply of ours that was not written for this ticket alone; its status stays.

        `cause` names what it was said on account of, as Activity tells it; `more` is what the mail
        says below it. With `told_on` their mail went out on that ticket, and this one gets none.
        `tells` are the owed answers it tells of.
        """
        body = clean_text(body, field="body")
        with self.held("contact", "queue"):
            if self.status in moves.OVER:
                raise Refused(f"This ticket is {moves.NAMES[self.status]}; nothing can be sent.")
            if not self.contact_id:
                raise Refused("There is nobody to answer: name a contact first.", field="contact")
            if told_on is None:
                self.check_reachable()
            last = self._last_said()
            message = self._say(Direction.OUT, body, at, (), author=by)
            changes: dict[str, Any] = {}
            told: dict[str, Any] = {} if told_on is None else {"told_on": told_on}
            if self.loop_since and (owed := self.tell_owed(message, tells, by=by, at=at)):
                changes["loop_since"] = self.owed_answers.since()
                told["told"] = {"answers": [one.pk for one in owed]}
            data = self.change(
                at,
                **changes,
                **self._to(moves.after_handling(self.status), at),
                waiting_since=None,
                first_replied_at=self.first_replied_at or at,
                snippet=snippet_of(body),
            )
            SearchDoc.objects.add(self.pk, body)
            self.record("replied", by=by, at=at, message=message.pk, **cause, **told, **data)
            if told_on is None:
                self._send(message, last, by=by, copies=(), more=more)
            self._tell(message, f"{by} answered", at=at, besides=[by.pk if by else None])
        return message
