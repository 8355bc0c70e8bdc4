"""PostgreSQL's own programs, and databases beside the portal's."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from apps.embedded import EmbeddedError
from apps.embedded.binaries import postgres_folders
from apps.timeline.refusal import Refused

_TABLES = """
    SELECT relname FROM pg_class
    WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace ORDER BY relname
"""
# Whatever the session's settings: a row reads the same wherever it is restored.
_PLAIN = "SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET bytea_output = 'hex'"


def run(program: str, *words: str, database: str) -> None:
    """Run `pg_dump` or `pg_restore` on a database of the portal's server."""
    given = connection.settings_dict
    env = {
        "PGHOST": given["HOST"],
        "PGPORT": str(given["PORT"]),
        "PGUSER": given["USER"],
        "PGPASSWORD": given["PASSWORD"],
        "PGDATABASE": database,
    }
    done = subprocess.run(  # noqa: S603  (PostgreSQL's program, with words of ours)
        [path_of(program), *words],
        env={**os.environ, **{name: value for name, value in env.items() if value}},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Refused(f"{program} failed: {(done.stderr.strip() or 'no reason given')[:500]}")


def path_of(program: str) -> str:
    """The program as it comes with the embedded server, else as the machine has it."""
    for folder in postgres_folders():
        if os.access(folder / program, os.X_OK):
            return str(folder / program)
    if found := shutil.which(program):
        return found
    raise EmbeddedError(f"{program} was not found: install PostgreSQL's client programs.")


@contextmanager
def connected(database: str = "") -> Iterator[Any]:
    """A connection of its own, outside any transaction of the caller's."""
    other = connection.copy()
    options = other.settings_dict["OPTIONS"]
    other.settings_dict["OPTIONS"] = {k: v for k, v in options.items() if k != "pool"}
    if database:
        other.settings_dict["NAME"] = database
    try:
        yield other
    finally:
        other.close()


@contextmanager
def scratch(name: str) -> Iterator[str]:
    """An empty database that is gone afterwards."""
    with connected() as server:
        quoted = server.ops.quote_name(name)
        with server.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {quoted} TEMPLATE template0")
        try:
            yield name
        finally:
            with server.cursor() as cursor:
                cursor.execute(f"DROP DATABASE {quoted} WITH (FORCE)")


def tables_of(cursor: Any) -> list[str]:
    """Every table of the portal, partitions each by itself."""
    cursor.execute(_TABLES)
    return [name for (name,) in cursor.fetchall()]


def measure(cursor: Any) -> dict[str, list[Any]]:
    """By table: how many rows, and a checksum that does not depend on their order."""
    cursor.execute(_PLAIN)
    return {table: _measure_one(cursor, table) for table in tables_of(cursor)}


def _measure_one(cursor: Any, table: str) -> list[Any]:
    checksum = "coalesce(sum(hashtextextended(one::text, 0)::numeric), 0)::text"
    quoted = connection.ops.quote_name(table)
    cursor.execute(f"SELECT count(*), {checksum} FROM {quoted} AS one")  # noqa: S608
    return list(cursor.fetchone())
