"""By when somebody else is expected to answer us, and what happens when they do not."""

from datetime import UTC, datetime
from typing import Any

from apps.calendars.rules import ALWAYS
from apps.outbox.models import Notification
from apps.timeline.models import Activity
from apps.timeline.refusal import Lost, Refused

from ..rules.expecting import zone_named
from .queue import MOST_HOURS
from .side import SideConversation

WHEN = "%a %d %b, %H:%M %Z"


class Awaiting:
    """Verbs of a ticket about answers it waits for from somebody its contact does not see."""

    def expect_answer(
        self, side: SideConversation, hours: int, *, by: Any, at: datetime
    ) -> Activity:
        """Expect their answer within so many working hours from now, and be told again then.

        0: expect it by no time. Undone by `expect_as_before` with the Activity it returns.
        """
        with self.held("queue"):
            side = self._awaited(side)
            due = self.answer_due(at, hours)
            if due == side.due_at and side.late_at is None:
                raise Refused("That is so already.", field="hours")
            return self._expect(side, due, "expected_answer", by=by, at=at)

    def expect_as_before(self, activity: int, *, by: Any, at: datetime) -> None:
        """Take back what `expect_answer` told; what was due before is due again."""
        with self.held():
            told = self.timeline().filter(pk=activity, verb="expected_answer").first()
            if told is None:
                raise Lost()
            side = self._awaited(SideConversation(pk=told.data["side"]))
            before, after = map(instant, told.data["answer_due"])
            if side.due_at != after or before == after:
                raise Lost()
            self._expect(side, before, "expected_as_before", by=by, at=at, activity=told.pk)

    def miss_answers(self, *, at: datetime) -> int:
        """Whoever asked is told once, for each time it was expected by; returns how many."""
        with self.held("assignee"):
            missed = list(self.sides.missed(at).select_for_update(of=("self",)))
            for side in missed:
                side.late_at = at
                side.save(update_fields=["late_at"])
                self.record("missed_answer", at=at, side=side.pk, label=str(side))
                self._tell_of_missing(side, at=at)
        return len(missed)

    def _tell_of_missing(self, side: SideConversation, *, at: datetime) -> None:
        """Whoever asked, or has the ticket where they have left."""
        asker = side.started_by if side.started_by.is_active else self.assignee
        if asker and side.due_at:
            due = side.due_at.astimezone(zone_named(asker.timezone))
            Notification.objects.tell(
                asker,
                cause=f"side:{side.pk}:{side.due_at:%Y%m%dT%H%M%S}",
                sentence=f"{side} has not answered on #{self.pk} {self.subject}"[:400]
                + f"; expected by {due:{WHEN}}.",
                url=self.get_absolute_url(),
                at=at,
            )

    def answer_due(self, at: datetime, hours: int) -> datetime | None:
        """When so many hours of its queue's calendar have passed; 0: never."""
        if not 0 <= hours <= MOST_HOURS:
            raise Refused(f"Between 1 and {MOST_HOURS} working hours.", field="hours")
        if not hours:
            return None
        calendar = self.queue.hours() if self.queue else ALWAYS
        reached, _ = calendar.reach(int(at.timestamp()), hours * 3600)
        if reached is None:
            raise Refused("Its queue has no such hours within ten years.", field="hours")
        return datetime.fromtimestamp(reached, UTC)

    def _awaited(self, side: SideConversation) -> SideConversation:
        found = SideConversation.objects.filter(ticket__in=self.family(), pk=side.pk)
        held = found.waiting().select_for_update(of=("self",)).first()
        if held is None:
            raise Refused("Nothing is expected of them now.")
        return held

    def _expect(
        self,
        side: SideConversation,
        due: datetime | None,
        verb: str,
        *,
        by: Any,
        at: datetime,
        **told: Any,
    ) -> Activity:
        told["answer_due"] = due_change(side.due_at, due)
        side.wait_since(side.waiting_since, due=due)
        self.change(at)
        return self.record(verb, by=by, at=at, side=side.pk, **told)


def instant(told: str | None) -> datetime | None:
    """As it was told."""
    return datetime.fromisoformat(told) if told else None


def due_change(before: datetime | None, after: datetime | None) -> list[str | None]:
    """As Activity tells it."""
    return [one.isoformat() if one else None for one in (before, after)]
