"""Bars side by side, each possibly of several parts."""

from collections.abc import Callable, Sequence

from django.utils.safestring import SafeString

from .frame import Frame, n, opening, text, ticks

Part = tuple[str, float]  # good, calm, warn, bad, muted, empty; amount


def bars(
    many: Sequence[tuple[str, Sequence[Part]]],
    *,
    key: str,
    title: str,
    say: Callable[[float], str],
    target: float | None = None,
) -> SafeString:
    """A stacked bar for each label."""
    totals = [sum(amount for _, amount in parts) for _, parts in many]
    values = ticks(0, max([*totals, target or 0, 0]) or 1)
    frame = Frame(0, max(len(many), 1), 0, values[-1])
    said = "; ".join(
        f"{label}: {say(total)}" for (label, _), total in zip(many, totals, strict=True)
    )
    drawn = [opening(frame, key, title, said or "No data")]
    for value in values:
        y = n(frame.y(value))
        drawn.append(
            f'<line class="grid" x1="{frame.left}" x2="{frame.far}" y1="{y}" y2="{y}"/>'
            f'<text class="axis" x="{frame.left - 6}" y="{y}" dy="4" text-anchor="end">'
            f"{text(say(value))}</text>"
        )
    every = -(-len(many) // 8) if many else 1
    for place, (label, parts) in enumerate(many):
        x, end = frame.x(place + 0.15), frame.x(place + 0.85)
        base = 0.0
        for name, amount in parts:
            top = frame.y(base + amount)
            drawn.append(
                f'<rect data-part="{text(name)}" x="{n(x)}" y="{n(top)}" width="{n(end - x)}"'
                f' height="{n(frame.y(base) - top)}"><title>{text(label)}: {text(say(amount))}'
                "</title></rect>"
            )
            base += amount
        if place % every == 0:
            drawn.append(
                f'<text class="axis" x="{n((x + end) / 2)}" y="{frame.height - 6}"'
                f' text-anchor="middle">{text(label)}</text>'
            )
    if target is not None:
        y = n(frame.y(target))
        drawn.append(f'<line class="target" x1="{frame.left}" x2="{frame.far}" y1="{y}" y2="{y}"/>')
    return SafeString("".join([*drawn, "</svg>"]))
