"""Who gets a ticket: fit to take it, and whose turn it is. Pure.

Load is weighed: an urgent ticket is as much as three. Everybody who is passed over is named with
the reason, so that the answer to "why me?" is complete.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

WEIGHTS: Mapping[str, int] = {"urgent": 3, "high": 2, "normal": 1, "low": 1}
ROUND_ROBIN, LEAST_LOADED = "round_robin", "least_loaded"
WAYS = {ROUND_ROBIN: "round robin", LEAST_LOADED: "whoever carries least"}
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody of a team, as they stand at this instant."""

    person: int
    name: str
    load: int = 0
    cap: int | None = None
    skills: frozenset[str] = frozenset()
    away: str = ""  # why they take nothing now, in words
    last_given: datetime | None = None
    knows: bool = False  # answered this contact before

    @property
    def share(self) -> float:
        """How full they are: of their cap, or in tickets where they have none."""
        return self.load / self.cap if self.cap else float(self.load)


@dataclass(frozen=True, slots=True)
class Choice:
    """Who gets it and why; nobody where nobody is fit."""

    person: int | None
    why: str
    passed: tuple[tuple[str, str], ...] = ()


def weight_of(priority: str) -> int:
    return WEIGHTS.get(priority, 1)


def unfit(one: Candidate, needs: frozenset[str], weight: int) -> str:
    """Why somebody cannot take it; empty when they can."""
    if one.away:
        return one.away
    if lacking := needs - one.skills:
        return f"lacks {', '.join(sorted(lacking))}"
    if one.cap is not None and one.load + weight > one.cap:
        return f"carries {one.load} of {one.cap}"
    return ""


def choose(
    candidates: Iterable[Candidate],
    *,
    way: str = ROUND_ROBIN,
    needs: Iterable[str] = (),
    weight: int = 1,
    sticky: bool = True,
    team: str = "",
) -> Choice:
    """The one whose turn it is among those who are fit."""
    wanted = frozenset(needs)
    fit, passed = [], []
    for one in candidates:
        reason = unfit(one, wanted, weight)
        if reason:
            passed.append((one.name, reason))
        else:
            fit.append(one)
    where = f" in {team}" if team else ""
    skills = f"; skill: {', '.join(sorted(wanted))}" if wanted else ""
    if not fit:
        return Choice(None, f"nobody{where} is free{skills}", tuple(passed))
    known = [one for one in fit if one.knows] if sticky else []
    if known:
        return Choice(known[0].person, f"answered them before{skills}", tuple(passed))
    by_turn = way == ROUND_ROBIN
    taker = min(
        fit,
        key=lambda one: (0.0 if by_turn else one.share, one.last_given or _NEVER, one.person),
    )
    return Choice(taker.person, f"{WAYS[way]}{where}{skills}", tuple(passed))


def given(
    candidates: Sequence[Candidate], choice: Choice, weight: int, at: datetime
) -> list[Candidate]:
    """The same people after one more ticket."""
    return [
        replace(one, load=one.load + weight, last_given=at) if one.person == choice.person else one
        for one in candidates
    ]
