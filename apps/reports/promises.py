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
    """How the clocks of a window came out, by kind; and first responses that were never given
    because the ticket was resolved."""

    of: dict[str, Outcomes]
    unanswered: int

    @property
    def all(self) -> Outcomes:
        return sum(self.of.values(), Outcomes())

    def kind(self, kind: str) -> Outcomes:
        return self.of.get(kind, Outcomes())


def compared(asked: Asked, window: Window, *, since: datetime) -> tuple[Came, Came]:
    """The part of the window from `since` on, and the part before it: three queries for both."""
    counts: tuple[dict, dict] = ({}, {})
    unanswered = [0, 0]
    for late, kind, state, count in _decided(asked, window, since):
        outcomes = counts[not late].setdefault(kind, {})
        name = "met" if state == State.MET else "breached"
        outcomes[name] = outcomes.get(name, 0) + count
    for late, kind, count in _waived(asked, window, since):
        counts[not late][kind]["breached"] -= count
        counts[not late][kind]["waived"] = count
    for late, kind, reason, count in _cancelled(asked, window, since):
        outcomes = counts[not late].setdefault(kind, {})
        outcomes["cancelled"] = outcomes.get("cancelled", 0) + count
        if kind == Kind.FIRST_RESPONSE and reason not in ENDED:
            unanswered[not late] += count
    now, before = (
        Came({kind: Outcomes(**one) for kind, one in found.items()}, never)
        for found, never in zip(counts, unanswered, strict=True)
    )
    return now, before


def _decided(asked: Asked, window: Window, since: datetime) -> QuerySet[Any, Any]:
    found = asked.of_clocks(Clock.objects.decided_in(window.start, window.end)).order_by()
    return found.values_list(_late("decided_at", since), "kind", "state").annotate(many=Count("*"))


def _waived(asked: Asked, window: Window, since: datetime) -> QuerySet[Any, Any]:
    found = asked.of_clocks(Clock.objects.decided_in(window.start, window.end)).order_by()
    chosen = found.breached().filter(ticket__in=Waiver.objects.values("ticket")).waived()
    return chosen.values_list(_late("decided_at", since), "kind").annotate(many=Count("*"))


def _cancelled(asked: Asked, window: Window, since: datetime) -> QuerySet[Any, Any]:
    found = asked.of_clocks(
        Clock.objects.filter(
            stopped_at__gte=window.start, stopped_at__lt=window.end, state=State.CANCELLED
        )
    ).order_by()
    return found.values_list(_late("stopped_at", since), "kind", "reason").annotate(many=Count("*"))


def _late(column: str, since: datetime) -> ExpressionWrapper:
    return ExpressionWrapper(Q(**{f"{column}__gte": since}), output_field=BooleanField())
