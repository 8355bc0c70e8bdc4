"""How tickets are asked for, and the words in them."""

from .conditions import Viewer
from .search import SearchDocQuerySet, SearchWordQuerySet
from .tickets import ORDERS, TicketQuerySet

__all__ = ["ORDERS", "SearchDocQuerySet", "SearchWordQuerySet", "TicketQuerySet", "Viewer"]
