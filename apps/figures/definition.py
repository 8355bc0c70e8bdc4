"""What a figure means: formula, target, doubts; and how it is measured."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from .figure import Figure, Reading, Window
from .reasons import reason
from .rows import Rows
from .rules import Better, judge

Measure = Callable[..., Reading]


class UnknownFigure(LookupError):
    """No app defines a figure of this key, or it has no such scope."""


@dataclass(frozen=True, slots=True)
class Definition:
    """What a figure means, whoever reads it."""

    key: str
    title: str
    formula: str
    measure: Measure
    unit: str = "count"
    better: Better = Better.HIGHER
    target: float | None = None
    window: timedelta | None = None  # None: it speaks of the instant
    minimum_n: int = 0
    minimum_coverage: float = 0.0
    freshness: timedelta | None = None  # None: it is computed from our own rows
    owner: str = ""
    version: int = 1
    inputs: tuple[str, ...] = ()
    exclusions: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    rows: Callable[..., Rows] | None = None
    reads: str = "figures.read"  # the permission that the rows behind it need
    heavy: bool = False  # it counts all that came in its window: seconds where that is much

    def compute(self, *, at: datetime, window: Window | None = None, **scope: str) -> Figure:
        """Measure and judge; `window` defaults to the definition's own, ending now."""
        window = self._window(window, at)
        reading = self.measure(window, at, **self._known(scope))
        return self._judged(reading, window, at, scope)

    def read(
        self, found: Reading, *, at: datetime, window: Window | None = None, **scope: str
    ) -> Figure:
        """Judge what was already found, for pages that measure many at once."""
        return self._judged(found, window, at, self._known(scope))

    def rows_of(self, *, at: datetime, window: Window | None = None, **scope: str) -> Rows | None:
        """The records behind it."""
        if self.rows is None:
            return None
        return self.rows(self._window(window, at), at, **self._known(scope))

    def _window(self, window: Window | None, at: datetime) -> Window | None:
        if window is None and self.window is not None:
            return Window.last(self.window, at=at)
        return window

    def _known(self, scope: Mapping[str, str]) -> Mapping[str, str]:
        if unknown := set(scope) - set(self.scope):
            raise UnknownFigure(f"{self.key} has no scope {', '.join(sorted(unknown))}.")
        return scope

    def _judged(
        self, found: Reading, window: Window | None, at: datetime, scope: Mapping[str, str]
    ) -> Figure:
        target = self.target if found.target is None else found.target
        better = found.better or self.better
        unit = found.unit or self.unit
        as_of = found.as_of or at
        state = found.state or judge(
            found.value,
            interval=found.interval,
            target=target,
            better=better,
            n=found.n,
            minimum_n=self.minimum_n,
            coverage=found.coverage,
            minimum_coverage=self.minimum_coverage,
            age=at - as_of,
            freshness=self.freshness,
            finished=window is None or window.end <= at,
        )
        return Figure(
            key=self.key,
            title=found.title or self.title,
            value=found.value,
            numerator=found.numerator,
            denominator=found.denominator,
            unit=unit,
            window=window,
            n=found.n,
            interval=found.interval,
            coverage=found.coverage,
            as_of=as_of,
            version=self.version,
            state=state,
            reason=found.reason
            or reason(
                state,
                value=found.value,
                unit=unit,
                interval=found.interval,
                target=target,
                better=better,
                n=found.n,
                minimum_n=self.minimum_n,
                coverage=found.coverage,
                age=at - as_of,
            ),
            target=target,
            better=better,
            scope=tuple(sorted(scope.items())),
        )
