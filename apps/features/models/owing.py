"""Whoever asked is owed word of what a request is now: a few at once, thousands as long work."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import F, Value
from django.db.models.functions import Coalesce

from apps.outbox.models import Job
from apps.tickets.models import OwedAnswer

from .. import rules
from .insight import Insight

WORK = "features.owe"
AT_ONCE = 300  # tickets whose answers move within a request, and in a step
NOBODY = 0  # stands for no contact, before every other


class Owing:
    """Parts of a request's verbs, on its held row.

    What is owed follows the status and the evidence: it may be gone over any number of times, and
    whatever became of the request meanwhile, it ends with what it is then.
    """

    def owe_by_status(
        self,
        before: str = "",
        *,
        among: Iterable[int] = (),
        as_before: bool = False,
        by: Any,
        at: datetime,
    ) -> dict[str, int]:
        """What it was is owed no more, what it is now is owed: how many of each, or which job.

        `among`: only to people who asked on these requests, which came to it or left it.
        `as_before`: since when it was owed until it was taken back.
        """
        if not rules.OUTCOMES.intersection((before, self.status)):
            return {}
        how = {"among": sorted(among), "as_before": as_before}
        gone, asked = len(self._owed_wrongly()), 0
        if self.is_settled:
            asked = self.asked_by(how["among"]).values("ticket").distinct().count()
        if gone + asked > AT_ONCE:
            return {"job": self._owe_at_length(gone + asked, how, by=by, at=at).pk}
        went: Counter[str] = Counter()
        cursor: dict[str, Any] | None = {}
        while cursor is not None:
            cursor, some = self.owe_some(cursor, **how, by=by, at=at)
            went.update(some)
        told = {"withdrawn": went["withdrawn"]} if gone or before in rules.OUTCOMES else {}
        return told | ({"owed": went["owed"]} if self.is_settled else {})

    def owe_some(
        self,
        cursor: Mapping[str, Any],
        *,
        among: Iterable[int] = (),
        as_before: bool = False,
        by: Any,
        at: datetime,
    ) -> tuple[dict[str, Any] | None, dict[str, int]]:
        """One step of it: the next cursor, nothing when it is over; and how many of each.

        All tickets of one person are of one step: they are told once.
        """
        if cursor.get("status") != self.status:  # it begins, or became something else meanwhile
            if gone := self._withdraw_some(by=by, at=at):
                return dict(cursor), {"withdrawn": gone}
            if not self.is_settled:
                return None, {}
            cursor = {"status": self.status, "after": NOBODY - 1, "theirs": {}}
        rest = self.asked_by(among).filter(who__gt=cursor["after"]).order_by("who", "ticket")
        some = list(rest.values_list("who", flat=True)[:AT_ONCE])
        went, theirs = {}, cursor["theirs"]
        if some:
            tickets = set(rest.filter(who__lte=some[-1]).values_list("ticket", flat=True))
            owed = OwedAnswer.objects.owe(
                tickets, self.cause(), as_before=as_before, quietly=True, by=by, at=at
            )
            went = {"owed": len(owed), "not to be told": len(tickets) - len(owed)}
            theirs = OwedAnswer.objects.waiting_with(owed, theirs)
        if len(some) == AT_ONCE:
            return {**cursor, "after": some[-1], "theirs": theirs}, went
        if not as_before:  # they heard of it then
            OwedAnswer.objects.tell_assignees(self.cause(), theirs, by=by, at=at)
        return None, went

    def asked_by(self, among: Iterable[int] = ()) -> Any:
        """Its evidence with `who` asked: all, or of people who asked on these requests."""
        asked = self.evidence().annotate(who=WHO)
        if among:
            people = Insight.objects.standing().filter(request__in=among).annotate(who=WHO)
            asked = asked.filter(who__in=set(people.values_list("who", flat=True)))
        return asked

    # --- parts ----------------------------------------------------------------------------------

    def _owe_at_length(self, total: int, how: dict[str, Any], *, by: Any, at: datetime) -> Job:
        """The same by steps (`owing.step`)."""
        return Job.start(
            WORK,
            title=f"Word to whoever asked for “{self.title}”"[:200],
            params={"request": self.pk, **how},
            total=total,
            about=(self.kind, self.pk),
            by=by,
            at=at,
        )

    def _owed_wrongly(self) -> list[tuple[str, int]]:
        """What is owed of something it is not any more, or to who does not ask for it: what it
        became, and on which ticket they asked.
        """
        owed = OwedAnswer.objects.about(self.kind, self.pk).owed()
        found = list(owed.order_by("became", "asked_on").values_list("became", "asked_on"))
        if not found or not self.is_settled:
            return found
        asked = set(self.evidence().values_list("ticket", flat=True))
        return [one for one in found if one[0] != self.status or one[1] not in asked]

    def _withdraw_some(self, *, by: Any, at: datetime) -> int:
        some = self._owed_wrongly()[:AT_ONCE]
        if not some:
            return 0
        became = some[0][0]
        theirs = [ticket for one, ticket in some if one == became]
        gone = OwedAnswer.objects.withdraw(
            self.kind, self.pk, became, asked_on=theirs, by=by, at=at
        )
        return len(gone)


WHO = Coalesce(F("ticket__contact"), Value(NOBODY))
