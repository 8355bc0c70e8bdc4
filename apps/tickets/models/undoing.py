"""Taking back a change as if it had never been; the ticket's clocks forget it too."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from apps.timeline.models import Activity
from apps.timeline.refusal import Lost, Refused

from ..choices import Status
from ..rules import moves
from ..rules.restoring import STATUS, Told, restoring
from .link import TicketLink
from .queue import StatusLabel
from .search import SearchDoc

UNDOABLE = ("moved", "resolved", "reopened", "closed", "marked_spam", "marked_duplicate")
CONDITIONS = ("prioritised", "tagged", "filed")  # what a promise is chosen by
NAMING = ("renamed", "belonged_to")  # what it is found by
GIVING = ("assigned", "handed_over", "snoozed")  # who has it, and when it is seen
COLUMNS = {name: f"{name}_id" for name in ("assignee", "team", "queue", "contact", "customer")} | {
    "status_label": "label_id"
}


class Undoing:
    """The verb that takes back a change."""

    def undo(self, activity: int, *, by: Any, at: datetime) -> Activity:
        """Take back what this Activity tells of, and return it; nobody may have changed the same
        since.

        Unlike the opposite change it leaves no gap: no reopened cycle, no pause, no breach.
        """
        with self.held():
            told = self.timeline().filter(pk=activity).first()
            if told is not None and told.verb in CONDITIONS + NAMING + GIVING:
                self._put_back(told, by=by, at=at)
                return told
            if told is not None and "logged" in told.data:
                self._unlog(told, by=by, at=at)
                return told
            if told is not None and told.verb == "needed_no_reply":
                self._owe_again(told, by=by, at=at)
                return told
            told = self.last_move()
            if told is None or told.pk != activity:
                raise Lost()
            if told.verb not in UNDOABLE:
                raise Refused("This change is taken back in another way.")
            changes = self._as_before(told)
            if changes["status"] in moves.UNRESOLVED:
                changes["waiting_since"] = self.first_unanswered(undone=told.pk)
            if told.verb == "marked_duplicate":
                TicketLink.objects.duplicates().filter(ticket=self.pk).delete()
            data = self.change(at, **changes)
            self.record("restored", by=by, at=at, activity=told.pk, **data)
            return told

    def _unlog(self, told: Activity, *, by: Any, at: datetime) -> None:
        message = self.messages.filter(pk=told.data["message"]).first()
        if message is None or told.verb == "undone":
            raise Lost()
        self.take_back_call(message, by=by, at=at)

    def _owe_again(self, told: Activity, *, by: Any, at: datetime) -> None:
        owed = None if self.waiting_since else self.first_unanswered(undone=told.pk)
        if owed is None or self.status not in moves.UNRESOLVED:
            raise Lost()
        data = self.change(at, waiting_since=owed)
        self.record("restored", by=by, at=at, activity=told.pk, **data)

    def _put_back(self, told: Activity, *, by: Any, at: datetime) -> None:
        self._changeable()
        since = self.timeline().filter(pk__gt=told.pk).values_list("pk", "verb", "data")
        found = restoring([Told(told.pk, told.verb, told.data)], [Told(*one) for one in since])
        if set(found.kept) - STATUS:  # what it opened by the way may have moved on since
            raise Lost()
        before = {COLUMNS.get(name, name): was for name, was in found.values().items()}
        if asleep := before.get("snoozed_until"):
            before["snoozed_until"] = datetime.fromisoformat(asleep)
        self.change(at, **before)
        if told.verb in NAMING:
            SearchDoc.objects.mark_stale([self.pk])
        for number, pairs in found.back:
            self.record("restored", by=by, at=at, activity=number, **pairs)

    def last_move(self) -> Activity | None:
        """The last Activity that changed its status and was not taken back."""
        calls = Q(verb="undone", data__has_key="logged")  # taken back, with what they did
        moved = self.timeline().filter(data__has_key="status").exclude(calls | Q(verb="restored"))
        undone = self.timeline().filter(verb="restored").values_list("data__activity", flat=True)
        stands = moved.exclude(pk__in=list(undone)).order_by("-at", "-id")
        unsaid = set(self.timeline().filter(calls).values_list("data__message", flat=True))
        return next((one for one in stands if one.data.get("message") not in unsaid), None)

    def _as_before(self, told: Activity) -> dict[str, Any]:
        """The status an Activity changed, and what goes with it, as they were before."""
        status = told.data["status"][0]
        label = told.data.get("status_label", [None])[0]
        changes: dict[str, Any] = {
            "status": status,
            "label": StatusLabel.objects.filter(pk=label).first() if label else None,
            "resolved_at": self._since(Status.RESOLVED, told) if status in moves.DONE else None,
            "closed_at": self._since(Status.CLOSED, told) if status == Status.CLOSED else None,
        }
        if asleep := told.data.get("snoozed_until", [None])[0]:
            changes["snoozed_until"] = datetime.fromisoformat(asleep)
        return changes

    def _since(self, status: str, told: Activity) -> datetime | None:
        """When it came to a status, before this Activity."""
        moved = self.timeline().filter(id__lt=told.pk, data__status__1=status)
        return moved.order_by("at", "id").values_list("at", flat=True).last()
