"""The arithmetic of the support report: ages, and what today will probably break.

A *slack* is how many quarters of an hour before its due instant a clock was stopped, rounded down;
one that broke its promise has the slack `BROKE`.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate

from apps.figures.rules import Z95

DAY = 86_400
AGES: tuple[tuple[str, float, float], ...] = (  # name, from, until; in days
    ("0-1", 0, 1),
    ("1-3", 1, 3),
    ("3-7", 3, 7),
    ("7-30", 7, 30),
    ("30-", 30, math.inf),
)
AGE_NAMES = tuple(name for name, _, _ in AGES)
BOUNDS = tuple(start for _, start, _ in AGES[1:])

QUARTER = 900  # seconds
MOST = 7 * 96  # a week and more is one slack
BROKE = -1
ENOUGH = 20  # fewer say nothing about one kind and priority


def slack_of(seconds: float) -> int:
    """Seconds before due as a slack."""
    return min(math.floor(seconds / QUARTER), MOST)


@dataclass(frozen=True, slots=True)
class Due:
    """Clocks of one kind and priority that are due in the same quarter of an hour."""

    kind: str
    priority: str
    slack: int
    clocks: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """How many of those due will break, and between what with 95 %."""

    due: int
    expected: float
    low: float
    high: float

    def holds(self, broke: int) -> bool:
        """Whether what came lies in the interval."""
        return self.low <= broke <= self.high


@dataclass(slots=True)
class Experience:
    """How clocks ended that were decided before: slacks and how many clocks had each.

    `chance(kind, priority, left)` is the share of the clocks still open with `left` quarters of an
    hour to go that broke. Kinds and priorities with fewer than `ENOUGH` such clocks are judged by
    their kind, and then by everything.
    """

    seen: dict[tuple[str, str], dict[int, int]] = field(default_factory=dict)
    _up_to: dict[tuple[str, str], list[int]] = field(default_factory=dict, compare=False)

    def add(self, kind: str, priority: str, slack: int, clocks: int) -> None:
        for key in ((kind, priority), (kind, ""), ("", "")):
            slacks = self.seen.setdefault(key, {})
            slacks[slack] = slacks.get(slack, 0) + clocks
            self._up_to.pop(key, None)

    def _still_open(self, key: tuple[str, str], left: int) -> int:
        """How many clocks had at most so much slack; added up once."""
        known = self._up_to.get(key)
        if known is None:
            slacks = self.seen.get(key, {})
            known = list(accumulate(slacks.get(slack, 0) for slack in range(BROKE, MOST + 1)))
            self._up_to[key] = known
        return known[min(left, MOST) - BROKE] if left >= BROKE else 0

    def chance(self, kind: str, priority: str, left: int) -> float | None:
        """None when nothing like it was ever seen."""
        for key in ((kind, priority), (kind, ""), ("", "")):
            still_open = self._still_open(key, left)
            if still_open >= (ENOUGH if key[0] else 1):
                return self.seen[key].get(BROKE, 0) / still_open
        return None

    def forecast(self, due: Iterable[Due], capacity: float | None = None) -> Forecast | None:
        """What to expect of these clocks; None when there is no experience to judge by.

        A sum of independent chances, so its variance is Σ p (1 − p); a half is added for whole
        numbers. What is due beyond `capacity` (answers the hours left have usually brought) breaks
        however it went before. The same clocks in another order give the same to the last digit.
        """
        chances = []
        for one in due:
            chance = self.chance(one.kind, one.priority, one.slack)
            if chance is None:
                return None
            chances.append((one.clocks, chance))
        many = sum(clocks for clocks, _ in chances)
        expected = math.fsum(clocks * chance for clocks, chance in chances)
        variance = math.fsum(clocks * chance * (1 - chance) for clocks, chance in chances)
        beyond = max(0.0, many - capacity) if capacity is not None else 0.0
        expected = max(expected, beyond)
        spread = Z95 * math.sqrt(variance) + 0.5
        low = max(0.0, math.ceil(expected - spread))
        return Forecast(many, expected, low, min(float(many), math.floor(expected + spread)))
