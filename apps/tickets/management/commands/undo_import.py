"""Taking back what an import of tickets or customers did."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.customers import withdrawing as people
from apps.customers.importers.report import UNUSABLE
from apps.customers.importers.undone import Undone
from apps.customers.models import ImportRun as PeopleRun
from apps.tickets import withdrawing as tickets
from apps.tickets.models import ImportRun
from apps.timeline.refusal import Refused

KINDS: dict[str, tuple[Any, Any]] = {
    "tickets": (ImportRun, tickets.undo_import),
    "customers": (PeopleRun, people.undo_import),
}


class Command(BaseCommand):
    """Exits 0 when all of it was taken back, 3 when some of it stays, 2 without such a run."""

    help = "Undo an import by its run, as its report names it: tickets-12, customers-3."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run")
        parser.add_argument("--dry-run", action="store_true", help="report, and keep all")
        parser.add_argument("--json", action="store_true", help="the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        kind, _, number = options["run"].partition("-")
        model, undo = KINDS.get(kind, (None, None))
        run = model.objects.filter(pk=number).first() if model and number.isdecimal() else None
        if run is None:
            self.stderr.write(f"There is no run {options['run']} of tickets or customers.")
            sys.exit(UNUSABLE)
        try:
            said = undo(run, dry_run=options["dry_run"], progress=self._progress)
        except Refused as refused:
            self.stderr.write(refused.sentence)
            sys.exit(UNUSABLE)
        if options["json"]:
            self.stdout.write(json.dumps(said.as_json(), ensure_ascii=False))
        else:
            self.stdout.write(said.as_text())
        if said.exit_code:
            sys.exit(said.exit_code)

    def _progress(self, said: Undone) -> None:
        self.stderr.write(f"{said.removed:,} removed, {said.restored:,} put back")
