"""How incidents, their tickets and their updates are asked for."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Case, Count, Exists, Min, OuterRef, Q, QuerySet, Subquery, When

from apps.tickets.letters import UNDO

from .choices import Reach
from .rules import OPEN


class IncidentQuerySet(QuerySet):
    """Incidents."""

    def visible_to(self, person: Any) -> "IncidentQuerySet":
        """Private ones are seen by those who may, and by whoever leads them."""
        if person.may("incidents.private"):
            return self
        return self.filter(Q(private=False) | Q(commander=person.pk))

    def open(self) -> "IncidentQuerySet":
        return self.filter(state__in=OPEN)

    def over(self) -> "IncidentQuerySet":
        """But for those that go on in another one."""
        return self.going_on().exclude(state__in=OPEN)

    def going_on(self) -> "IncidentQuerySet":
        """Whatever was not merged into another."""
        return self.filter(merged_into=None)

    def worst_first(self) -> "IncidentQuerySet":
        return self.order_by("severity", "-pk")

    def with_people(self) -> "IncidentQuerySet":
        return self.select_related("commander")

    def with_promise(self, audience: str = "") -> "IncidentQuerySet":
        """`promised_at`: when the next word is due first, to anybody or to one audience."""
        updates = self.model.updates.rel.related_model.objects
        promises = updates.promised().filter(incident=OuterRef("pk"))
        if audience:
            promises = promises.filter(audience=audience)
        first = promises.order_by().values("incident").annotate(at=Min("next_at")).values("at")
        return self.annotate(promised_at=Subquery(first))

    def hitting(self, customer: Any) -> "IncidentQuerySet":
        """Those a customer's tickets are of, the newest first; `theirs` counts these tickets, and
        `told` with `told_at` is the last that customers of it heard on one of them.
        """
        update = self.model.updates.rel.related_model
        heard = update.objects.standing().filter(
            incident=OuterRef("pk"),
            items__ticket__customer=customer,
            items__reach__in=[Reach.TOLD, Reach.BESIDE],
        )
        last = heard.newest_first()
        return (
            self.going_on()
            .filter(links__ticket__customer=customer)
            .annotate(
                theirs=Count("links", distinct=True),
                told=Subquery(last.values("text")[:1]),
                told_at=Subquery(last.values("at")[:1]),
            )
            .order_by("-pk")
        )

    def like(self, title: str) -> "IncidentQuerySet":
        """Open ones first, then by how alike their titles are."""
        first = Case(When(state__in=OPEN, then=0), default=1)
        return self.order_by(first, TrigramSimilarity("title", title).desc(), "-pk")

    def with_merged(self) -> "IncidentQuerySet":
        """`absorbs`: whether others were merged into it."""
        merged = self.model.objects.filter(merged_into=OuterRef("pk"))
        return self.annotate(absorbs=Exists(merged))

    def named_like(self, words: str) -> "IncidentQuerySet":
        """By number or by words of its title."""
        number = words.strip().lstrip("#")
        if number.isascii() and number.isdecimal() and len(number) < 19:
            return self.filter(Q(pk=int(number)) | Q(title__icontains=words))
        return self.filter(title__icontains=words)


class UpdateQuerySet(QuerySet):
    """Updates of incidents."""

    def standing(self) -> "UpdateQuerySet":
        """Those nobody has taken back."""
        return self.filter(undone_at=None)

    def promised(self) -> "UpdateQuerySet":
        """Those after which more is due still."""
        return self.filter(next_at__isnull=False, answered_at=None, undone_at=None)

    def overdue(self, *, at: datetime) -> "UpdateQuerySet":
        return self.promised().filter(next_at__lte=at)

    def promised_on(self, ticket: int, *, at: datetime) -> datetime | None:
        """When the contact of a ticket was promised to hear more; of what has left already."""
        told = self.promised().filter(
            at__lte=at - UNDO,
            items__ticket=ticket,
            items__reach__in=[Reach.TOLD, Reach.BESIDE],
            incident__private=False,
        )
        return told.aggregate(first=Min("next_at"))["first"]

    def newest_first(self) -> "UpdateQuerySet":
        return self.order_by("-at", "-pk")


class LinkQuerySet(QuerySet):
    """Tickets of incidents."""

    def of(self, ticket_ids: Iterable[int]) -> "LinkQuerySet":
        return self.filter(ticket__in=list(ticket_ids))


class CadenceQuerySet(QuerySet):
    """How often is promised to write."""

    def minutes(self, severity: str, audience: str) -> int | None:
        """Between two updates; None where nothing is promised."""
        found = self.filter(severity=severity, audience=audience).values_list("minutes", flat=True)
        return found.first()

    def of(self, severity: str) -> dict[str, int]:
        """Audience → minutes."""
        return dict(self.filter(severity=severity).values_list("audience", "minutes"))
