"""Answers of the Prometheus HTTP API, from whatever server speaks it."""

import math
import re
from collections import defaultdict
from typing import Any

from ..rules import grid, labels
from ..rules.histograms import per_bucket, read_edge
from ..rules.values import LARGEST, State, read_float
from .records import Batch, HistogramTrack, Rejection, Track, Unusable, ascends, settle
from .strict import read_json

MOST_SERIES = 50_000
MOST_POINTS = 11_000
CONFIGURATION = {"bad_data", "execution"}
_NUMERIC = re.compile(r"[0-9eE+\-.NnaAIif,]*")  # of many values at once, joined by commas


def read(body: bytes, *, histogram: bool = False) -> Batch:
    """Samples of a matrix, vector or scalar; raises Unusable where nothing can be believed.

    With `histogram`, series that differ only in `le` are one series of histograms.
    """
    document = read_json(body)
    if not isinstance(document, dict):
        raise Unusable("The answer is not an object.")
    if document.get("status") != "success":
        kind = str(document.get("errorType", "unknown"))[:40]
        said = str(document.get("error", "no reason given"))[:300]
        raise Unusable(
            f"The server refused the query ({kind}): {said}", final=kind in CONFIGURATION
        )
    data = document.get("data")
    if not isinstance(data, dict) or "result" not in data:
        raise Unusable("The answer has no data.")
    batch = Batch(warnings=_warnings(document))
    series = _series(data.get("resultType"), data["result"])
    if len(series) > MOST_SERIES:
        raise Unusable(f"{len(series):,} series; {MOST_SERIES:,} are taken. Narrow the query.")
    if histogram:
        _histograms(series, batch)
    else:
        _tracks(series, batch)
    return batch


def _warnings(document: dict[str, Any]) -> list[str]:
    said = document.get("warnings") or []
    if not isinstance(said, list):
        raise Unusable("The warnings of the answer are not a list.")
    return [str(text)[:500] for text in said[:20]]


def _series(kind: Any, result: Any) -> list[tuple[dict[str, str], list[Any], bool]]:
    """(labels, points, whether native histograms were among them) of any result type."""
    if kind == "scalar":
        return [({}, [result], False)]
    if kind not in ("matrix", "vector"):
        raise Unusable(f"A query of type “{str(kind)[:20]}” has no samples.", final=True)
    if not isinstance(result, list):
        raise Unusable("The result is not a list.")
    found = []
    for item in result:
        if not isinstance(item, dict) or not isinstance(item.get("metric"), dict):
            raise Unusable("A series of the result has no labels.")
        if kind == "matrix":
            points, native = item.get("values", []), "histograms" in item
        else:
            points, native = [item["value"]] if "value" in item else [], "histogram" in item
        if not isinstance(points, list):
            raise Unusable("The values of a series are not a list.")
        if len(points) > MOST_POINTS:
            raise Unusable(f"A series of {len(points):,} points; no server answers that many.")
        found.append((item["metric"], points, native))
    return found


def _tracks(series: list[tuple[dict[str, str], list[Any], bool]], batch: Batch) -> None:
    seen: set[bytes] = set()
    for place, (names, points, native) in enumerate(series, start=1):
        batch.received += len(points)
        if native:
            batch.warnings.append("Native histograms were left out: query their classic buckets.")
        if complaint := labels.complaint(names):
            batch.rejected.append(Rejection(place, "metric", complaint))
            continue
        key = labels.identity(names)
        if key in seen:
            batch.rejected.append(
                Rejection(place, "metric", "differs from another series only in its name.")
            )
            continue
        seen.add(key)
        if points:
            batch.tracks.append(_track(names, points, batch))


def _columns(points: list[Any]) -> tuple[list[float], list[float]]:
    """Times and values of `[[time, "value"], …]`; raises Unusable on the first lie."""
    try:
        times = [at for at, _ in points]
        texts = [text for _, text in points]
        joined = ",".join(texts)
        values = list(map(float, texts))
    except (TypeError, ValueError):
        raise Unusable("A point is not a time and a number as text.") from None
    if not _NUMERIC.fullmatch(joined):
        raise Unusable("A value is not a number as Prometheus writes it.")
    for at in (min(times), max(times)) if all(map(_is_time, times)) else (0,):
        if not grid.EARLIEST <= at < grid.LATEST:
            raise Unusable("A time is no instant between 2000 and 2100.")
    return times, values


def _is_time(at: Any) -> bool:
    return type(at) is int or (type(at) is float and math.isfinite(at))


def _track(names: dict[str, str], points: list[Any], batch: Batch) -> Track:
    times, values = _columns(points)
    if ascends(times) and math.isfinite(sum(values)) and max(map(abs, values)) <= LARGEST:
        return Track(names, times, values)  # type: ignore[arg-type]  # list is invariant
    if not ascends(times):
        batch.warnings.append("Points came out of order or twice; the last of each time was taken.")
    rows = (
        (at, *read_float(value), None, row)
        for row, (at, value) in enumerate(zip(times, values, strict=True), start=1)
    )
    track, _ = settle(names, rows)
    return track


def _histograms(series: list[tuple[dict[str, str], list[Any], bool]], batch: Batch) -> None:
    groups: dict[str, dict[str, Any]] = defaultdict(lambda: {"edges": {}, "sums": {}})
    for place, (names, points, _) in enumerate(series, start=1):
        batch.received += len(points)
        if complaint := labels.complaint(names):
            batch.rejected.append(Rejection(place, "metric", complaint))
            continue
        family = {name: text for name, text in names.items() if name not in ("le", "__name__")}
        group = groups[labels.canonical(family)]
        group["labels"] = family
        if "le" not in names:
            if names.get("__name__", "").endswith("_sum"):
                times, values = _columns(points) if points else ([], [])
                group["sums"] = dict(zip(times, values, strict=True))
            elif not names.get("__name__", "").endswith("_count"):
                batch.rejected.append(Rejection(place, "le", "a histogram series needs `le`."))
            continue
        try:
            edge = read_edge(names["le"])
        except ValueError:
            batch.rejected.append(Rejection(place, "le", f"“{names['le'][:40]}” is no edge."))
            continue
        if edge in group["edges"]:
            batch.rejected.append(Rejection(place, "le", f"the edge {names['le']} came twice."))
            continue
        times, values = _columns(points) if points else ([], [])
        group["edges"][edge] = dict(zip(times, values, strict=True))
    for group in groups.values():
        if group["edges"]:
            _merge_edges(group, batch)


def _merge_edges(group: dict[str, Any], batch: Batch) -> None:
    """One track from the series of its edges; a time that lacks an edge is not believed."""
    edges = sorted(group["edges"])
    if edges[-1] != math.inf or len(edges) < 2:
        batch.rejected.append(Rejection(0, "le", "a histogram needs +Inf and one more edge."))
        return
    columns = [group["edges"][edge] for edge in edges]
    track = HistogramTrack(group["labels"], tuple(edges[:-1]), [], [], [])
    for at in sorted(set().union(*columns)):
        cumulative = [column.get(at) for column in columns]
        if None in cumulative:
            batch.rejected.append(Rejection(0, "le", f"not all buckets are there at {at}."))
            continue
        if not all(map(math.isfinite, cumulative)):
            continue  # a rate over nothing: absent, not zero
        try:
            counts = per_bucket(cumulative)
        except ValueError as error:
            batch.rejected.append(Rejection(0, "le", f"{error} at {at}."))
            continue
        total = group["sums"].get(at)
        known = total is not None and read_float(total)[1] is State.OK
        track.times.append(at)
        track.counts.append(counts)
        track.sums.append(total if known else None)
    if track.times:
        batch.histograms.append(track)
