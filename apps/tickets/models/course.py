"""The course of a ticket: from new to closed, and the ends that count for nothing."""

from datetime import datetime
from typing import Any

from apps.timeline.models import Activity
from apps.timeline.refusal import Lost, Refused

from ..choices import Relation, Status
from ..rules import moves
from .link import TicketLink
from .queue import StatusLabel

VERBS = {
    Status.RESOLVED: "resolved",
    Status.CLOSED: "closed",
    Status.SPAM: "marked_spam",
    Status.DUPLICATE: "marked_duplicate",
}


class Course:
    """Verbs of a ticket that change its status; each gives what it told, for `undo`."""

    def move(
        self,
        status: str,
        *,
        by: Any,
        at: datetime,
        label: StatusLabel | None = None,
        seen: int | None = None,
    ) -> Activity:
        """Put it in another status, with a team's own word for it where there is one.

        `seen` is the version its mover looked at; if it has moved on since, nothing is done.
        """
        if status not in moves.BY_HAND:
            raise Refused("That is not a status to choose.", field="status")
        if label and label.status != status:
            raise Refused(f"“{label}” is a word for another status.", field="label")
        with self.held():
            self._unchanged_since(seen)
            if self.status != status:
                return self._go(status, by=by, at=at, label=label)
            if self.label_id == (label.pk if label else None):
                raise Refused(moves.refusal(self.status, status))
            return self.record("moved", by=by, at=at, **self.change(at, label=label))

    def resolve(self, *, by: Any, at: datetime) -> Activity:
        """What was asked is done."""
        with self.held():
            return self._go(Status.RESOLVED, by=by, at=at)

    def reopen(self, *, by: Any, at: datetime) -> Activity:
        """It was not done after all."""
        with self.held():
            if self.status in moves.UNRESOLVED:
                raise Refused("This ticket is not resolved.")
            return self._go(Status.OPEN, by=by, at=at)

    def close(self, *, by: Any, at: datetime) -> Activity:
        """Nothing more will be changed on it."""
        with self.held():
            return self._go(Status.CLOSED, by=by, at=at)

    def mark_spam(self, *, by: Any, at: datetime) -> Activity:
        """Nobody waits for an answer to this."""
        with self.held():
            return self._go(Status.SPAM, by=by, at=at)

    def mark_duplicate(self, of: Any, *, by: Any, at: datetime) -> Activity:
        """The same matter is another ticket already."""
        if of.pk == self.pk:
            raise Refused("A ticket is not its own duplicate.", field="of")
        with self.held():
            if not TicketLink.objects.duplicates().filter(ticket=self.pk, other=of.pk).exists():
                self._tie(of, Relation.DUPLICATE, by=by, at=at)
            return self._go(Status.DUPLICATE, by=by, at=at, of=of.pk)

    # --- parts ----------------------------------------------------------------------------------

    def _go(
        self,
        status: str,
        *,
        by: Any,
        at: datetime,
        label: StatusLabel | None = None,
        **more: Any,
    ) -> Activity:
        """The move itself, on a row that is held."""
        if refusal := moves.refusal(self.status, status):
            raise Refused(refusal)
        if status == Status.RESOLVED:
            self.check_required()
        back = status == Status.OPEN and self.status in moves.DONE
        verb = "reopened" if back else VERBS.get(status, "moved")
        data = self.change(at, **self._to(status, at) | {"label": label})
        told = self.record(verb, by=by, at=at, **data, **more)
        if back:
            self.share_out_anew(at=at)
        return told

    def _to(self, status: str, at: datetime) -> dict[str, Any]:
        """Everything that changes with the status; nothing when it stays."""
        if status == self.status:
            return {}
        changes: dict[str, Any] = {"status": status, "label": None}
        if status == Status.RESOLVED:
            changes |= {"resolved_at": at, "waiting_since": None}
        elif status in moves.UNRESOLVED:
            changes["resolved_at"] = None
        if status == Status.CLOSED:
            changes["closed_at"] = at
        if status in moves.DONE:
            changes["snoozed_until"] = None
        return changes

    def _handled(self, at: datetime) -> dict[str, Any]:
        """The first thing one of us does with a new ticket opens it."""
        return self._to(moves.after_handling(self.status), at)

    def _unchanged_since(self, seen: int | None) -> None:
        if seen is not None and seen != self.version:
            raise Lost()

    def check_required(self) -> None:
        """Refuse while a field that its queue needs is empty, or an item it insists on is open."""
        if not self.queue_id:
            return
        needed = self.needed
        if needed is None:
            needed = [vars(one) for one in self.queue.fields.all() if one.required]
        missing = [one["label"] for one in needed if self.fields.get(one["key"]) is None]
        if missing:
            raise Refused(f"Fill in {', '.join(missing)} first.", field="fields")
        if self.queue.insists and (items := self.missing_items()):
            raise Refused(f"Still to be done: {', '.join(items)}.", field="items")
