"""Every definition of the house, filled by each app's `figures.py`."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from .definition import Definition, Measure, UnknownFigure
from .figure import Figure, Window

_definitions: dict[str, Definition] = {}


def define(*, key: str, title: str, formula: str, **words: Any) -> Callable[[Measure], Measure]:
    """Enter a figure in the register: decorates `(window, at, **scope) -> Reading`."""

    def enter(measure: Measure) -> Measure:
        if key in _definitions:
            raise ValueError(f"the figure {key} is defined twice")
        _definitions[key] = Definition(
            key=key, title=title, formula=formula, measure=measure, **words
        )
        return measure

    return enter


def definition(key: str) -> Definition:
    """The definition of that key."""
    try:
        return _definitions[key]
    except KeyError:
        raise UnknownFigure(f"No figure is called {key}.") from None


def definitions() -> list[Definition]:
    """All of them, by key."""
    return [_definitions[key] for key in sorted(_definitions)]


def compute(key: str, *, at: datetime, window: Window | None = None, **scope: str) -> Figure:
    """The figure as it stands."""
    return definition(key).compute(at=at, window=window, **scope)
