"""One pull of a source, by hand."""

import json
import sys
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.metrics import pulling
from apps.metrics.booking import Busy
from apps.metrics.choices import Origin, RunStatus
from apps.metrics.importers.instants import read_instant
from apps.metrics.models import RejectedRow, Source
from apps.metrics.reporting import report


class Command(BaseCommand):
    help = "Fetch a source now: what is due, or the range that is given."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", help="its name")
        parser.add_argument("--from", dest="since", help="an instant such as 2026-03-01T00:00:00Z")
        parser.add_argument("--to", dest="until", help="an instant; without it: now")
        parser.add_argument("--json", action="store_true", help="print the report as JSON only")

    def handle(self, *args: Any, source: str, **options: Any) -> None:
        found = Source.objects.with_metric().filter(name=source).first()
        if found is None:
            self._end(f"There is no source called {source}.", 2)
        if not found.is_polled:
            self._end(f"Samples of {source} are pushed to us; it cannot be fetched.", 2)
        try:
            since, until = self._instant(options["since"]), self._instant(options["until"])
        except ValueError as error:
            self._end(str(error), 2)
        try:
            runs = pulling.pull(found, since=since, until=until, origin=Origin.COMMAND)
        except Busy as busy:
            self._end(str(busy), 2)
        said = report(runs)
        if options["json"]:
            self.stdout.write(json.dumps(said))
        else:
            self._tell(found, runs, said)
        if any(run.status == RunStatus.FAILED for run in runs):
            self._end(next(run.error for run in runs if run.error), 2)
        if said["rejected"]:
            sys.exit(3)

    def _tell(self, source: Source, runs: list[Any], said: dict[str, Any]) -> None:
        self.stdout.write(
            f"{source.name}: {said['rows']} samples, {said['created']} new,"
            f" {said['changed']} changed, {said['unchanged']} unchanged"
        )
        for one in said["rejected"][: RejectedRow.MOST]:
            self.stdout.write(f"rejected: row {one['row']}, {one['column']}: {one['reason']}")
        for run in runs:
            for text in run.warnings:
                self.stdout.write(f"warning: {text}")
            if run.status == RunStatus.EMPTY:
                self.stdout.write("Nothing came: the query matches nothing in that range.")

    def _instant(self, text: str | None) -> datetime | None:
        return datetime.fromtimestamp(read_instant(text), UTC) if text else None

    def _end(self, sentence: str, code: int) -> None:
        self.stderr.write(sentence)
        sys.exit(code)
