"""Charts as SVG text: drawn by the server, coloured by classes, readable without seeing them."""

from .bars import bars
from .frame import Marker
from .heat import heat_map
from .sparkline import sparkline
from .trend import Series, trend
from .week import week_map
from .whiskers import Whisker, whiskers

__all__ = [
    "Marker",
    "Series",
    "Whisker",
    "bars",
    "heat_map",
    "sparkline",
    "trend",
    "week_map",
    "whiskers",
]
