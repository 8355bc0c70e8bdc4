"""How the portal's own traffic is asked."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, models

from apps.metrics.rules import LATENCY_BOUNDS

KEY = ["minute", "process", "route", "status_class"]
NUMBERS = ["requests", "errors", "seconds", "buckets"]
PLACES = range(1, len(LATENCY_BOUNDS) + 2)  # PostgreSQL counts array places from one


@dataclass(frozen=True)
class Total:
    """Everything ever seen of one route and class of answers."""

    route: str
    status_class: str
    requests: int
    errors: int
    seconds: float
    buckets: tuple[int, ...]


class TrafficQuerySet(models.QuerySet):
    """Minutes of traffic."""

    def put(self, rows: Iterable[Any]) -> None:
        """Write minutes as they stand now; once more changes nothing."""
        self.bulk_create(rows, update_conflicts=True, unique_fields=KEY, update_fields=NUMBERS)

    def totals(self) -> Iterator[Total]:
        """Sums over all minutes, the folded ones included."""
        table = connection.ops.quote_name(self.model._meta.db_table)
        summed = ", ".join(f"sum(buckets[{place}])::bigint" for place in PLACES)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT route, status_class, sum(requests)::bigint, sum(errors)::bigint,"  # noqa: S608
                f" sum(seconds), {summed} FROM {table} GROUP BY 1, 2 ORDER BY 1, 2"
            )
            for route, status_class, requests, errors, seconds, *buckets in cursor.fetchall():
                yield Total(route, status_class, requests, errors, seconds, tuple(buckets))

    def fold(self, *, before: datetime, into: datetime, name: str) -> int:
        """Sum the minutes before an instant into one row per route and class, and drop them."""
        table = connection.ops.quote_name(self.model._meta.db_table)
        summed = ", ".join(f"sum(buckets[{place}])::bigint" for place in PLACES)
        added = ", ".join(f"known.buckets[{p}] + excluded.buckets[{p}]" for p in PLACES)
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                WITH gone AS (DELETE FROM {table} WHERE minute < %s AND minute > %s RETURNING *)
                INSERT INTO {table} AS known
                    (minute, process, route, status_class, requests, errors, seconds, buckets)
                SELECT %s, %s, route, status_class,
                    sum(requests), sum(errors), sum(seconds), ARRAY[{summed}]
                FROM gone GROUP BY route, status_class
                ON CONFLICT (minute, process, route, status_class) DO UPDATE SET
                    requests = known.requests + excluded.requests,
                    errors = known.errors + excluded.errors,
                    seconds = known.seconds + excluded.seconds,
                    buckets = ARRAY[{added}]
                """,  # noqa: S608  (names and places are ours)
                [before, into, into, name],
            )
            return cursor.rowcount
