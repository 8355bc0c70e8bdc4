"""Whoever asked is owed word of what a request is now: a few at once, thousands as long work."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import F, Value
from django.db.models.functions import Coalesce

from apps.outbox.models import Job
from apps.tickets.models import OwedAnswer

from .. import rules

WORK = "features.owe"
AT_ONCE = 300  # tickets whose answers move within a request, and in a step
NOBODY = 0  # stands for no contact, before every other


class Owing:
    """Parts of a request's verbs, on its held row.

    What is owed follows the status: it may be gone over any number of times, and whatever became
    of the request meanwhile, it ends with what it is then.
    """

    def owe_by_status(self, before: str, *, by: Any, at: datetime) -> dict[str, int]:
        """What it was is owed no more, what it is now is owed: how many of each, or which job."""
        asked, settled = self._asked_on(), rules.OUTCOMES.intersection((before, self.status))
        if settled and len(asked) > AT_ONCE:
            return {"job": self.owe_at_length(len(asked) * len(settled), by=by, at=at).pk}
        told: dict[str, int] = {}
        if before in rules.OUTCOMES:
            gone = OwedAnswer.objects.withdraw(self.kind, self.pk, before, by=by, at=at)
            told["withdrawn"] = len(gone)
        if self.status in rules.OUTCOMES:
            owed = OwedAnswer.objects.owe(asked, self.cause(), by=by, at=at)
            told["owed"] = len(owed)
        return told

    def owe_at_length(self, total: int, *, by: Any, at: datetime) -> Job:
        """The same by steps (`owing.step`)."""
        return Job.start(
            WORK,
            title=f"Word to whoever asked for “{self.title}”"[:200],
            params={"request": self.pk},
            total=total,
            by=by,
            at=at,
        )

    def owe_some(
        self, cursor: Mapping[str, Any], *, by: Any, at: datetime
    ) -> tuple[dict[str, Any] | None, dict[str, int]]:
        """One step of it: the next cursor, nothing when it is over; and how many of each.

        All tickets of one person are of one step: they are told once.
        """
        if gone := self._withdraw_some(by=by, at=at):
            return dict(cursor), {"withdrawn": gone}
        if self.status not in rules.OUTCOMES:
            return None, {}
        if cursor.get("status") != self.status:  # it became something else meanwhile
            cursor = {"status": self.status, "after": NOBODY - 1}
        asked = self.evidence().annotate(who=Coalesce(F("ticket__contact"), Value(NOBODY)))
        rest = asked.filter(who__gt=cursor["after"]).order_by("who", "ticket")
        some = list(rest.values_list("who", flat=True)[:AT_ONCE])
        if not some:
            OwedAnswer.objects.tell_assignees(self.cause(), by=by, at=at)
            return None, {}
        tickets = set(rest.filter(who__lte=some[-1]).values_list("ticket", flat=True))
        owed = OwedAnswer.objects.owe(tickets, self.cause(), by=by, at=at, quietly=True)
        went = {"owed": len(owed), "not to be told": len(tickets) - len(owed)}
        return {**cursor, "after": some[-1]}, went

    def owing_job(self) -> Job | None:
        """The work that is under way for it; none for one that few ask for."""
        if self.contacts <= AT_ONCE:
            return None
        found = Job.objects.open().filter(work=WORK, params__request=self.pk)
        return found.newest_first().first()

    # --- parts ----------------------------------------------------------------------------------

    def _withdraw_some(self, *, by: Any, at: datetime) -> int:
        """Of what it is not, or not any more, nobody waits for word."""
        owed = OwedAnswer.objects.about(self.kind, self.pk).owed()
        if self.status in rules.OUTCOMES:
            owed = owed.exclude(became=self.status)
        some = list(owed.order_by("became", "asked_on").values_list("became", "asked_on")[:AT_ONCE])
        if not some:
            return 0
        became = some[0][0]
        theirs = [ticket for one, ticket in some if one == became]
        gone = OwedAnswer.objects.withdraw(
            self.kind, self.pk, became, asked_on=theirs, by=by, at=at
        )
        return len(gone)
