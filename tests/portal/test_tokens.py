"""Every ink can be read on every paper it stands on, in both schemes: 4.5 : 1 (WCAG 2.2 AA)."""

import math
import re
from pathlib import Path

import pytest

CSS = Path(__file__).parents[2] / "apps/portal/static/portal/css/tokens.css"
OKLCH = r"oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)"
TOKEN = re.compile(rf"--([\w-]+): light-dark\({OKLCH}, {OKLCH}\);")
TONES = ("calm", "good", "warn", "bad", "muted")

READ_ON = [
    *[("ink", paper) for paper in ("paper", "paper-2", "paper-3", "accent-soft", "warn-soft")],
    *[("ink", f"{tone}-soft") for tone in TONES],
    *[("ink-2", paper) for paper in ("paper", "paper-2", "paper-3", "accent-soft", "warn-soft")],
    *[(tone, f"{tone}-soft") for tone in TONES],
    *[(tone, paper) for tone in TONES for paper in ("paper", "paper-2", "paper-3")],
    *[("accent", paper) for paper in ("paper", "paper-2", "accent-soft")],
    ("on-accent", "accent"),
]
SEEN_ON = [("line-2", "paper"), ("accent", "paper"), ("accent", "paper-2")]  # borders, focus: 3 : 1


def tokens() -> dict[str, tuple[tuple[float, ...], tuple[float, ...]]]:
    found = {}
    for name, *numbers in TOKEN.findall(CSS.read_text()):
        values = [float(number) for number in numbers]
        found[name] = (tuple(values[:3]), tuple(values[3:]))
    return found


def luminance(lightness: float, chroma: float, hue: float) -> float:
    """Relative luminance of an OKLCH colour (Ottosson's matrices), clipped to sRGB."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    x = lightness / 100
    long = (x + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (x - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (x - 0.0894841775 * a - 1.2914855480 * b) ** 3
    rgb = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    red, green, blue = (min(1.0, max(0.0, part)) for part in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other) -> float:
    light, dark = sorted((luminance(*one), luminance(*other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_arithmetic_knows_black_and_white():
    assert contrast((100, 0, 0), (0, 0, 0)) == pytest.approx(21, abs=0.01)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "paper"), READ_ON, ids=lambda name: name)
def test_words_can_be_read(ink, paper, scheme):
    known = tokens()
    assert contrast(known[ink][scheme], known[paper][scheme]) >= 4.5


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("edge", "paper"), SEEN_ON, ids=lambda name: name)
def test_edges_can_be_seen(edge, paper, scheme):
    known = tokens()
    assert contrast(known[edge][scheme], known[paper][scheme]) >= 3


def test_every_colour_is_written_once_for_both_schemes():
    css = CSS.read_text()
    assert len(re.findall(r"oklch\(", css)) - 2 == 2 * len(tokens())  # --lift has two shadows
