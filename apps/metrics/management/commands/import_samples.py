"""A CSV of samples."""

import json
import sys
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from apps.metrics import files
from apps.metrics.choices import Mode, Origin
from apps.metrics.importers.instants import FORMATS
from apps.metrics.importers.records import Unusable
from apps.metrics.models import Metric
from apps.metrics.reporting import report_of_file, report_of_preview


class Command(BaseCommand):
    help = "Take a CSV of samples: metric,ts,value[,label.NAME…][,unit][,n]."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="a path; - reads standard input")
        parser.add_argument("--metric", required=True, help="key; made as a gauge if it is new")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be, write nothing"
        )
        parser.add_argument("--json", action="store_true", help="print the report as JSON only")
        parser.add_argument("--replace", action="store_true", help="withdraw what the file lacks")
        parser.add_argument(
            "--time", choices=FORMATS, default="rfc3339", help="how times are written"
        )
        parser.add_argument("--zone", help="zone of times without offset, such as Europe/Berlin")

    def handle(self, *args: Any, **options: Any) -> None:
        started_at = timezone.now()
        body = self._body(options["file"])
        zone = self._zone(options["zone"])
        metric, is_new = self._metric(options["metric"])
        manner = {"form": options["time"], "zone": zone}
        try:
            found = files.read(body, metric=metric, **manner)
        except Unusable as error:
            self._end(f"{options['file']}: {error}")
        mode = Mode.REPLACE if options["replace"] else Mode.MERGE
        identity = files.fingerprint(
            body, metric=metric, mode=mode, form=options["time"], zone=options["zone"] or ""
        )
        if options["dry_run"]:
            said = report_of_preview(files.preview(found, mode=mode))
        else:
            if is_new:
                metric.save()
            run, new = files.take(
                found,
                origin=Origin.COMMAND,
                started_at=started_at,
                at=timezone.now(),
                identity=identity,
                label=Path(options["file"]).name[:200],
                mode=mode,
            )
            said = report_of_file(found, run, new=new)
        self._tell(said, found.notes, options)
        if said["rejected"]:
            sys.exit(3)

    def _tell(self, said: dict[str, Any], notes: list[str], options: dict[str, Any]) -> None:
        for note in notes:
            self.stderr.write(note)
        if options["json"]:
            self.stdout.write(json.dumps(said))
            return
        would = "would be " if options["dry_run"] else ""
        self.stdout.write(
            f"{said['rows']} rows: {said['created']} {would}new, {said['changed']} {would}changed,"
            f" {said['unchanged']} unchanged, {len(said['rejected'])} rejected"
        )
        for one in said["rejected"]:
            self.stdout.write(f"row {one['row']}, {one['column']}: {one['reason']}")

    def _body(self, name: str) -> bytes:
        if name == "-":
            return sys.stdin.buffer.read()
        try:
            return Path(name).read_bytes()
        except OSError as error:
            self._end(f"{name}: {error.strerror}.")

    def _zone(self, name: str | None) -> ZoneInfo | None:
        if not name:
            return None
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            self._end(f"{name} is not a time zone.")

    def _metric(self, key: str) -> tuple[Metric, bool]:
        known = Metric.objects.filter(key=key).first()
        if known:
            if known.form.is_histogram:
                self._end(f"{key} is a histogram; a CSV holds plain samples.")
            return known, False
        fresh = Metric(key=key, title=key)
        try:
            fresh.clean_fields()
        except ValidationError as error:
            self._end(f"{key}: {'; '.join(error.messages)}")
        self.stderr.write(f"{key} is new: it is kept as a gauge.")
        return fresh, True

    def _end(self, sentence: str) -> NoReturn:
        self.stderr.write(sentence)
        sys.exit(2)
