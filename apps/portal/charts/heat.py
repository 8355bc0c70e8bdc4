"""Histograms over time: darker where more of them fell; the promise is a line across."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, tzinfo
from math import sqrt

from django.utils.safestring import SafeString

from .frame import Frame, Marker, marks, n, opening, text, time_axis


def heat_map(
    bins: Mapping[float, Sequence[float]],
    bounds: Sequence[float],
    *,
    key: str,
    title: str,
    start: float,
    end: float,
    step: float,
    say: Callable[[float], str],
    target: float | None = None,
    markers: Sequence[Marker] = (),
    zone: tzinfo = UTC,
) -> SafeString:
    """A column for each bin, a row for each bucket, the slowest on top."""
    rows = len(bounds) + 1
    frame = Frame(start, end, 0, rows)
    observations = sum(map(sum, bins.values()))
    said = (
        f"{observations:,.0f} observations in {len(bins)} bins" if bins else "No data in this range"
    )
    parts = [opening(frame, key, title, said)]
    most = max((max(counts) for counts in bins.values()), default=0)
    width = max(frame.x(start + step) - frame.x(start), 1)
    for at, counts in bins.items():
        x, total = frame.x(at), sum(counts)
        for row, count in enumerate(counts):
            if not count or x < frame.left - 0.5:
                continue
            high = (
                f"up to {say(bounds[row])}" if row < len(bounds) else f"more than {say(bounds[-1])}"
            )
            y = frame.y(row + 1)
            parts.append(
                f'<rect class="cell" x="{n(x)}" y="{n(y)}" width="{n(width)}"'
                f' height="{n(frame.y(row) - y)}" fill-opacity="{_depth(count / most)}">'
                f"<title>{text(high)}: {count:,.0f} of {total:,.0f}</title></rect>"
            )
    for row, bound in enumerate(bounds, start=1):
        if rows <= 10 or row % 2 == 0 or bound == target:
            parts.append(
                f'<text class="axis" x="{frame.left - 6}" y="{n(frame.y(row))}" dy="4"'
                f' text-anchor="end">{text(say(bound))}</text>'
            )
    if target is not None and target in bounds:
        y = n(frame.y(list(bounds).index(target) + 1))
        parts.append(f'<line class="target" x1="{frame.left}" x2="{frame.far}" y1="{y}" y2="{y}"/>')
    parts += [time_axis(frame, zone), marks(frame, markers), "</svg>"]
    return SafeString("".join(parts))


def _depth(share: float) -> str:
    """Few are still seen beside many: by the root."""
    return f"{0.08 + 0.92 * sqrt(share):.2f}"
