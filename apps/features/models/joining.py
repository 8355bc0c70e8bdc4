"""Merging requests that ask for the same, and taking it back."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.tickets.models import OwedAnswer
from apps.timeline.refusal import Refused

from ..choices import Status
from ..rules import OUTCOMES


class Joining:
    """Verbs of a request that make two of them one.

    No insight moves: what was said on a merged request is read through the one it goes on in, so
    that taking it back restores both, with times, importance and snapshots as they were.
    """

    def merge(self, into: Any, *, by: Any, at: datetime) -> None:
        """Go on in another request."""
        if into.pk == self.pk:
            raise Refused("A request cannot be merged into itself.", field="into")
        with transaction.atomic():
            self._hold_both(into)
            if self.status == Status.DUPLICATE:
                raise Refused(f"“{self}” is merged already.")
            if into.status == Status.DUPLICATE:
                raise Refused(f"“{into}” goes on in another request: name that one.", field="into")
            before = self.status
            if before in OUTCOMES:
                OwedAnswer.objects.withdraw(*self.outcome, by=by, at=at)
            type(self).objects.filter(root=self).update(root=into)
            self.merged_into = self.root = into
            self.status = Status.DUPLICATE
            self.save(update_fields=["merged_into", "root", "status"])
            self._tell(into, "joined", by=by, at=at)
            self.record(
                "merged",
                by=by,
                at=at,
                status=[before, self.status],
                merged_into=[None, into.pk],
                title=[self.title, into.title],
            )
            into.owe_since(self.insights.standing(), by=by, at=at)

    def unmerge(self, *, by: Any, at: datetime) -> None:
        """Each has again what was its own."""
        with transaction.atomic():
            self.hold()
            if self.status != Status.DUPLICATE:
                raise Refused("This request is not merged.")
            into = self.root
            self._hold_both(into)
            told = self.timeline().filter(verb="merged").order_by("id").last()
            mine = self._descendants()
            self.merged_into = self.root = None
            self.status = told.data["status"][0]
            self.save(update_fields=["merged_into", "root", "status"])
            type(self).objects.filter(pk__in=mine).update(root=self)
            own = list(self.evidence().values_list("ticket", flat=True))
            if into.status in OUTCOMES:
                theirs = into.evidence().filter(ticket__in=own).values_list("ticket", flat=True)
                only_mine = set(own) - set(theirs)
                OwedAnswer.objects.withdraw(*into.outcome, asked_on=only_mine, by=by, at=at)
            self._tell(into, "parted", by=by, at=at)
            self.record(
                "unmerged",
                by=by,
                at=at,
                activity=told.pk,
                status=[Status.DUPLICATE, self.status],
                merged_into=[into.pk, None],
            )
            self.owe_since(self.evidence(), by=by, at=at)

    # --- parts ----------------------------------------------------------------------------------

    def _hold_both(self, other: Any) -> None:
        """Lock both rows, always in the same order."""
        for request in sorted((self, other), key=lambda one: one.pk):
            request.hold()

    def _tell(self, into: Any, verb: str, *, by: Any, at: datetime) -> None:
        type(self).objects.recount([self.pk, into.pk])
        self.touch(at)
        into.touch(at)
        into.record(verb, by=by, at=at, request=self.pk, title=[None, self.title])

    def _descendants(self) -> list[int]:
        """Those that were merged into it, directly or through others."""
        found: list[int] = []
        level = [self.pk]
        while level:
            below = type(self).objects.filter(merged_into__in=level)
            level = list(below.values_list("pk", flat=True))
            found += level
        return found
