"""How tickets are asked for."""

from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

from apps.accounts.models import User
from apps.outbox.models import StoppedAddress

from ..choices import Sort
from ..keys import keys
from ..rules import passes
from ..rules.moves import UNRESOLVED
from ..rules.words import Question
from .conditions import Viewer, condition_of

OPEN_FOR = timedelta(days=30)  # how long a contact's link is good after the ticket was closed
ORDERS: dict[str, tuple[str, bool]] = {  # field and whether the greatest comes first
    Sort.DUE: ("due_order", False),
    Sort.UPDATED: ("updated_at", True),
    Sort.CREATED: ("reported_at", True),
    Sort.OLDEST: ("reported_at", False),
}


class TicketQuerySet(models.QuerySet):
    """Tickets."""

    def todo(self) -> "TicketQuerySet":
        """Our move: new or open, and not asleep."""
        return self.filter(status__in=["new", "open"], snoozed_until=None)

    def waiting(self) -> "TicketQuerySet":
        """Somebody else's move."""
        return self.filter(status__in=["waiting_customer", "waiting_third_party"])

    def unresolved(self) -> "TicketQuerySet":
        return self.filter(
            status__in=["new", "open", "waiting_customer", "waiting_third_party"],
        )

    def unassigned(self) -> "TicketQuerySet":
        return self.filter(assignee=None)

    def of(self, person: User) -> "TicketQuerySet":
        return self.filter(assignee=person)

    def late(self) -> "TicketQuerySet":
        """A promise is broken and still open."""
        return self.exclude(due_kind="").filter(breached=True, sla_state="breached_open")

    def reportable(self) -> "TicketQuerySet":
        """What counts: neither merged nor duplicate nor spam."""
        return self.exclude(status__in=["merged", "duplicate", "spam"])

    def asleep(self) -> "TicketQuerySet":
        return self.exclude(snoozed_until=None)

    def to_wake(self, at: datetime) -> "TicketQuerySet":
        return self.filter(snoozed_until__lte=at)

    def to_close(self, before: datetime) -> "TicketQuerySet":
        """Resolved long ago, and nobody is owed word there."""
        return self.filter(status="resolved", resolved_at__lt=before, loop_since=None)

    def unanswered_aside(self, at: datetime) -> "TicketQuerySet":
        """Where an answer of somebody else is late, and nobody was told; not what is done."""
        sides = apps.get_model("tickets", "SideConversation").objects.missed(at)
        live = Q(status__in=UNRESOLVED) | Q(merged_into__status__in=UNRESOLVED)
        return self.filter(live, pk__in=sides.values("ticket"))

    def whole(self) -> "TicketQuerySet":
        """With everything its page names, in one query."""
        return self.with_stop().select_related(
            *("customer", "contact", "assignee", "team", "queue", "label"),
            *("component", "capability", "merged_into", "follows"),
        )

    def with_stop(self) -> "TicketQuerySet":
        """`stopped`: whether mail to its contact comes back; why is `ticket.stop`."""
        stops = StoppedAddress.objects.filter(address=OuterRef("contact__email"))
        return self.annotate(stopped=Exists(stops))

    def behind(self, token: str, *, at: datetime) -> Any:
        """The ticket that a contact's link opens; nothing when it opens none, or none any more."""
        numbers = passes.read("ticket", token, keys())
        if not numbers or len(numbers) != 3:
            return None
        pk, contact, generation = numbers
        found = self.select_related("contact", "customer", "queue").filter(pk=pk).first()
        return found if found and found.admits(contact, generation, at=at) else None

    def open_to_contact(self, *, at: datetime) -> "TicketQuerySet":
        """What a contact may still look at, newest first."""
        shut = Q(status="spam") | Q(closed_at__lte=at - OPEN_FOR)
        return self.exclude(shut).select_related("queue", "customer").in_order(Sort.UPDATED)

    # --- lists ------------------------------------------------------------------------------------

    def in_order(self, sort: str, *, backwards: bool = False) -> "TicketQuerySet":
        field, descending = ORDERS[sort]
        sign = "-" if descending != backwards else ""
        return self.order_by(f"{sign}{field}", f"{sign}id")

    def beyond(self, sort: str, at: Any, pk: Any, *, backwards: bool = False) -> "TicketQuerySet":
        """What comes after a place in this order (before it, `backwards`)."""
        field, descending = ORDERS[sort]
        way = TupleLessThan if descending != backwards else TupleGreaterThan
        return self.filter(way(Tuple(F(field), F("id")), (at, pk)))

    def matching(self, question: Question, viewer: User | Viewer) -> "TicketQuerySet":
        """What a person asks for in words; `me` is who asks, days are days where they live."""
        found = self
        for term in question.terms:
            condition = condition_of(term, viewer)
            found = found.exclude(condition) if term.negated else found.filter(condition)
        return found
