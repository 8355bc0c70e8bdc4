"""One figure by itself, as the page that explains it asks for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode

from apps.figures.definition import UnknownFigure
from apps.figures.figure import Figure, Window
from apps.figures.registry import definition

from .forecast import SPAN
from .models import Measured, Subject

EVER = datetime(1970, 1, 1, tzinfo=UTC)  # for both ends of a window that moves with the clock
_LONGEST = Measured._meta.get_field("asked").max_length


@dataclass(frozen=True, slots=True)
class Explained:
    """A figure of a window or, where none is named, of its own as of when it is measured."""

    key: str
    window: Window | None
    scope: Mapping[str, str]

    @classmethod
    def of(cls, row: Measured) -> Self:
        scope = dict(parse_qsl(row.asked))
        window = None if row.end == EVER else Window(row.start, row.end)
        return cls(scope.pop("figure"), window, scope)

    @property
    def columns(self) -> dict[str, Any]:
        """Raises `UnknownFigure` for words too long to be any scope."""
        asked = urlencode({"figure": self.key, **self.scope})
        if len(asked) > _LONGEST:
            raise UnknownFigure(f"{self.key} has no such scope.")
        start, end = (self.window.start, self.window.end) if self.window else (EVER, EVER)
        return {
            "subject": Subject.FIGURE,
            "place": "",
            "start": start,
            "end": end,
            "asked": asked,
        }

    def since(self, at: datetime) -> datetime:
        """From when on tickets concern it."""
        if self.window:
            return self.window.start
        return at - (definition(self.key).window or SPAN)

    def measure(self, at: datetime) -> dict[str, Any]:
        """The answer as JSON carries it; that there is none is one too."""
        try:
            return self.now(at).as_dict()
        except UnknownFigure as unknown:
            return {"unknown": str(unknown)}

    def now(self, at: datetime) -> Figure:
        """Measured here and now. Raises `UnknownFigure`."""
        return definition(self.key).compute(at=at, window=self.window, **self.scope)

    @staticmethod
    def read(told: dict[str, Any]) -> Figure:
        """What was measured. Raises `UnknownFigure`."""
        if "unknown" in told:
            raise UnknownFigure(told["unknown"])
        return Figure.from_dict(told)
