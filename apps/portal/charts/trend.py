"""Lines over time: gaps stay gaps, what is provisional is hatched, colour is never alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from itertools import pairwise

from django.utils.safestring import SafeString

from .frame import Frame, Marker, axes, marks, n, opening, text, ticks

KINDS = 6  # lines that can be told apart by their dashes


@dataclass(frozen=True)
class Series:
    """A line: points (at, value, low, high), ascending; what is missing is not there."""

    name: str
    points: Sequence[tuple[float, float, float, float]]


def trend(
    many: Sequence[Series],
    *,
    key: str,
    title: str,
    start: float,
    end: float,
    step: float,
    say: Callable[[float], str],
    target: float | None = None,
    markers: Sequence[Marker] = (),
    provisional: float | None = None,
    zone: tzinfo = UTC,
    from_zero: bool = False,
) -> SafeString:
    """The chart; `provisional` is the instant from which values may still change."""
    shown = many[:KINDS]
    banded = len(shown) == 1
    values = ticks(*_span(shown, target, banded, from_zero))
    frame = Frame(start, end, values[0], values[-1])
    parts = [opening(frame, key, title, _describe(shown, say)), _hatch(key)]
    parts.append(axes(frame, values, say, zone))
    if len(shown) == 1:
        parts += [_gap(frame, a, b) for a, b in _gaps(shown[0], start, end, step)]
    if provisional is not None and provisional < end:
        x = max(frame.x(provisional), frame.left)
        parts.append(
            f'<rect class="provisional" x="{n(x)}" y="{frame.top}" width="{n(frame.far - x)}"'
            f' height="{frame.floor - frame.top}" fill="url(#{key}-h)">'
            "<title>May still change</title></rect>"
        )
    for number, series in enumerate(shown, start=1):
        for piece in _pieces(series, step):
            parts.append(_piece(frame, piece, number, banded))
    if target is not None:
        y = n(frame.y(target))
        parts.append(
            f'<line class="target" x1="{frame.left}" x2="{frame.far}" y1="{y}" y2="{y}"/>'
            f'<text class="axis" x="{frame.far}" y="{y}" dy="-4" text-anchor="end">'
            f"target {text(say(target))}</text>"
        )
    parts += [marks(frame, markers), "</svg>"]
    return SafeString("".join(parts))


def _span(
    many: Sequence[Series], target: float | None, banded: bool, from_zero: bool
) -> tuple[float, float]:
    edges = [0.0] if from_zero else []
    if target is not None:
        edges.append(target)
    for series in many:
        for _, value, low, high in series.points:
            edges += (low, high) if banded else (value,)
    if not edges:
        return 0.0, 1.0
    low, high = min(edges), max(edges)
    if 0 < low < high * 0.5:
        low = 0.0
    return low, high


def _describe(many: Sequence[Series], say: Callable[[float], str]) -> str:
    said = []
    for series in many:
        if series.points:
            values = [point[1] for point in series.points]
            said.append(
                f"{series.name}: last {say(values[-1])}, between {say(min(values))}"
                f" and {say(max(values))}"
            )
        else:
            said.append(f"{series.name}: no data")
    return "; ".join(said) or "No data in this range"


def _hatch(key: str) -> str:
    return (
        f'<defs><pattern id="{key}-h" width="6" height="6" patternUnits="userSpaceOnUse"'
        ' patternTransform="rotate(45)"><line class="hatch" x1="0" x2="0" y1="0" y2="6"/>'
        "</pattern></defs>"
    )


def _gaps(series: Series, start: float, end: float, step: float) -> list[tuple[float, float]]:
    """Stretches without a point, also before the first and after the last."""
    times = [start - step, *(point[0] for point in series.points), end]
    return [(a + step, b) for a, b in pairwise(times) if b - a > step * 1.5]


def _gap(frame: Frame, a: float, b: float) -> str:
    x, end = max(frame.x(a), frame.left), min(frame.x(b), frame.far)
    return (
        f'<rect class="gap" x="{n(x)}" y="{frame.top}" width="{n(max(end - x, 1))}"'
        f' height="{frame.floor - frame.top}"><title>No data</title></rect>'
    )


def _pieces(series: Series, step: float) -> list[list[tuple[float, float, float, float]]]:
    """The line cut where points are missing."""
    pieces: list[list[tuple[float, float, float, float]]] = []
    for point in series.points:
        if pieces and point[0] - pieces[-1][-1][0] <= step * 1.5:
            pieces[-1].append(point)
        else:
            pieces.append([point])
    return pieces


def _piece(frame: Frame, piece: Sequence, number: int, banded: bool) -> str:
    if len(piece) == 1:
        at, value, *_ = piece[0]
        place = f'cx="{n(frame.x(at))}" cy="{n(frame.y(value))}"'
        return f'<circle class="dot" data-n="{number}" {place} r="2"/>'
    parts = []
    if banded and any(low != high for _, _, low, high in piece):
        above = [f"{n(frame.x(at))},{n(frame.y(high))}" for at, _, _, high in piece]
        below = [f"{n(frame.x(at))},{n(frame.y(low))}" for at, _, low, _ in reversed(piece)]
        parts.append(f'<polygon class="area" points="{" ".join(above + below)}"/>')
    line = " ".join(f"{n(frame.x(at))},{n(frame.y(value))}" for at, value, *_ in piece)
    parts.append(f'<polyline class="series" data-n="{number}" points="{line}"/>')
    return "".join(parts)
