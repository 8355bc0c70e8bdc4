"""Records of this app."""

from .facts import FOREVER, Keeping, Solve, Stand, Stretch
from .subscription import Subscription

__all__ = ["FOREVER", "Keeping", "Solve", "Stand", "Stretch", "Subscription"]
