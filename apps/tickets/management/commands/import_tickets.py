"""Tickets with history from a CSV or JSON Lines file."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.customers.importers.reading import Unusable
from apps.customers.importers.report import UNUSABLE
from apps.tickets.intake import import_tickets
from apps.tickets.models import ImportRun
from apps.timeline.refusal import Refused


class Command(BaseCommand):
    """Exits 0 when all rows were taken, 3 when some were not, 2 when the file is unusable."""

    help = "Import tickets with their history (CSV or JSON Lines)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", choices=["csv", "jsonl"], default="")
        parser.add_argument("--dry-run", action="store_true", help="report, and keep nothing")
        parser.add_argument("--json", action="store_true", help="the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = import_tickets(
                options["file"],
                named=options["format"],
                dry_run=options["dry_run"],
                progress=self._progress,
            )
        except (Unusable, Refused) as wrong:
            self.stderr.write(str(wrong))
            sys.exit(UNUSABLE)
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))
        else:
            self.stdout.write(report.as_text())
        if report.exit_code:
            sys.exit(report.exit_code)

    def _progress(self, run: ImportRun) -> None:
        self.stderr.write(f"{run.share:4.0%}  {run.rows:,} rows")
