"""Records of this app."""

from .facts import FOREVER, Keeping, Solve, Stand, Stretch
from .ready import Ready
from .subscription import Subscription

__all__ = ["FOREVER", "Keeping", "Ready", "Solve", "Stand", "Stretch", "Subscription"]
