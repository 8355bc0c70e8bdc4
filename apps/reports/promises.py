"""How promises came out, over the clocks decided in a window."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from apps.figures.figure import Reading, Window
from apps.sla import compliance
from apps.sla.models import Clock

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
    """Kind → how its clocks came out: a query an outcome."""
    found: dict[str, dict[str, int]] = {}
    for outcome in compliance.OUTCOMES:
        clocks = behind(asked, window, outcome).select_related(None).order_by()
        for kind, count in clocks.values_list("kind").annotate(Count("pk")):
            found.setdefault(kind, {})[outcome] = count
    return {kind: Outcomes(**counts) for kind, counts in found.items()}
