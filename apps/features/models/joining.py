"""Merging requests that ask for the same, and taking it back."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.timeline.models import Activity
from apps.timeline.refusal import Refused

from ..choices import Status


class Joining:
    """Verbs of a request that make two of them one.

    No insight moves: what was said on a merged request is read through the one it goes on in, so
    that taking it back restores both, with times, importance and snapshots as they were.
    """

    def merge(self, into: Any, *, by: Any, at: datetime) -> Activity:
        """Go on in another request, as which those who asked for it are told from now on."""
        if into.pk == self.pk:
            raise Refused("A request cannot be merged into itself.", field="into")
        with transaction.atomic():
            self._hold_both(into)
            if self.status == Status.DUPLICATE:
                raise Refused(f"“{self}” is merged already.")
            if into.status == Status.DUPLICATE:
                raise Refused(f"“{into}” goes on in another request: name that one.", field="into")
            before = self.status
            family = [self.pk, *self._descendants()]
            type(self).objects.filter(root=self).update(root=into)
            self.merged_into = self.root = into
            self.status = Status.DUPLICATE
            self.save(update_fields=["merged_into", "root", "status"])
            gone = self.owe_by_status(before, by=by, at=at)
            came = into.owe_by_status(among=family, by=by, at=at)
            self._tell(into, "joined", by=by, at=at, **came)
            return self.record(
                "merged",
                by=by,
                at=at,
                status=[before, self.status],
                merged_into=[None, into.pk],
                title=[self.title, into.title],
                **gone,
            )

    def unmerge(self, *, by: Any, at: datetime) -> Activity:
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
            gone = into.owe_by_status(among=[self.pk, *mine], by=by, at=at)
            came = self.owe_by_status(as_before=True, by=by, at=at)
            self._tell(into, "parted", by=by, at=at, **gone)
            return self.record(
                "unmerged",
                by=by,
                at=at,
                activity=told.pk,
                status=[Status.DUPLICATE, self.status],
                merged_into=[into.pk, None],
                **came,
            )

    # --- parts ----------------------------------------------------------------------------------

    def _hold_both(self, other: Any) -> None:
        """Lock both rows, always in the same order."""
        for request in sorted((self, other), key=lambda one: one.pk):
            request.hold()

    def _tell(self, into: Any, verb: str, *, by: Any, at: datetime, **data: Any) -> None:
        type(self).objects.recount([self.pk, into.pk])
        self.touch(at)
        into.touch(at)
        into.record(verb, by=by, at=at, request=self.pk, title=[None, self.title], **data)

    def _descendants(self) -> list[int]:
        """Those that were merged into it, directly or through others."""
        found: list[int] = []
        level = [self.pk]
        while level:
            below = type(self).objects.filter(merged_into__in=level)
            level = list(below.values_list("pk", flat=True))
            found += level
        return found
