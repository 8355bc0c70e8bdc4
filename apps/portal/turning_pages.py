"""Pages of a list that runs from the newest row back, turned by the row's number."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

SIZE = 50


@dataclass(frozen=True, slots=True)
class NewestFirst:
    """One page, and the cursors of its neighbours; empty where there is none."""

    rows: list[Any] = field(default_factory=list)
    before: str = ""
    after: str = ""
    said: str = ""

    @classmethod
    def of(cls, found: QuerySet, request: HttpRequest, size: int = SIZE) -> "NewestFirst":
        """The page the address asks for by `after` or `before`; a cursor that is none starts over.

        One query, however deep.
        """
        after, before = (_number(request.GET.get(name)) for name in ("after", "before"))
        if before is not None:
            rows = list(found.filter(pk__gt=before).order_by("pk")[: size + 1])
            more, rows = len(rows) > size, rows[:size][::-1]
            return cls(rows, _key(rows[:1] if more else []), _key(rows[-1:]))
        found = found.filter(pk__lt=after) if after is not None else found
        rows = list(found.order_by("-pk")[: size + 1])
        more, rows = len(rows) > size, rows[:size]
        return cls(
            rows,
            _key(rows[:1] if after is not None else []),
            _key(rows[-1:] if more else []),
        )


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else None


def _key(rows: list[Any]) -> str:
    return str(rows[0].pk) if rows else ""
