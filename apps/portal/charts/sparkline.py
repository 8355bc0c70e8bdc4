"""A line the size of a word."""

from collections.abc import Sequence

from django.utils.safestring import SafeString

from .frame import n, text

WIDTH, HEIGHT = 96, 24


def sparkline(values: Sequence[float | None], title: str) -> SafeString:
    """Values at equal distances; None is a gap in the line."""
    known = [value for value in values if value is not None]
    head = f'<svg class="sparkline" role="img" viewBox="0 0 {WIDTH} {HEIGHT}">'
    head += f"<title>{text(title)}</title>"
    if not known:
        middle = HEIGHT // 2
        line = f'<line class="grid" x1="0" x2="{WIDTH}" y1="{middle}" y2="{middle}"/>'
        return SafeString(f"{head}{line}</svg>")
    low, high = min(known), max(known)
    span = (high - low) or 1.0
    places: list[list[str]] = [[]]
    for number, value in enumerate(values):
        if value is None:
            places.append([])
            continue
        x = 2 + number * (WIDTH - 4) / max(1, len(values) - 1)
        y = HEIGHT - 3 - (value - low) / span * (HEIGHT - 6)
        places[-1].append(f"{n(x)},{n(y)}")
    parts = []
    for piece in filter(None, places):
        if len(piece) == 1:
            x, _, y = piece[0].partition(",")
            parts.append(f'<circle class="dot" cx="{x}" cy="{y}" r="1.5"/>')
        else:
            parts.append(f'<polyline class="series" points="{" ".join(piece)}"/>')
    return SafeString(f"{head}{''.join(parts)}</svg>")
