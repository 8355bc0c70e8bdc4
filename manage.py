#!/usr/bin/env python
"""Runs a management command, with servers of our own when none are given."""

import os
import sys

from apps.embedded import EmbeddedError
from apps.embedded.command import lent


def main() -> None:
    """Run the command line; says in one sentence why servers cannot be had."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.demo")
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    try:
        with lent(sys.argv):
            execute_from_command_line(sys.argv)
    except EmbeddedError as refused:
        sys.exit(str(refused))


if __name__ == "__main__":
    main()
