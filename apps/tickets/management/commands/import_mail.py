"""Mails from a file, a folder, an mbox or a Maildir."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.customers.importers.reading import Unusable
from apps.customers.importers.report import UNUSABLE
from apps.tickets.mail_import import import_mail


class Command(BaseCommand):
    """Exits 0 when all mails were taken, 3 when some were not, 2 when the place is unusable."""

    help = "Import mails (a file, a folder, an mbox, a Maildir) and file them as tickets."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="report, and keep nothing")
        parser.add_argument("--json", action="store_true", help="the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = import_mail(options["path"], dry_run=options["dry_run"])
        except Unusable as wrong:
            self.stderr.write(str(wrong))
            sys.exit(UNUSABLE)
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))
        else:
            self.stdout.write(report.as_text())
        if report.exit_code:
            sys.exit(report.exit_code)
