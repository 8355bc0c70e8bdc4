"""What becomes of a request, and that whoever asked is told."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.tickets.choices import Answer
from apps.tickets.models import Asker, Cause, OwedAnswer
from apps.timeline.models import Activity
from apps.timeline.refusal import Lost, Refused
from apps.timeline.text import clean_line, clean_text

from .. import rules
from ..choices import Status
from .insight import Insight

LONGEST_REASON = 1_000


class Deciding:
    """Verbs of a request that change its status; each gives what it told, for `undo`.

    What it became is owed to everybody who asked; leaving that status again takes it back for
    those who were not told yet.
    """

    def plan(self, *, by: Any, at: datetime) -> Activity:
        """It will be built."""
        return self._go("planned", Status.PLANNED, by=by, at=at)

    def begin(self, *, by: Any, at: datetime) -> Activity:
        """It is being built."""
        return self._go("begun", Status.IN_PROGRESS, by=by, at=at)

    def reopen(self, *, by: Any, at: datetime) -> Activity:
        """Look at it again."""
        return self._go("reopened", Status.UNDER_REVIEW, by=by, at=at)

    def ship(self, *, words: str = "", by: Any, at: datetime) -> Activity:
        """It is there: whoever asked is owed word of it, drafted in `words`."""
        return self._go("shipped", Status.SHIPPED, words=words, by=by, at=at)

    def decline(self, *, reason: str, words: str = "", by: Any, at: datetime) -> Activity:
        """It will not be built, and why."""
        return self._go("declined", Status.DECLINED, reason=reason, words=words, by=by, at=at)

    def park(self, *, reason: str, words: str = "", by: Any, at: datetime) -> Activity:
        """Not now, and why."""
        return self._go("parked", Status.PARKED, reason=reason, words=words, by=by, at=at)

    def undo(self, activity: int, *, by: Any, at: datetime) -> Activity:
        """Take back its last change of status as if it had not been."""
        with transaction.atomic():
            self.hold()
            told = self.last_move()
            if told is None or told.pk != activity or self.status == Status.DUPLICATE:
                raise Lost()
            before = {name: pair[0] for name, pair in told.data.items() if name in RESTORED}
            self._become(before["status"], before.get("words", ""), before.get("reason", ""))
            data = self.owe_by_status(told.data["status"][1], as_before=True, by=by, at=at)
            self.touch(at)
            status = [told.data["status"][1], self.status]
            return self.record("restored", by=by, at=at, activity=told.pk, status=status, **data)

    def last_move(self) -> Activity | None:
        """The last Activity that changed its status and was not taken back."""
        restored = self.timeline().filter(verb__in=["restored", "unmerged"])
        gone = [one for one in restored.values_list("data__activity", flat=True) if one]
        moved = self.timeline().filter(data__has_key="status")
        moved = moved.exclude(verb__in=["opened", "restored", "unmerged"])
        return moved.exclude(pk__in=gone).order_by("id").last()

    def weigh(self, outcome: str, words: str = "", reason: str = "") -> list[Asker]:
        """Who would be told that it came to this, and who would not, each with the reason."""
        return OwedAnswer.objects.weigh(self._asked_on(), self.cause(outcome, words, reason))

    def untold(self, most: int) -> list[Asker]:
        """Whoever asked and is neither told nor about to be, each with the reason; not all."""
        told = self.answers().filter(state__in=[Answer.OWED, Answer.TOLD]).values("asked_on")
        rest = self.asked_by().exclude(ticket__in=told)
        people = rest.order_by("ticket").values_list("who", flat=True)[:most]
        theirs = self.asked_by().filter(who__in=list(people)).values_list("ticket", flat=True)
        askers = OwedAnswer.objects.weigh(theirs, self.cause())
        return [one for one in askers if one.why_not and not one.is_told][:most]

    def cause(self, outcome: str = "", words: str = "", reason: str = "") -> Cause:
        """What there is to tell; as it was decided, unless something else is asked."""
        outcome = outcome or self.status
        words, reason = words or self.words, reason or self.reason
        draft = rules.draft(words or rules.WORDS[outcome], reason)
        return Cause(self.kind, self.pk, outcome, self.title, draft)

    @property
    def outcome(self) -> tuple[str, int, str]:
        """What it became, as owed answers name it."""
        return self.kind, self.pk, self.status

    def answers(self) -> Any:
        """What whoever asked is owed, or was told, of what it is now."""
        return OwedAnswer.objects.about(*self.outcome).standing()

    def owe_since(self, insights: Iterable[Insight], *, by: Any, at: datetime) -> list[OwedAnswer]:
        """On a held row: those who asked after it was decided are told like the others."""
        there = self.goes_on
        if there.status not in rules.OUTCOMES:
            return []
        asked_on = [one.ticket_id for one in insights]
        return OwedAnswer.objects.owe(asked_on, there.cause(), by=by, at=at)

    def tell_the_rest(self, *, by: Any, at: datetime) -> Activity:
        """Whoever could not be told when it was decided, and can be now."""
        with transaction.atomic():
            self.hold()
            if self.status not in rules.OUTCOMES:
                raise Refused("Nothing became of it yet.")
            told = self.owe_by_status(by=by, at=at)
            if told.get("owed") == 0:
                raise Refused("Everybody who can be told is told, or about to be.")
            return self.record("told_the_rest", by=by, at=at, **told)

    # --- parts ----------------------------------------------------------------------------------

    def _go(
        self,
        verb: str,
        status: str,
        *,
        words: str = "",
        reason: str = "",
        by: Any,
        at: datetime,
    ) -> Activity:
        reason = clean_line(reason, limit=LONGEST_REASON, field="reason")
        if status in rules.REASONED and not reason:
            raise Refused("Say why: whoever asked is told.", field="reason")
        words = clean_text(words, limit=20_000, field="words").strip()
        with transaction.atomic():
            self.hold()
            if refusal := rules.refusal(self.status, status):
                raise Refused(refusal)
            before = {name: getattr(self, name) for name in RESTORED}
            self._become(status, words, reason)
            data = self.owe_by_status(before["status"], by=by, at=at)
            self.touch(at)
            changed = {
                name: [was, getattr(self, name)]
                for name, was in before.items()
                if was != getattr(self, name)
            }
            return self.record(verb, by=by, at=at, **changed, **data)

    def _become(self, status: str, words: str, reason: str) -> None:
        self.status, self.words, self.reason = status, words, reason
        self.save(update_fields=["status", "words", "reason"])

    def _asked_on(self) -> list[int]:
        return list(self.evidence().values_list("ticket", flat=True).distinct())


RESTORED = ("status", "words", "reason")
