#!/usr/bin/env python
"""Runs a management command, with servers of our own when none are given."""

import os
import sys

from apps.embedded import EmbeddedError
from apps.embedded.command import lent

MISSING = frozenset({"42P01", "42883"})  # a table, a function of ours
INTERRUPTED = 130  # as a shell says of what Ctrl-C ended


def main() -> None:
    """Run the command line; says in one sentence what must come first."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.demo")
    from django.core.management import execute_from_command_line  # noqa: PLC0415
    from django.db import ProgrammingError  # noqa: PLC0415

    from config.env import Unusable  # noqa: PLC0415

    try:
        with lent(sys.argv):
            try:
                execute_from_command_line(sys.argv)
            except ProgrammingError as failed:
                if getattr(failed.__cause__, "sqlstate", None) in MISSING and unmigrated():
                    sys.exit("The database has not all its tables: run manage.py migrate first.")
                raise
    except (EmbeddedError, Unusable) as refused:
        sys.exit(str(refused))
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped.\n")
        sys.exit(INTERRUPTED)


def unmigrated() -> bool:
    """Whether there are migrations that the database has not seen."""
    from django.db import connection  # noqa: PLC0415
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415

    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


if __name__ == "__main__":
    main()
