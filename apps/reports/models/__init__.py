"""Records of this app."""

from .facts import FOREVER, Keeping, Solve, Stand, Stretch
from .measured import Measured, Subject
from .subscription import Subscription

__all__ = ["FOREVER", "Keeping", "Measured", "Solve", "Stand", "Stretch", "Subject", "Subscription"]
