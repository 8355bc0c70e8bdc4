"""Hooks, and what the portal saw of its own traffic."""

from .hook import Hook
from .traffic import TrafficMinute

__all__ = ["Hook", "TrafficMinute"]
