"""Actions and decisions."""

from .action import Action
from .decision import Decision

__all__ = ["Action", "Decision"]
