from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.changes import backup


class Command(BaseCommand):
    """What a restored backup does not know of is done again; safe at any time."""

    help = "After a restore: do again what was done since the backup, such as erasures."

    def handle(self, *args: object, **options: object) -> None:
        for sentence in backup.catch_up(at=timezone.now()):
            self.stdout.write(sentence)
