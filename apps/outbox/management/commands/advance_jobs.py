"""One pass over long work, by hand."""

from django.core.management.base import BaseCommand

from apps.outbox.drains import drain
from apps.outbox.jobs import advance_next


class Command(BaseCommand):
    help = "Take every job that is due further, without a worker."

    def handle(self, *args: object, **options: object) -> None:
        count = drain("outbox.jobs", advance_next, seconds=3600)
        self.stdout.write(f"{count} taken further.")
