"""The records behind a figure, a page at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class Row:
    """One record behind a figure."""

    label: str
    url: str
    cells: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """The records behind a figure, newest key first, and how one is shown."""

    queryset: QuerySet[Any]
    head: tuple[str, ...]  # of the label and the cells
    show: Callable[[Any], Row]
    key: str = "pk"

    def page(self, after: Any = None, size: int = 50) -> tuple[list[Row], Any]:
        """One keyset page and the key to continue after, if there is more."""
        found = self.queryset.order_by(f"-{self.key}")
        if after is not None:
            found = found.filter(**{f"{self.key}__lt": after})
        records = list(found[: size + 1])
        more = getattr(records[size - 1], self.key) if len(records) > size else None
        return [self.show(record) for record in records[:size]], more
