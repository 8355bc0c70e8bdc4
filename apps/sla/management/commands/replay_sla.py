"""Prints the clocks that a scenario yields."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from apps.calendars.rules import Malformed
from apps.sla.scenario import answer


class Command(BaseCommand):
    help = "Print the SLA clocks a scenario yields. Touches no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("scenario", help="A JSON file; - reads standard input.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            answered = answer(_text(options["scenario"]))
        except Malformed as wrong:
            self.stderr.write(" ".join(str(wrong).split()))
            sys.exit(2)
        self.stdout.write(json.dumps(answered, indent=2))


def _text(name: str) -> str:
    try:
        given = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return given.decode("utf-8-sig")
    except OSError as wrong:
        raise Malformed("scenario", wrong.strerror or "cannot be read") from None
    except UnicodeDecodeError:
        raise Malformed("scenario", "not UTF-8") from None
