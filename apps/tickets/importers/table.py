"""A CSV row in the shape of a JSON row: flat names put back into their objects."""

import json
from collections.abc import Mapping
from typing import Any

from apps.customers.importers.reading import Malformed, Unusable

from .rows import NAMES, REQUIRED

_INSIDE = {"contact": ("email", "name"), "customer": ("external_id", "name")}
FLAT: dict[str, tuple[str, ...]] = {
    **{name: (name,) for name in NAMES - set(_INSIDE) - {"events", "fields"}},
    **{f"{one}.{two}": (one, two) for one, names in _INSIDE.items() for two in names},
    **{f"{one}_{two}": (one, two) for one, names in _INSIDE.items() for two in names},
}
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_YES = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False, "": False}


def check_head(names: list[str]) -> None:
    """Refuse a table with names nobody reads, or without those every ticket needs."""
    unknown = [name for name in names if name not in FLAT and not _is_field(name)]
    if unknown:
        raise Unusable(f"The column “{unknown[0][:80]}” is not known.")
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise Unusable(f"The column “{missing[0]}” is missing.")


def _is_field(name: str) -> bool:
    return name == "fields" or (name.startswith(("fields.", "fields_")) and len(name) > 7)


def unfold(cells: Mapping[str, str]) -> dict[str, Any]:
    """The row as JSON would tell it; an empty cell says nothing. Raises `Malformed`."""
    values: dict[str, Any] = {}
    for name, cell in cells.items():
        cell = cell[1:] if _quoted(cell) else cell
        if _is_field(name):
            values.setdefault("fields", {}).update(_fields(name, cell))
            continue
        path = FLAT[name]
        said = cell if name in ("subject", "body") else cell.strip()
        if not said:
            continue
        if len(path) == 2:
            values.setdefault(path[0], {})[path[1]] = said
        elif name == "tags":
            values["tags"] = [tag for tag in said.replace(";", ",").split(",") if tag.strip()]
        elif name == "answered_in_contact":
            if said.lower() not in _YES:
                raise Malformed(name, "true or false is wanted here.")
            values[name] = _YES[said.lower()]
        else:
            values[name] = said
    return values


def _quoted(cell: str) -> bool:
    """Whether an export put a quote before what a spreadsheet would take for a formula."""
    return cell[:1] == "'" and cell[1:].startswith(FORMULA)


def _fields(name: str, cell: str) -> dict[str, Any]:
    """A column of its own for a field, or all of them as one JSON object."""
    if not cell.strip():
        return {}
    if name != "fields":
        return {name[7:]: cell}
    try:
        fields = json.loads(cell)
    except (ValueError, RecursionError):
        raise Malformed("fields", "A JSON object is wanted here.") from None
    if not isinstance(fields, dict):
        raise Malformed("fields", "A JSON object is wanted here.")
    return fields
