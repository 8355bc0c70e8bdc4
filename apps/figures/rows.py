"""The records behind a figure, a page at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
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

    def page(self, after: str = "", size: int = 50) -> tuple[list[Row], str]:
        """One keyset page and the key to continue after; ValueError for a key that is none."""
        found = self.queryset.order_by(f"-{self.key}")
        if after:
            found = found.filter(**{f"{self.key}__lt": self._key(after)})
        records = list(found[: size + 1])
        more = str(getattr(records[size - 1], self.key)) if len(records) > size else ""
        return [self.show(record) for record in records[:size]], more

    def _key(self, after: str) -> Any:
        meta = self.queryset.model._meta
        field = meta.pk if self.key == "pk" else meta.get_field(self.key)
        try:
            return field.to_python(after)
        except ValidationError as error:
            raise ValueError(f"{after!r} is no key of these rows") from error
