"""Whether what we say on a ticket reaches its contact: mail that comes back, and goes again."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from apps.outbox.models import StoppedAddress
from apps.timeline.refusal import Refused

from ..choices import Direction, Status
from ..rules import moves
from .message import Message


class Reaching:
    """Verbs of a ticket about mail that did not arrive."""

    def bounce(self, message: Message, *, at: datetime, reason: str = "") -> None:
        """Our message never arrived: it answered nothing."""
        with self.held():
            message.refresh_from_db(from_queryset=self.messages.select_for_update())
            if message.bounced_at:
                raise Refused("It is known already that this message came back.")
            message.bounced_at = at
            message.save(update_fields=["bounced_at"])
            said = self.timeline().filter(verb="replied", data__message=message.pk).first()
            changes: dict[str, Any] = self.untell(message) if said and "told" in said.data else {}
            if self.status not in moves.ENDED and self.status != Status.CLOSED:
                arrived = self.messages.filter(
                    direction=Direction.OUT, undone_at=None, automatic=False, bounced_at=None
                )
                changes |= self._to(Status.OPEN, at) | {
                    "waiting_since": self.first_unanswered(besides=message),
                    "first_replied_at": arrived.order_by("at").values_list("at", flat=True).first(),
                }
            data = self.change(at, **changes)
            # What we wrote first answered nothing: only an answer is taken back from the clocks.
            of = {"of": said.at.isoformat()} if said else {}
            verb = "bounced" if said else "came_back"
            self.record(verb, at=at, message=message.pk, reason=reason, **of, **data)

    def send_again(self, message: Message, *, by: Any, at: datetime) -> None:
        """A message of ours that came back leaves after all, and answers from now on."""
        with self.held("queue"):
            message.refresh_from_db(from_queryset=Message.objects.select_for_update(of=("self",)))
            if not message.bounced_at:
                raise Refused("This message did not come back.")
            message.bounced_at = None
            message.save(update_fields=["bounced_at"])
            if message.side_id:
                self._sent_aside_again(message, by=by, at=at)
                return
            changes: dict[str, Any] = {}
            said = self.timeline().filter(verb="replied", data__message=message.pk).first()
            if said and self.status not in moves.ENDED and self.status != Status.CLOSED:
                waiting, left = self.first_unanswered(), said.data.get("status", [None, None])[1]
                changes["waiting_since"] = waiting
                changes["first_replied_at"] = self.first_replied_at or at
                moved = self.last_move()
                if left and not waiting and moved and moved.verb == "bounced":
                    changes |= self._to(left, at)  # nobody has done anything else since
            if said and "told" in said.data:
                self.tell_owed(message, said.data["told"]["answers"], by=by, at=at)
                changes["loop_since"] = self.owed_answers.since()
            data = self.change(at, **changes)
            verb = "replied" if said else "sent_again"
            self.record(verb, by=by, at=at, message=message.pk, again=True, **data)

    @property
    def stop(self) -> StoppedAddress | None:
        """Why mail to its contact is stopped; not asked where the row came `with_stop`."""
        if not self.contact_id or self.__dict__.get("stopped") is False:
            return None
        return StoppedAddress.objects.of(self.contact.email)

    def check_reachable(self) -> None:
        """Refused where mail to its contact comes back."""
        if stop := self.stop:
            words = "Try again lifts that; or reach them another way."
            raise Refused(f"{stop.sentence} {words}", code="stopped")

    def try_again(self, *, by: Any, at: datetime, address: str = "") -> tuple[str, int]:
        """Mail may go to its contact again, or to that other address of the talk; what waited for
        it leaves now. To whom, and how many.
        """
        self.__dict__.pop("stopped", None)  # as it is now, not as the row was read
        stop = StoppedAddress.objects.of(address) if address else self.stop
        if stop is None or (address and not self._writes_to(stop.address)):
            raise Refused("Mail to this contact is not stopped.")
        return stop.address, stop.let_go(by=by, at=at)

    def _writes_to(self, address: str) -> bool:
        """Whether anything of it goes, or went, there."""
        said = self.talk().filter(Q(cc__contains=[address]) | Q(side__address=address))
        theirs = self.contact.addresses() if self.contact_id else ()
        return address in theirs or said.exists()
