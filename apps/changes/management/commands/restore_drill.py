from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.changes import backup
from apps.timeline.refusal import Refused


class Command(BaseCommand):
    """Proves that a backup can be restored: into a database of its own, compared row by row."""

    help = "Back up, restore into a scratch database, compare counts and checksums; exit 1 if not."

    def handle(self, *args: object, **options: object) -> None:
        try:
            done = backup.drill(at=timezone.now())
        except Refused as refused:
            raise CommandError(str(refused), returncode=2) from refused
        for difference in done.differences:
            self.stderr.write(difference)
        if done.differences:
            raise CommandError(f"{len(done.differences)} differences.", returncode=1)
        self.stdout.write(
            f"{done.rows:,} rows and {done.files:,} files, {done.size:,} bytes: backed up in"
            f" {done.backup_seconds:.1f} s, restored and compared in {done.restore_seconds:.1f} s,"
            " no difference."
        )
