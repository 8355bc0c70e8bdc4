"""What was expected, between what, and what came: a whisker with two marks for each label."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from .frame import Frame, n, opening, text, ticks


@dataclass(frozen=True)
class Whisker:
    """One label: the interval, its middle, and what came."""

    label: str
    low: float
    middle: float
    high: float
    came: float

    @property
    def held(self) -> bool:
        return self.low <= self.came <= self.high


def whiskers(
    many: Sequence[Whisker], *, key: str, title: str, say: Callable[[float], str]
) -> SafeString:
    """Misses are filled squares, hits open rings: the shape says it, not only the colour."""
    values = ticks(0, max([*(max(one.high, one.came) for one in many), 1]))
    frame = Frame(0, max(len(many), 1), 0, values[-1])
    held = sum(one.held for one in many)
    parts = [opening(frame, key, title, f"{held} of {len(many)} within the interval")]
    for value in values:
        y = n(frame.y(value))
        parts.append(
            f'<line class="grid" x1="{frame.left}" x2="{frame.far}" y1="{y}" y2="{y}"/>'
            f'<text class="axis" x="{frame.left - 6}" y="{y}" dy="4" text-anchor="end">'
            f"{text(say(value))}</text>"
        )
    every = -(-len(many) // 10) if many else 1
    for place, one in enumerate(many):
        x = frame.x(place + 0.5)
        parts.append(
            f"<g><title>{text(one.label)}: expected {text(say(one.middle))}"
            f" ({text(say(one.low))} – {text(say(one.high))}), came {text(say(one.came))}</title>"
            f'<rect data-part="empty" x="{n(x - 5)}" width="10" y="{n(frame.y(one.high))}"'
            f' height="{n(max(frame.y(one.low) - frame.y(one.high), 2))}" rx="2"/>'
            f'<line class="series" x1="{n(x - 5)}" x2="{n(x + 5)}" y1="{n(frame.y(one.middle))}"'
            f' y2="{n(frame.y(one.middle))}"/>{_mark(frame, x, one)}</g>'
        )
        if place % every == 0:
            parts.append(
                f'<text class="axis" x="{n(x)}" y="{frame.height - 6}" text-anchor="middle">'
                f"{text(one.label)}</text>"
            )
    return SafeString("".join([*parts, "</svg>"]))


def _mark(frame: Frame, x: float, one: Whisker) -> str:
    y = frame.y(one.came)
    if one.held:
        return f'<circle class="ring" cx="{n(x)}" cy="{n(y)}" r="3.5"/>'
    return f'<rect data-part="bad" x="{n(x - 3.5)}" y="{n(y - 3.5)}" width="7" height="7"/>'
