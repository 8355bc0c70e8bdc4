"""Hooks, and what the portal saw of its own traffic and pages."""

from .hook import Hook
from .traffic import TrafficMinute
from .violation import Violation

__all__ = ["Hook", "TrafficMinute", "Violation"]
