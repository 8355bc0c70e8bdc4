"""The paper a chart is drawn on: scales, ticks, words."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from html import escape

_STEPS = (300, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600)
_SAME = 1e-9  # a difference that no axis can show


@dataclass(frozen=True)
class Marker:
    """Something that happened: an instant, or a stretch."""

    at: float
    title: str
    letter: str = ""
    until: float | None = None


@dataclass(frozen=True)
class Frame:
    """Where values and instants fall on the paper."""

    start: float
    end: float
    low: float
    high: float
    width: int = 760
    height: int = 240
    left: int = 64
    right: int = 12
    top: int = 16
    bottom: int = 24

    def x(self, at: float) -> float:
        share = (at - self.start) / ((self.end - self.start) or 1)
        return self.left + share * (self.width - self.left - self.right)

    def y(self, value: float) -> float:
        share = (value - self.low) / ((self.high - self.low) or 1)
        return self.height - self.bottom - share * (self.height - self.top - self.bottom)

    @property
    def floor(self) -> int:
        return self.height - self.bottom

    @property
    def far(self) -> int:
        return self.width - self.right


def n(value: float) -> str:
    """A coordinate: one decimal, no trailing zero."""
    return f"{value:.1f}".removesuffix(".0")


def text(value: str) -> str:
    return escape(value, quote=True)


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers (1, 2 or 5 times a power of ten) from at or below low to at or above high."""
    if not (math.isfinite(low) and math.isfinite(high)) or high - low <= _SAME * max(1, abs(low)):
        high = low + (abs(low) if abs(low) > _SAME else 1.0)
    rough = (high - low) / max(1, most - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(place * step, 12) for place in range(first, last + 1)]


def time_ticks(start: float, end: float, zone: tzinfo, most: int = 8) -> list[tuple[float, str]]:
    """Instants on round hours or midnights of the zone, with words for them."""
    span = end - start
    step = next((s for s in _STEPS if span / s <= most), _STEPS[-1])
    found = []
    shift = _offset(start, zone)
    at = math.ceil((start + shift) / step) * step - shift
    while at <= end:
        moved = at + shift - _offset(at, zone)  # clocks may have been moved within the range
        local = datetime.fromtimestamp(moved, zone)
        if start <= moved <= end:
            plain = step < 86_400 and (local.hour or local.minute)
            words = f"{local:%H:%M}" if plain else f"{local.day} {local:%b}"
            found.append((moved, words))
        at += step
    return found


def _offset(at: float, zone: tzinfo) -> float:
    offset = datetime.fromtimestamp(at, zone).utcoffset()
    return offset.total_seconds() if offset else 0.0


def opening(frame: Frame, key: str, title: str, description: str) -> str:
    """The svg element with its name and description for whoever does not see it."""
    return (
        f'<svg role="img" viewBox="0 0 {frame.width} {frame.height}"'
        f' aria-labelledby="{key}-t" aria-describedby="{key}-d">'
        f'<title id="{key}-t">{text(title)}</title><desc id="{key}-d">{text(description)}</desc>'
    )


def axes(
    frame: Frame,
    values: Sequence[float],
    say: Callable[[float], str],
    zone: tzinfo = UTC,
) -> str:
    """Grid lines with their values, and the instants below."""
    parts = []
    for value in values:
        y = n(frame.y(value))
        parts.append(f'<line class="grid" x1="{frame.left}" x2="{frame.far}" y1="{y}" y2="{y}"/>')
        parts.append(
            f'<text class="axis" x="{frame.left - 6}" y="{y}" dy="4" text-anchor="end">'
            f"{text(say(value))}</text>"
        )
    return "".join(parts) + time_axis(frame, zone)


def time_axis(frame: Frame, zone: tzinfo) -> str:
    return "".join(
        f'<text class="axis" x="{n(frame.x(at))}" y="{frame.height - 6}" text-anchor="middle">'
        f"{text(words)}</text>"
        for at, words in time_ticks(frame.start, frame.end, zone)
    )


def marks(frame: Frame, markers: Sequence[Marker]) -> str:
    """A line for each instant, a tinted stretch for each that lasted, each with its words."""
    parts = []
    for marker in markers:
        x = max(frame.x(marker.at), float(frame.left))
        if marker.until is not None and marker.until > marker.at:
            end = min(frame.x(marker.until), float(frame.far))
            parts.append(
                f'<rect class="stretch" x="{n(x)}" width="{n(max(end - x, 1))}" y="{frame.top}"'
                f' height="{frame.floor - frame.top}"><title>{text(marker.title)}</title></rect>'
            )
        parts.append(
            f"<g><title>{text(marker.title)}</title>"
            f'<line class="marker" x1="{n(x)}" x2="{n(x)}" y1="{frame.top}" y2="{frame.floor}"/>'
            f'<text class="axis" x="{n(x)}" y="{frame.top - 4}" text-anchor="middle">'
            f"{text(marker.letter)}</text></g>"
        )
    return "".join(parts)
