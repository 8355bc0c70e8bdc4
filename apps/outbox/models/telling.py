"""Telling: how far the programs that listen have been told what happened."""

from apps.timeline.following import Follower


class Telling(Follower):
    """One row: what of the timeline the programs were told."""

    def __str__(self) -> str:
        return f"told up to {self.read_to}"
