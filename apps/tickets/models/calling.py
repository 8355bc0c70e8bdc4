"""Calls and chats that are written down on a ticket after they happened, at their real time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from apps.timeline.refusal import Refused
from apps.timeline.text import clean_text

from ..choices import Channel, Direction
from ..rules import moves
from ..rules.restoring import Told, restoring
from ..writing import snippet_of
from . import standing
from .message import Message
from .search import SearchDoc

if TYPE_CHECKING:
    from ..files import Kept

SPOKEN = (Channel.PHONE, Channel.CHAT)
LONGEST = timedelta(hours=24)
_AHEAD = timedelta(minutes=5)  # clocks differ


class Calling:
    """The verb that logs what was said elsewhere, and the one that takes it back."""

    def log_call(
        self,
        body: str,
        *,
        by: Any,
        at: datetime,
        happened_at: datetime | None = None,
        channel: str = Channel.PHONE,
        from_us: bool = False,
        answered: bool = False,
        duration: timedelta | None = None,
        attachments: Sequence["Kept"] = (),
    ) -> Message:
        """Write down a call or chat; its clocks move at the time it happened.

        One of ours answers whatever waited then. One of theirs waits for an answer, unless it was
        `answered` in the contact. Nothing is sent. What was moved since stays moved.
        """
        body = clean_text(body, field="body")
        if not body.strip():
            raise Refused("Write down what was said.", field="body")
        if channel not in SPOKEN:
            raise Refused("Only calls and chats are logged.", field="channel")
        if duration is not None and not timedelta() <= duration <= LONGEST:
            raise Refused("No call lasts longer than a day.", field="duration")
        happened_at = happened_at or at
        if happened_at > at + _AHEAD:
            raise Refused("It cannot have happened later than now.", field="happened_at")
        with self.held("contact"):
            if self.status in moves.OVER:
                raise Refused(f"This ticket is {moves.NAMES[self.status]}; nothing is added to it.")
            if happened_at < self.reported_at:
                raise Refused(
                    "That was before the ticket began; log it as a ticket of its own.",
                    field="happened_at",
                )
            message = self._say(
                Direction.OUT if from_us else Direction.IN,
                body,
                happened_at,
                attachments,
                author=by if from_us else None,
                contact=None if from_us else self.contact,
                channel=channel,
                answered=answered and not from_us,
                duration=duration,
            )
            newest = not self.messages.filter(at__gt=happened_at, undone_at=None).exists()
            told = {"message": message.pk, "channel": channel, "logged": True}
            if from_us:
                data = self.change(at, **self._handled(at), **self._spoken(message, newest))
                self.record("replied", by=by, at=happened_at, **told, **data)
            else:
                became = self._unless_moved(happened_at)
                changes = self._to(became, at) | {"snoozed_until": None}
                data = self.change(at, **changes, **self._spoken(message, newest))
                self.record("heard", by=by, at=happened_at, **told, **data)
                if answered:
                    self.record("replied", by=by, at=happened_at, call=message.pk)
            SearchDoc.objects.add([self.pk], body)
        return message

    def take_back_call(self, message: Message, *, by: Any, at: datetime) -> None:
        """Undo a call that was written down: the ticket and its clocks are as if it never was.

        What its customer or one of us did since stays, and so does the status that led to.
        """
        with self.held():
            message.refresh_from_db(from_queryset=self.messages.select_for_update())
            if message.undone_at:
                raise Refused("This was taken back already.")
            if self.status in moves.OVER:
                raise Refused(f"This ticket is {moves.NAMES[self.status]} and stays as it is.")
            logged = self.timeline().filter(data__logged=True, data__message=message.pk).first()
            if logged is None:
                raise Refused("Only a call that was written down on this ticket is taken back.")
            message.undone_at = at
            message.save(update_fields=["undone_at"])
            since = self.timeline().filter(pk__gt=logged.pk).values_list("pk", "verb", "data")
            told = Told(logged.pk, logged.verb, logged.data)
            found = restoring([told], [Told(*one) for one in since]).values()
            changes = self._as_before(logged) if "status" in found else {}
            if asleep := found.get("snoozed_until"):
                changes["snoozed_until"] = datetime.fromisoformat(asleep)
            data = self.change(at, **changes, **standing.shown([self])[self.pk].columns())
            SearchDoc.objects.mark_stale([self.pk])
            self.record(
                "undone",
                by=by,
                at=max(at, logged.at),
                of=logged.at.isoformat(),
                message=message.pk,
                logged=True,
                **data,
            )

    # --- parts ----------------------------------------------------------------------------------

    def _unless_moved(self, since: datetime) -> str:
        """What their call makes of the status; nothing where somebody moved it after the call."""
        moved = self.timeline().filter(at__gt=since, data__has_key="status")
        return self.status if moved.exists() else moves.after_customer_wrote(self.status)

    def _spoken(self, message: Message, newest: bool) -> dict[str, Any]:
        """What the list shows after it."""
        changes: dict[str, Any] = {"waiting_since": self.first_unanswered()}
        answers = message.direction == Direction.OUT or message.answered
        if answers and (self.first_replied_at is None or message.at < self.first_replied_at):
            changes["first_replied_at"] = message.at
        if newest:
            changes["snippet"] = snippet_of(message.body)
        return changes
