"""How promises came out, over the clocks decided in a window."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    BooleanField,
    Count,
    ExpressionWrapper,
    Q,
    QuerySet,
)

from apps.figures.figure import Reading, Window
from apps.sla import compliance
from apps.sla.choices import Kind, State
from apps.sla.models import Clock, Waiver
from apps.tickets.rules.moves import ENDED

from .asked import Asked


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How the clocks of one kind came out."""

    met: int = 0
    breached: int = 0
    waived: int = 0
    cancelled: int = 0

    @property
    def kept(self) -> Reading:
        return Reading.share(self.met, self.met + self.breached)

    @property
    def strictly(self) -> Reading:
        """A waived breach counts as one."""
        return Reading.share(self.met, self.met + self.breached + self.waived)

    def __add__(self, other: "Outcomes") -> "Outcomes":
        return Outcomes(
            *(getattr(self, name) + getattr(other, name) for name in compliance.OUTCOMES)
        )


def behind(asked: Asked, window: Window, outcome: str, kind: str = "") -> QuerySet[Clock]:
    """The clocks that came out so."""
    return asked.of_clocks(compliance.clocks_behind(window, outcome, kind=kind))


def outcomes(asked: Asked, window: Window) -> dict[str, Outcomes]:
    """Kind → how its clocks came out in the window."""
    return compared(asked, window, since=window.start)[0].of


@dataclass(frozen=True, slots=True)
class Came:
    """How the clocks of a window came out, by kind; how those that started in it did so far; and
    first responses that were never given because the ticket was resolved."""

    of: dict[str, Outcomes]
    started: dict[str, Outcomes]
    unanswered: int

    @property
    def all(self) -> Outcomes:
        return sum(self.of.values(), Outcomes())

    def kind(self, kind: str) -> Outcomes:
        return self.of.get(kind, Outcomes())

    def cohort(self, kind: str) -> Outcomes:
        return self.started.get(kind, Outcomes())


def compared(asked: Asked, window: Window, *, since: datetime) -> tuple[Came, Came]:
    """The part of the window from `since` on, and the part before it: five queries for both."""
    decided = asked.of_clocks(Clock.objects.decided_in(window.start, window.end)).order_by()
    counts = _by_outcome(decided, "decided_at", since)
    cohorts = _by_outcome(started(asked, window), "started_at", since)
    unanswered = [0, 0]
    for late, kind, reason, count in _cancelled(asked, window, since):
        outcomes = counts[not late].setdefault(kind, {})
        outcomes["cancelled"] = outcomes.get("cancelled", 0) + count
        if kind == Kind.FIRST_RESPONSE and reason not in ENDED:
            unanswered[not late] += count
    now, before = (
        Came(_told(found), _told(cohort), never)
        for found, cohort, never in zip(counts, cohorts, unanswered, strict=True)
    )
    return now, before


def started(asked: Asked, window: Window) -> QuerySet[Clock]:
    """The clocks of a cohort: begun in the window, decided whenever."""
    found = Clock.objects.filter(
        started_at__gte=window.start,
        started_at__lt=window.end,
        state__in=[State.MET, State.BREACHED_OPEN, State.BREACHED_CLOSED],
        repeats=False,
    )
    return asked.of_clocks(found).order_by()


Counts = dict[str, dict[str, int]]  # by kind and outcome


def _told(counts: Counts) -> dict[str, Outcomes]:
    return {kind: Outcomes(**one) for kind, one in counts.items()}


def _by_outcome(found: QuerySet[Clock], instant: str, since: datetime) -> tuple[Counts, Counts]:
    """Met, breached and waived, from `since` on and before."""
    counts: tuple[Counts, Counts] = ({}, {})
    late = ExpressionWrapper(Q(**{f"{instant}__gte": since}), output_field=BooleanField())
    for is_late, kind, state, count in found.values_list(late, "kind", "state").annotate(
        many=Count("*")
    ):
        outcomes = counts[not is_late].setdefault(kind, {})
        name = "met" if state == State.MET else "breached"
        outcomes[name] = outcomes.get(name, 0) + count
    chosen = found.breached().filter(ticket__in=Waiver.objects.values("ticket")).waived()
    for is_late, kind, count in chosen.values_list(late, "kind").annotate(many=Count("*")):
        counts[not is_late][kind]["breached"] -= count
        counts[not is_late][kind]["waived"] = count
    return counts


def _cancelled(asked: Asked, window: Window, since: datetime) -> QuerySet[Any, Any]:
    found = asked.of_clocks(
        Clock.objects.filter(
            stopped_at__gte=window.start, stopped_at__lt=window.end, state=State.CANCELLED
        )
    ).order_by()
    late = ExpressionWrapper(Q(stopped_at__gte=since), output_field=BooleanField())
    return found.values_list(late, "kind", "reason").annotate(many=Count("*"))
