from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.changes import backup
from apps.timeline.refusal import Refused


class Command(BaseCommand):
    """One file that holds everything: database and attachments, of one instant."""

    help = "Write a consistent backup, attachments included, while the portal goes on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: object, file: Path, **options: object) -> None:
        try:
            manifest = backup.make(file.absolute(), at=timezone.now())
        except Refused as refused:
            raise CommandError(str(refused), returncode=2) from refused
        self.stdout.write(
            f"{backup.rows_of(manifest):,} rows of {len(manifest.tables)} tables and"
            f" {len(manifest.files):,} files in {file}, {file.stat().st_size:,} bytes."
        )
