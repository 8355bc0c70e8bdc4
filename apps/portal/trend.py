"""A figure's history as a small line: gaps stay gaps, a target is drawn across."""

from collections.abc import Sequence
from itertools import groupby

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT, EDGE = 240.0, 40.0, 3.0


def line(values: Sequence[float | None], *, target: float | None = None) -> SafeString | str:
    """The SVG; nothing while fewer than two values are known."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    low = min(known if target is None else [*known, target])
    high = max(known if target is None else [*known, target])
    paths = format_html_join(
        "", '<polyline class="series" points="{}"/>', ((run,) for run in _runs(values, low, high))
    )
    return format_html(
        '<svg class="sparkline" role="img" aria-label="History of {} days" viewBox="0 0 {} {}"'
        ' preserveAspectRatio="none">{}{}</svg>',
        len(values),
        round(WIDTH),
        round(HEIGHT),
        _target(target, low, high),
        paths,
    )


def _runs(values: Sequence[float | None], low: float, high: float) -> list[str]:
    """Each unbroken stretch as points; a single day is a short dash."""
    step = WIDTH / max(1, len(values) - 1)
    runs = []
    places = [(at * step, value) for at, value in enumerate(values)]
    for known, stretch in groupby(places, key=lambda place: place[1] is not None):
        if known:
            points = [(x, _height(value, low, high)) for x, value in stretch if value is not None]
            if len(points) == 1:
                points.append((points[0][0] + 1, points[0][1]))
            runs.append(" ".join(f"{x:.1f},{y:.1f}" for x, y in points))
    return runs


def _height(value: float, low: float, high: float) -> float:
    share = (value - low) / (high - low) if high > low else 0.5
    return HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE)


def _target(target: float | None, low: float, high: float) -> SafeString | str:
    if target is None:
        return ""
    y = f"{_height(target, low, high):.1f}"
    return format_html('<line class="target" x1="0" x2="{}" y1="{}" y2="{}"/>', round(WIDTH), y, y)
