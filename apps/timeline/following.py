"""Reading the timeline in the order of its ids, outside the changes' own transactions.

A change that began earlier may commit later with a lower id. What was read is therefore read again
until it has settled; whoever follows does the same for the same activity however often it comes.
"""

from datetime import datetime
from typing import Any, Self

from django.db import connection, models

_LAST_ID = "SELECT coalesce(max(id), 0) FROM timeline_activity"
_OTHERS_SINCE = """
    SELECT min(xact_start) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


class Follower(models.Model):
    """One row. Up to `settled_to` nothing can join the timeline any more; up to `read_to` it was
    read at `read_at`, and what began before then may still commit an id in between.
    """

    settled_to = models.BigIntegerField(default=0)
    read_to = models.BigIntegerField(default=0)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"read up to {self.read_to}"

    @classmethod
    def held(cls) -> Self:
        """The row, locked; of two who follow, one waits."""
        rows = cls._default_manager
        rows.bulk_create([cls(pk=1)], ignore_conflicts=True)
        return rows.select_for_update().get(pk=1)

    def skip(self) -> None:
        """Begin with what happens from now on."""
        self.settled_to = self.read_to = _one(_LAST_ID)
        self.save()

    def everything_read_has_settled(self) -> bool:
        """Whether every transaction that was under way at the last reading has ended."""
        oldest: datetime | None = _one(_OTHERS_SINCE)
        return self.read_at is None or oldest is None or oldest > self.read_at

    def move(self, *, settled_to: int, read_to: int) -> None:
        self.settled_to, self.read_to = settled_to, read_to
        self.read_at = _one("SELECT clock_timestamp()")
        self.save()


def _one(statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]
