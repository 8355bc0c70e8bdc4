"""Merging incidents that are one trouble, and taking it back."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce

from apps.tickets.models import OwedAnswer, Ticket
from apps.timeline.models import Activity
from apps.timeline.refusal import Refused

from ..choices import State
from .link import IncidentTicket
from .update import IncidentUpdate


class Joining:
    """Verbs of an incident that make two of them one.

    Its tickets and its updates, with what they promise, go on in the other one, and each remembers
    where it was first; a ticket that both have stays with either. So taking it back gives each its
    own again, at any time, through merges that came after.
    """

    def merge(self, into: Any, *, by: Any, at: datetime) -> Activity:
        """Go on in another incident, which is led, promised and ended from now on."""
        if into.pk == self.pk:
            raise Refused("An incident cannot be merged into itself.", field="into")
        with transaction.atomic():
            self._hold_both(into)
            if into.state == State.MERGED:
                raise Refused(f"{into} goes on in another one: name that one.", field="into")
            if self.private != into.private:
                raise Refused(
                    "One of them is private: make both private, or neither.", field="into"
                )
            before = self.state
            self.withdraw_answers(by=by, at=at)
            numbers = self._hand_on(into)
            if not into.is_open:
                into.end_promises(at=at)
                into.owe_answers(by=by, at=at, as_before=True)
            self.state, self.merged_into = State.MERGED, into
            self.save(update_fields=["state", "merged_into"])
            _tell_tickets(numbers, self, into, by=by, at=at)
            into.record("joined", by=by, at=at, incident=self.pk, reason=self.title)
            return self.record(
                "merged",
                by=by,
                at=at,
                state=[before, self.state],
                merged_into=[None, into.pk],
                reason=f"into incident {into.pk}",
            )

    def unmerge(self, *, by: Any, at: datetime) -> Activity:
        """Each has again what was its own; what came since stays where it came."""
        with transaction.atomic():
            self.hold(merged=True)
            if self.state != State.MERGED:
                raise Refused("This incident is not merged.")
            into = self.goes_on
            self._hold_both(into, merged=True)
            told = self.timeline().filter(verb="merged").latest("id")
            self.state, self.merged_into = told.data["state"][0], None
            self.save(update_fields=["state", "merged_into"])
            numbers = self._take_home(into)
            if self.is_open:
                self.renew_promises(told.at)
            if not into.is_open:
                into._owe_no_more(numbers, by=by, at=at)
            if not self.is_open:
                self.owe_answers(by=by, at=at, as_before=True)
            _tell_tickets(numbers, into, self, by=by, at=at)
            into.record("parted", by=by, at=at, incident=self.pk, reason=self.title)
            return self.record(
                "unmerged",
                by=by,
                at=at,
                activity=told.pk,
                state=[State.MERGED, self.state],
                merged_into=[into.pk, None],
                reason=f"from incident {into.pk}",
            )

    @property
    def goes_on(self) -> Any:
        """Itself, or what it was merged into at last."""
        found = self
        while found.merged_into_id:
            found = found.merged_into
        return found

    def merged_here(self) -> list[Any]:
        """Those that were merged into it, directly or through others."""
        found: list[Any] = []
        level = [self.pk]
        while level:
            below = list(type(self).objects.filter(merged_into__in=level).order_by("pk"))
            level = [one.pk for one in below]
            found += below
        return found

    # --- parts, on held rows --------------------------------------------------------------------

    def _hold_both(self, other: Any, *, merged: bool = False) -> None:
        """Lock both rows, always in the same order."""
        for one in sorted((self, other), key=lambda one: one.pk):
            one.hold(merged=merged or one is other)

    def _hand_on(self, into: Any) -> list[int]:
        """What is its own goes on there; the tickets that do."""
        first = Coalesce(F("origin"), Value(self.pk))
        theirs = into.links.values("ticket")
        going = self.links.exclude(ticket__in=theirs)
        numbers = sorted(going.values_list("ticket", flat=True))
        self.links.of(numbers).update(incident=into, origin=first)
        self.updates.update(incident=into, origin=first)
        return numbers

    def _take_home(self, into: Any) -> list[int]:
        """What was first of it, or of one that is merged into it; the tickets that come back."""
        family = [self.pk, *(one.pk for one in self.merged_here())]
        kept = self.links.values("ticket")
        coming = IncidentTicket.objects.filter(incident=into, origin__in=family)
        numbers = sorted(coming.exclude(ticket__in=kept).values_list("ticket", flat=True))
        coming.of(numbers).update(incident=self)
        IncidentUpdate.objects.filter(incident=into, origin__in=family).update(incident=self)
        for rows in (self.links, self.updates):
            rows.filter(origin=self.pk).update(origin=None)
        return numbers

    def _owe_no_more(self, tickets: Iterable[int], *, by: Any, at: datetime) -> None:
        """Of its end nobody is told who was not hit by it."""
        for became in set(self.answers().owed().values_list("became", flat=True)):
            OwedAnswer.objects.withdraw(self.kind, self.pk, became, asked_on=tickets, by=by, at=at)


def _tell_tickets(numbers: list[int], left: Any, came: Any, *, by: Any, at: datetime) -> None:
    """Each ticket remembers of which incident it is now."""
    moved = {"incident": [left.pk, came.pk]}
    Ticket.record_each("incident_moved", dict.fromkeys(numbers, moved), by=by, at=at)
