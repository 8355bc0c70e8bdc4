"""The hours of a week: darker where more happened."""

from collections.abc import Callable, Sequence
from math import sqrt

from django.utils.safestring import SafeString

from .frame import Frame, n, opening, text

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def week_map(
    counts: Sequence[Sequence[float]], *, key: str, title: str, say: Callable[[float], str]
) -> SafeString:
    """Seven rows of 24 hours, from Monday."""
    frame = Frame(0, 24, 0, 7, height=7 * 26 + 40, left=40)
    most = max((max(row) for row in counts), default=0)
    at = max(
        ((row[hour], day, hour) for day, row in enumerate(counts) for hour in range(24)),
        default=(0, 0, 0),
    )
    said = f"Most: {DAYS[at[1]]} {at[2]:02d}:00, {say(at[0])}" if most else "No data"
    parts = [opening(frame, key, title, said)]
    width = n(frame.x(1) - frame.x(0) - 2)
    for day, row in enumerate(counts):
        y = frame.y(7 - day)
        height = frame.y(6 - day) - y - 2
        parts.append(
            f'<text class="axis" x="{frame.left - 6}" y="{n(y + height / 2)}" dy="4"'
            f' text-anchor="end">{DAYS[day]}</text>'
        )
        for hour, count in enumerate(row):
            share = count / most if most else 0
            shade = f' fill-opacity="{0.08 + 0.92 * sqrt(share):.2f}"' if count else ""
            kind = "cell" if count else "gap"
            parts.append(
                f'<rect class="{kind}" x="{n(frame.x(hour))}" y="{n(y)}" width="{width}"'
                f' height="{n(height)}" rx="2"{shade}><title>{DAYS[day]} {hour:02d}:00:'
                f" {text(say(count))}</title></rect>"
            )
    parts += [
        f'<text class="axis" x="{n(frame.x(hour))}" y="{frame.height - 6}">{hour:02d}</text>'
        for hour in range(0, 24, 3)
    ]
    return SafeString("".join([*parts, "</svg>"]))
