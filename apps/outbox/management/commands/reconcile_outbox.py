"""After a restore: what the journal knows as sent is not sent again."""

from django.core.management.base import BaseCommand, CommandParser

from apps.outbox.restore import hold_all, reconcile


class Command(BaseCommand):
    help = "Mark as sent what the send journal knows, then let the rest of a held outbox go."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--hold", action="store_true", help="only hold everything that waits")

    def handle(self, *args: object, hold: bool, **options: object) -> None:
        if hold:
            self.stdout.write(f"{hold_all()} held.")
            return
        sent, released = reconcile()
        self.stdout.write(f"{sent} were sent before the restore; {released} released.")
