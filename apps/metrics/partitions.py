"""The months of the sample tables: made ahead of their samples, dropped after their time.

By functions of the owner's (migration 0002): who runs the portal need not own a table.
"""

# ruff: noqa: S608  (the names put into statements are our own tables and columns)

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from .choices import Retention

TABLES = ("metrics_sample", "metrics_sampledist")
AHEAD = 3  # months
_LOCK = 0x6D657472  # one maker at a time


def month_of(instant: datetime) -> datetime:
    """Its first instant, UTC."""
    return instant.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(month: datetime) -> datetime:
    return month_of(month + timedelta(days=32))


def months(first: datetime, last: datetime) -> Iterator[datetime]:
    """Every month that holds a part of first…last."""
    month = month_of(first)
    while month <= last:
        yield month
        month = next_month(month)


def _name(table: str, retention: int, month: datetime) -> str:
    return f"{table}_{retention}_{month:%Y_%m}"


def known() -> set[str]:
    """The months there are, by table name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relispartition"
            r" AND relname ~ '^metrics_sample(dist)?_\d+_\d{4}_\d\d$'"
        )
        return {name for (name,) in cursor.fetchall()}


def ensure(first: datetime, last: datetime, retention: int) -> int:
    """Make the months of a class that are missing, each in a short transaction of its own.

    Rows that had landed in the default partition move into their month.
    """
    there = known()
    made = 0
    for month in months(first, last):
        for table in TABLES:
            if _name(table, retention, month) not in there:
                made += _make(table, retention, month)
    return made


@transaction.atomic
def _make(table: str, retention: int, month: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute("SELECT to_regclass(%s)", [_name(table, retention, month)])
        if cursor.fetchone()[0]:
            return 0
        cursor.execute("SELECT metrics_make_month(%s, %s, %s)", [table, retention, month])
    return 1


def keep_ahead(at: datetime) -> int:
    """This month and the next three, for every class."""
    last = month_of(at)
    for _ in range(AHEAD):
        last = next_month(last)
    return sum(ensure(at, last, retention) for retention in Retention.values)


def stray() -> int:
    """Samples in default partitions: their month was not there when they came."""
    with connection.cursor() as cursor:
        parts = (
            f"(SELECT count(*) FROM {table}_{retention}_rest)"
            for table in TABLES
            for retention in Retention.values
        )
        cursor.execute(f"SELECT {' + '.join(parts)}")
        return cursor.fetchone()[0]


def horizon(retention: int, at: datetime) -> datetime:
    """Raw samples before it are no longer kept, so none are taken."""
    return at - timedelta(days=retention)


def drop_expired(at: datetime) -> list[str]:
    """Drop the months whose every sample is past its class, once their rollups are clean."""
    there = known()
    dropped = []
    for retention in Retention.values:
        edge = horizon(retention, at)
        for name in sorted(there):
            table, _, stamp = name.rpartition(f"_{retention}_")
            if table not in TABLES:
                continue
            month = datetime.strptime(stamp, "%Y_%m").replace(tzinfo=UTC)
            if next_month(month) <= edge and _drop(table, retention, month):
                dropped.append(name)
    return dropped


@transaction.atomic
def _drop(table: str, retention: int, month: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute(
            "SELECT EXISTS (SELECT FROM metrics_dirtybucket d"
            " JOIN metrics_series s ON s.id = d.series_id"
            " WHERE s.retention = %s AND d.bucket >= %s AND d.bucket < %s)",
            [retention, month, next_month(month)],
        )
        if cursor.fetchone()[0]:
            return False
        cursor.execute("SELECT metrics_drop_month(%s, %s, %s)", [table, retention, month])
    return True
