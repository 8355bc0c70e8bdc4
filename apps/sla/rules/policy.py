"""What a policy version promises: a target and a row of the pause matrix for each kind of clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from apps.sla.rules.words import KINDS, RESOLUTION, WAITING_CUSTOMER

USUAL_PAUSES: Mapping[str, frozenset[str]] = {RESOLUTION: frozenset({WAITING_CUSTOMER})}
"""What pauses where a policy does not say: only resolution, while waiting for the customer."""


class Step(NamedTuple):
    """A warning step: `above`/`below` of the target, and `offset` working seconds more."""

    above: int
    below: int = 1
    offset: int = 0

    def need(self, target: int) -> int:
        """The first whole working second that is not before the step."""
        return max(-(-target * self.above // self.below) + self.offset, 0)


class Term(NamedTuple):
    """What holds for one kind of clock at one priority; no target, no clock.

    `around_the_clock`: its target counts every second, whatever the policy's calendar says.
    """

    target: int | None
    pauses: frozenset[str]
    warn: tuple[Step, ...]
    around_the_clock: bool
    needs: tuple[int, ...]
    """After how many seconds of the target each warning comes: told once, asked of every clock."""


Terms = tuple[Term, ...]
"""One `Term` for each of `KINDS`, in their order."""


@dataclass(frozen=True, eq=False)
class Policy:
    """One version of a policy. Targets are working seconds; pauses are sets of statuses.

    `around_the_clock` names targets that count every second, by the priority that has them ("" for
    those of any) and the kind; all others count by the calendar.
    """

    targets: Mapping[str, int]
    by_priority: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    pauses: Mapping[str, frozenset[str]] = field(default_factory=dict)
    warn: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)
    around_the_clock: frozenset[tuple[str, str]] = frozenset()
    counts_updates: bool = True  # whether an incident's update answers the tickets it reaches
    _terms: dict[str, Terms] = field(default_factory=dict, init=False, repr=False)

    def terms(self, priority: str) -> Terms:
        """What holds at this priority: its own targets where it has some, else the policy's.

        A target brings its hours along.
        """
        found = self._terms.get(priority)
        if found is None:
            own = self.by_priority.get(priority, {})
            found = self._terms[priority] = tuple(
                self._term(priority if kind in own else "", kind, own.get(kind)) for kind in KINDS
            )
        return found

    def _term(self, priority: str, kind: str, own: int | None) -> Term:
        target = self.targets.get(kind) if own is None else own
        warn = self.warn.get(kind, ())
        return Term(
            target,
            self.pauses.get(kind, USUAL_PAUSES.get(kind, frozenset())),
            warn,
            target is not None and (priority, kind) in self.around_the_clock,
            () if target is None else tuple(step.need(target) for step in warn),
        )
