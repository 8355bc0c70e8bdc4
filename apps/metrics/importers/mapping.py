"""Any JSON over HTTP, read through a mapping of JMESPath expressions."""

import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from ..rules import labels as naming
from ..rules.values import State, read_float, read_text
from .instants import FORMATS, read_instant
from .records import Batch, Rejection, Unusable, settle
from .strict import read_json

MOST_ROWS = 500_000


@dataclass(frozen=True)
class Mapping:
    """Where rows, time, value and labels are found."""

    rows: str
    ts: str
    value: str
    labels: dict[str, str] = field(default_factory=dict)
    form: str = "rfc3339"

    @classmethod
    def of(cls, given: Any) -> "Mapping":
        """From what a person typed; raises ValueError with a sentence."""
        if not isinstance(given, dict):
            raise ValueError("The mapping is an object with rows, ts and value.")
        unknown = set(given) - {"rows", "ts", "value", "labels", "form"}
        if unknown:
            raise ValueError(f"The mapping does not know “{min(unknown)}”.")
        names = given.get("labels", {})
        if not isinstance(names, dict):
            raise ValueError("The labels of the mapping are an object: name to expression.")
        for place in ("rows", "ts", "value"):
            if not isinstance(given.get(place), str):
                raise ValueError(f"The mapping says nothing of “{place}”.")
        for expression in (given["rows"], given["ts"], given["value"], *names.values()):
            try:
                jmespath.compile(expression)
            except (JMESPathError, TypeError) as error:
                said = str(error).splitlines()[0]
                raise ValueError(f"“{expression}” is not a JMESPath expression: {said}") from None
        form = given.get("form", "rfc3339")
        if form not in FORMATS:
            raise ValueError(f"The time format is one of {', '.join(FORMATS)}.")
        return cls(given["rows"], given["ts"], given["value"], dict(names), form)


def read(body: bytes, mapping: Mapping) -> Batch:
    """Samples of a JSON answer; a row that cannot be read is rejected, the others are taken."""
    document = read_json(body)
    rows = _search(mapping.rows, document)
    if rows is None:
        raise Unusable(f"“{mapping.rows}” finds nothing in the answer.")
    if not isinstance(rows, list):
        raise Unusable(f"“{mapping.rows}” finds no list in the answer.", final=True)
    if len(rows) > MOST_ROWS:
        raise Unusable(f"{len(rows):,} rows; {MOST_ROWS:,} are taken.")
    batch = Batch(received=len(rows))
    points: dict[str, list[tuple[float, float | None, int, int | None, int]]] = defaultdict(list)
    kept: dict[str, dict[str, str]] = {}
    for number, row in enumerate(rows, start=1):
        column = "ts"
        try:
            at = _instant(_search(mapping.ts, row), mapping.form)
            column = "value"
            value, state = _value(_search(mapping.value, row))
            column = "labels"
            names = {name: _label(_search(path, row)) for name, path in mapping.labels.items()}
            if complaint := naming.complaint(names):
                raise ValueError(complaint)
        except ValueError as error:
            batch.rejected.append(Rejection(number, column, str(error)))
            continue
        key = naming.canonical(names)
        kept[key] = names
        points[key].append((at, value, int(state), None, number))
    for key, found in points.items():
        track, replaced = settle(kept[key], found)
        batch.tracks.append(track)
        batch.repeated.extend(replaced)
    return batch


def _search(expression: str, document: Any) -> Any:
    try:
        return jmespath.search(expression, document)
    except JMESPathError as error:
        raise Unusable(f"“{expression}”: {str(error).splitlines()[0]}", final=True) from None


def _instant(found: Any, form: str) -> float:
    if found is None:
        raise ValueError("there is no time.")
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        raise ValueError("the time is neither text nor number.")
    if isinstance(found, int | float):
        if form == "rfc3339":
            raise ValueError("the time is a number: choose epoch or epoch_ms.")
        return read_instant(repr(found), form=form)
    return read_instant(found, form=form)


def _value(found: Any) -> tuple[float | None, State]:
    if found is None:
        return None, State.MISSING
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        raise ValueError("the value is neither number nor text.")
    if isinstance(found, str):
        return read_text(found)
    try:
        value = float(found)
    except OverflowError:
        value = math.inf
    return read_float(value)


def _label(found: Any) -> str:
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        raise ValueError("a label is neither text nor number.")
    return str(found)
