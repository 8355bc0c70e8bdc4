"""Which tickets an incident caused; both remember."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import models, transaction

from apps.tickets.models import Ticket
from apps.timeline.models import Activity
from apps.timeline.refusal import Refused

from .link import IncidentTicket

MOST = 1000  # tickets that one word links


class Linking:
    """Verbs of an incident about its tickets."""

    def link(self, tickets: models.QuerySet, *, by: Any, at: datetime) -> Activity:
        """These tickets are of it; those that are already stay so."""
        with transaction.atomic():
            self.hold()
            return self._link(tickets, by=by, at=at, verb="linked")

    def unlink(self, tickets: models.QuerySet, *, by: Any, at: datetime) -> Activity:
        """They have nothing to do with it after all."""
        with transaction.atomic():
            self.hold()
            return self._unlink(tickets, by=by, at=at, verb="unlinked")

    def undo_link(self, told: Activity, *, by: Any, at: datetime) -> Activity:
        """On a held row: the tickets of one such change, as they were before it."""
        tickets = Ticket.objects.filter(pk__in=told.data["tickets"]["numbers"])
        back = self._unlink if told.verb == "linked" else self._link
        return back(tickets, by=by, at=at, verb="undone", activity=told.pk)

    # --- parts ------------------------------------------------------------------------------------

    def _link(
        self, tickets: models.QuerySet, *, by: Any, at: datetime, verb: str, **more: Any
    ) -> Activity:
        numbers = _held(tickets)
        known = set(self.links.of(numbers).values_list("ticket", flat=True))
        fresh = [number for number in numbers if number not in known]
        if not fresh:
            many = "They are all" if len(numbers) > 1 else "It is"
            raise Refused(f"{many} linked to it already.", code="unchanged", field="tickets")
        IncidentTicket.objects.bulk_create(
            IncidentTicket(incident=self, ticket_id=number, linked_by=by, linked_at=at)
            for number in fresh
        )
        return self._tell_both(verb, "incident_linked", fresh, by=by, at=at, **more)

    def _unlink(
        self, tickets: models.QuerySet, *, by: Any, at: datetime, verb: str, **more: Any
    ) -> Activity:
        numbers = _held(tickets)
        gone = self.links.of(numbers)
        linked = sorted(gone.values_list("ticket", flat=True))
        if not linked:
            raise Refused("It is not linked to it.", code="unchanged", field="tickets")
        gone.delete()
        return self._tell_both(verb, "incident_unlinked", linked, by=by, at=at, **more)

    def _tell_both(
        self, verb: str, theirs: str, numbers: Sequence[int], *, by: Any, at: datetime, **more: Any
    ) -> Activity:
        told = {number: {"incident": self.pk} for number in numbers}
        Ticket.record_each(theirs, told, by=by, at=at)
        many = "1 ticket" if len(numbers) == 1 else f"{len(numbers)} tickets"
        linked = {"numbers": list(numbers)}
        return self.record(verb, by=by, at=at, tickets=linked, reason=many, **more)


def _held(tickets: models.QuerySet) -> list[int]:
    """Their numbers; the rows stay until the links stand."""
    held = tickets.order_by("pk").select_for_update(of=("self",), no_key=True)
    numbers = list(held.values_list("pk", flat=True)[: MOST + 1])
    if not numbers:
        raise Refused("Pick some tickets first.", field="tickets")
    if len(numbers) > MOST:
        raise Refused(f"{MOST:,} tickets are the most at once.", field="tickets")
    return numbers
