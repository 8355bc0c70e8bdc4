"""Inputs for the custom fields of a queue: drawn by their types, read by their keys."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from apps.tickets.choices import FieldType
from apps.tickets.models import CustomField, Queue

PREFIX = "field-"
INPUTS = {FieldType.DATE: "date", FieldType.URL: "url"}
YES_NO = (("true", "Yes"), ("false", "No"))


@dataclass(frozen=True, slots=True)
class Control:
    """One field as an input or a select."""

    field: CustomField
    value: str

    @property
    def name(self) -> str:
        return f"{PREFIX}{self.field.key}"

    @property
    def type(self) -> str:
        return INPUTS.get(FieldType(self.field.type), "text")

    @property
    def said(self) -> str:
        """What it says now, for whoever changed it."""
        words = dict(self.choices).get(self.value, self.value)
        return f"{self.field.label} is {words or 'empty'}"

    @property
    def choices(self) -> list[tuple[str, str]]:
        if self.field.type == FieldType.YES_NO:
            return list(YES_NO)
        return [(option, option) for option in self.field.options]


def controls(queue: Queue | None, values: Mapping[str, Any]) -> list[Control]:
    """The inputs of a queue, with the values there are."""
    return [] if queue is None else controls_of(queue.fields.all(), values)


def controls_of(fields: Iterable[CustomField], values: Mapping[str, Any]) -> list[Control]:
    return [Control(field, _said(values.get(field.key))) for field in fields]


def typed(sent: Mapping[str, str]) -> dict[str, str]:
    """What was typed into them, by key."""
    return {
        name.removeprefix(PREFIX): value for name, value in sent.items() if name.startswith(PREFIX)
    }


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
