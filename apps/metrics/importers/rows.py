"""Rows of a database query: `ts, value, label columns…`, or `ts, counts, sum, label columns…`."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ..rules import grid, labels
from ..rules.values import State, read_float
from .records import Batch, HistogramTrack, Rejection, Unusable, settle


def read(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Batch:
    """Samples; every column that is not ts or value is a label."""
    _need(columns, "ts", "value")
    batch = Batch()
    points: dict[str, list[tuple[float, float | None, int, int | None, int]]] = defaultdict(list)
    kept: dict[str, dict[str, str]] = {}
    for number, row in enumerate(rows, start=1):
        batch.received += 1
        cells = dict(zip(columns, row, strict=True))
        try:
            at = _instant(cells.pop("ts"))
            value, state = _value(cells.pop("value"))
            names = _labels(cells)
        except ValueError as error:
            batch.rejected.append(Rejection(number, *error.args))
            continue
        key = labels.canonical(names)
        kept[key] = names
        points[key].append((at, value, int(state), None, number))
    for key, found in points.items():
        track, replaced = settle(kept[key], found)
        batch.tracks.append(track)
        batch.repeated.extend(replaced)
    return batch


def read_histograms(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], bounds: Sequence[float]
) -> Batch:
    """Histograms; `counts` holds one number more than there are bounds."""
    _need(columns, "ts", "counts")
    batch = Batch()
    found: dict[str, dict[float, tuple[list[float], float | None]]] = defaultdict(dict)
    kept: dict[str, dict[str, str]] = {}
    for number, row in enumerate(rows, start=1):
        batch.received += 1
        cells = dict(zip(columns, row, strict=True))
        try:
            at = _instant(cells.pop("ts"))
            counts = _counts(cells.pop("counts"), len(bounds) + 1)
            total, state = _value(cells.pop("sum", None))
            names = _labels(cells)
        except ValueError as error:
            batch.rejected.append(Rejection(number, *error.args))
            continue
        key = labels.canonical(names)
        kept[key] = names
        found[key][at] = (counts, total if state is State.OK else None)
    for key, points in found.items():
        times = sorted(points)
        batch.histograms.append(
            HistogramTrack(
                kept[key],
                tuple(bounds),
                times,
                [points[at][0] for at in times],
                [points[at][1] for at in times],
            )
        )
    return batch


def _need(columns: Sequence[str], *names: str) -> None:
    for name in names:
        if name not in columns:
            raise Unusable(f"The query yields no column “{name}”.", final=True)
    if len(set(columns)) != len(columns):
        raise Unusable("The query yields a column twice.", final=True)


def _instant(cell: Any) -> float:
    if not isinstance(cell, datetime):
        raise ValueError("ts", "the time is no timestamp.")
    at = (cell if cell.tzinfo else cell.replace(tzinfo=UTC)).timestamp()
    if not grid.EARLIEST <= at < grid.LATEST:
        raise ValueError("ts", "the time is not between 2000 and 2100.")
    return at


def _value(cell: Any) -> tuple[float | None, State]:
    if cell is None:
        return None, State.MISSING
    if isinstance(cell, bool) or not isinstance(cell, int | float | Decimal):
        raise ValueError("value", "the value is no number.")
    return read_float(float(cell))


def _counts(cell: Any, length: int) -> list[float]:
    if not isinstance(cell, list | tuple) or len(cell) != length:
        raise ValueError("counts", f"the counts are not a list of {length}.")
    counts = []
    for part in cell:
        value, state = _value(part)
        if state is not State.OK or value is None or value < 0:
            raise ValueError("counts", "a count is missing or negative.")
        counts.append(value)
    return counts


def _labels(cells: dict[str, Any]) -> dict[str, str]:
    names = {name: str(cell) for name, cell in cells.items() if cell is not None}
    if complaint := labels.complaint(names):
        raise ValueError("labels", complaint)
    return names
