from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.changes import backup
from apps.timeline.refusal import Refused


class Command(BaseCommand):
    """A backup into an empty database; its outbox is held."""

    help = "Restore a backup; then hold the outbox until it is reconciled with the send journal."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--replace", action="store_true", help="throw away what is there")

    def handle(self, *args: object, file: Path, replace: bool, **options: object) -> None:
        try:
            manifest = backup.restore(file.absolute(), replace=replace)
        except Refused as refused:
            raise CommandError(str(refused), returncode=2) from refused
        self.stdout.write(
            f"{backup.rows_of(manifest):,} rows and {len(manifest.files):,} files are as they were"
            f" on {manifest.made_at}. The outbox is held: put the send journal in place, then run"
            " manage.py reconcile_outbox."
        )
        for sentence in backup.catch_up(at=timezone.now()):
            self.stdout.write(sentence)
