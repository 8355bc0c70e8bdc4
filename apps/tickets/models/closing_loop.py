"""Telling whoever asked what became of it, and remembering that they were told."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from apps.timeline.refusal import Refused
from apps.timeline.text import clean_line

from ..choices import Answer, Origin, Status
from .message import Message
from .owed_answer import OwedAnswer


class ClosingLoop:
    """Verbs of a ticket whose customer is owed word of something that happened elsewhere.

    `loop_since` is the reading copy of its owed answers: since when the first of them is owed.
    """

    def waive_answer(self, answer: int, *, reason: str, by: Any, at: datetime) -> OwedAnswer:
        """They need not be told, and why; `owe_anew` takes that back."""
        reason = clean_line(reason, limit=500, field="reason")
        if not reason:
            raise Refused("Say why they need not be told.", field="reason")
        with self.held():
            owed = self._answer(answer, Answer.OWED, "Nothing of that kind is owed here.")
            owed.settle(Answer.WAIVED, by=by, at=at, reason=reason)
            self.change(at, loop_since=self.owed_answers.since())
            self.record(
                "waived_answer",
                by=by,
                at=at,
                answer=owed.pk,
                about=[None, owed.said],
                reason=reason,
            )
        return owed

    def owe_anew(self, answer: int, *, by: Any, at: datetime) -> OwedAnswer:
        """They are to be told after all."""
        with self.held():
            owed = self._answer(answer, Answer.WAIVED, "That was not waived.")
            owed.settle(Answer.OWED, by=None, at=None)
            self.change(at, loop_since=self.owed_answers.since())
            self.record("owed_anew", by=by, at=at, answer=owed.pk, about=[None, owed.said])
        return owed

    def follow_up(self, *, by: Any, at: datetime) -> Any:
        """A closed ticket stays closed: what is owed is told on a new one that points back."""
        with self.held("contact", "customer", "queue", "component"):
            if self.status != Status.CLOSED:
                raise Refused("Only a closed ticket is followed by another; answer here.")
            if not self.loop_since:
                raise Refused("Nothing is owed here.")
            fresh = type(self).objects.report(
                subject=self.subject,
                contact=self.contact,
                customer=self.customer,
                channel=self.channel,
                origin=Origin.AGENT,
                priority=self.priority,
                queue=self.queue,
                component=self.component,
                assignee=by,
                follows=self,
                by=by,
                at=at,
            )
            self.hand_on_loop(fresh, at=at)
            self.record("followed_up", by=by, at=at, ticket=fresh.pk)
        return fresh

    # --- parts, on held rows --------------------------------------------------------------------

    def tell_owed(
        self, message: Message, tells: Collection[int] | None, *, by: Any, at: datetime
    ) -> list[OwedAnswer]:
        """What a reply tells of is told by it; all that is owed here, unless some are named."""
        told = self.owed_answers.owed().order_by("pk")
        told = list(told if tells is None else told.filter(pk__in=tells))
        for answer in told:
            answer.settle(Answer.TOLD, by=by, at=at, message=message)
        return told

    def untell(self, message: Message) -> dict[str, Any]:
        """A reply never arrived: what it told is owed as before; the fields that follow."""
        for answer in OwedAnswer.objects.filter(message=message, state=Answer.TOLD):
            answer.settle(Answer.OWED, by=None, at=None)
        return {"loop_since": self.owed_answers.since()}

    def hand_on_loop(self, to: Any, *, at: datetime) -> None:
        """Whoever waits for word here is told on another ticket."""
        if not self.loop_since:
            return
        self.owed_answers.owed().update(ticket=to)
        to.change(at, loop_since=min(self.loop_since, to.loop_since or self.loop_since))
        self.change(at, loop_since=None)

    def hand_back_loop(self, to: Any, *, at: datetime) -> None:
        """What was asked on another ticket that came here, is told there again."""
        if not self.loop_since:
            return
        theirs = self.owed_answers.owed().filter(asked_on__in=to.family())
        if theirs.update(ticket=to):
            to.change(at, loop_since=to.owed_answers.since())
            self.change(at, loop_since=self.owed_answers.since())

    def _answer(self, pk: int, state: str, refusal: str) -> OwedAnswer:
        found = self.owed_answers.filter(pk=pk, state=state).first()
        if found is None:
            raise Refused(refusal)
        return found
