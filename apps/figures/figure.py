"""A number that says how far it can be trusted."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Self
from urllib.parse import urlencode

from . import words
from .rules import (
    Better,
    Interval,
    State,
    quantile,
    quantile_interval,
    ratio,
    wilson,
)


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open stretch of time."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError("a window ends after it starts")

    @classmethod
    def last(cls, span: timedelta, *, at: datetime) -> Self:
        """The stretch that ends now."""
        return cls(at - span, at)

    @property
    def span(self) -> timedelta:
        return self.end - self.start

    def __str__(self) -> str:
        return words.length(self.span)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a definition's function found, before it is judged.

    `state` and `reason` are given where the function already knows them (nothing instrumented, an
    import failed). `title`, `unit`, `better` and `target` speak for definitions whose words live in
    a record, such as a metric's.
    """

    value: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    n: int | None = None
    interval: Interval | None = None
    coverage: float | None = None
    as_of: datetime | None = None
    state: State | None = None
    reason: str = ""
    title: str = ""
    unit: str = ""
    better: Better | None = None
    target: float | None = None

    @classmethod
    def share(cls, numerator: float, denominator: float, **more: Any) -> Self:
        """A proportion with its Wilson interval; of nothing it is no number."""
        return cls(
            value=ratio(numerator, denominator),
            numerator=numerator,
            denominator=denominator,
            n=int(denominator),
            interval=wilson(numerator, denominator),
            **more,
        )

    @classmethod
    def quantile(cls, values: Sequence[float], q: float, **more: Any) -> Self:
        """A quantile of ascending values with its order-statistic interval."""
        return cls(
            value=quantile(values, q),
            n=len(values),
            interval=quantile_interval(values, q),
            **more,
        )

    @classmethod
    def count(cls, number: float, **more: Any) -> Self:
        """A full count: exact, so without an interval."""
        return cls(value=number, **more)

    @classmethod
    def missing(cls, state: State, reason: str, **more: Any) -> Self:
        """No number, and why."""
        return cls(state=state, reason=reason, **more)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with everything needed to doubt it."""

    key: str
    title: str
    value: float | None
    numerator: float | None
    denominator: float | None
    unit: str
    window: Window | None
    n: int | None
    interval: Interval | None
    coverage: float | None
    as_of: datetime
    version: int
    state: State
    reason: str
    target: float | None
    better: Better
    scope: tuple[tuple[str, str], ...] = ()

    @property
    def words(self) -> str:
        """The value with its unit, or a dash: an unknown number is never shown as one."""
        return words.amount(self.value if self.state.counts else None, self.unit)

    @property
    def target_words(self) -> str:
        """`≥ 95 %`, or nothing."""
        if self.target is None:
            return ""
        sign = "≥" if self.better is Better.HIGHER else "≤"
        return f"{sign}{words.THIN}{words.amount(self.target, self.unit)}"

    @property
    def interval_words(self) -> str:
        """`92.1 % – 97.4 %`, or nothing."""
        if self.interval is None:
            return ""
        return " – ".join(words.amount(end, self.unit) for end in self.interval)

    @property
    def address(self) -> str:
        """Where it is explained."""
        query = f"?{urlencode(self.scope)}" if self.scope else ""
        return f"/figures/{self.key}/{query}"

    def as_dict(self) -> dict[str, Any]:
        """As JSON carries it; an unbounded end of the interval is null."""
        plain = asdict(self)
        plain["window"] = self.window and {
            "from": self.window.start.isoformat(),
            "to": self.window.end.isoformat(),
        }
        plain["interval"] = self.interval and [
            end if math.isfinite(end) else None for end in self.interval
        ]
        plain["as_of"] = self.as_of.isoformat()
        plain["scope"] = dict(self.scope)
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Back from JSON, exactly."""
        window, interval = plain["window"], plain["interval"]
        instant = datetime.fromisoformat
        known = dict(plain) | {
            "window": window and Window(instant(window["from"]), instant(window["to"])),
            "interval": interval
            and (
                -math.inf if interval[0] is None else interval[0],
                math.inf if interval[1] is None else interval[1],
            ),
            "as_of": instant(plain["as_of"]),
            "state": State(plain["state"]),
            "better": Better(plain["better"]),
            "scope": tuple(sorted(plain["scope"].items())),
        }
        return cls(**known)
