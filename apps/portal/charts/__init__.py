"""Charts as SVG text: drawn by the server, coloured by classes, readable without seeing them."""

from .bars import bars
from .frame import Marker
from .heat import heat_map
from .sparkline import sparkline
from .trend import Series, trend

__all__ = ["Marker", "Series", "bars", "heat_map", "sparkline", "trend"]
