"""Samples a program sends us: `[{"ts", "value", "labels"?, "n"?}, …]`."""

from collections import defaultdict
from typing import Any

from ..rules import labels
from ..rules.values import State, read_float, read_text
from .instants import read_instant
from .records import Batch, Rejection, settle

MOST_POINTS = 50_000


def read(points: list[Any]) -> Batch:
    """The points of one metric; each bad one is rejected by its place."""
    batch = Batch(received=len(points))
    found: dict[str, list[tuple[float, float | None, int, int | None, int]]] = defaultdict(list)
    kept: dict[str, dict[str, str]] = {}
    for number, point in enumerate(points, start=1):
        try:
            at, value, state, size, names = _point(point)
        except ValueError as error:
            batch.rejected.append(Rejection(number, *error.args))
            continue
        key = labels.canonical(names)
        kept[key] = names
        found[key].append((at, value, int(state), size, number))
    for key, rows in found.items():
        track, replaced = settle(kept[key], rows)
        batch.tracks.append(track)
        batch.repeated.extend(replaced)
    return batch


def _point(point: Any) -> tuple[float, float | None, State, int | None, dict[str, str]]:
    if not isinstance(point, dict):
        raise ValueError("", "a point is an object.")
    if unknown := set(point) - {"ts", "value", "labels", "n"}:
        raise ValueError(str(min(unknown))[:40], "is not known.")
    if not isinstance(point.get("ts"), str):
        raise ValueError("ts", "the time is text like 2026-03-01T12:00:00Z.")
    try:
        at = read_instant(point["ts"])
    except ValueError as error:
        raise ValueError("ts", str(error)) from None
    value, state = _value(point)
    names = point.get("labels", {})
    if not isinstance(names, dict):
        raise ValueError("labels", "labels are an object.")
    if complaint := labels.complaint(names):
        raise ValueError("labels", complaint)
    size = point.get("n")
    if size is not None and (type(size) is not int or not 0 <= size < 10**15):
        raise ValueError("n", "n is a count.")
    return at, value, state, size, names


def _value(point: dict[str, Any]) -> tuple[float | None, State]:
    if "value" not in point:
        raise ValueError("value", "is missing; null says that there is none.")
    given = point["value"]
    if given is None:
        return None, State.MISSING
    if isinstance(given, str):
        try:
            return read_text(given)
        except ValueError as error:
            raise ValueError("value", str(error)) from None
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise ValueError("value", "is no number.")
    try:
        return read_float(float(given))
    except OverflowError:
        raise ValueError("value", "is too large.") from None
