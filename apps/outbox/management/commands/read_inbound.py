"""One pass over the events that arrived, by hand."""

from django.core.management.base import BaseCommand

from apps.outbox.drains import drain
from apps.outbox.inbound import read_next


class Command(BaseCommand):
    help = "Read every event that arrived and is due, without a worker."

    def handle(self, *args: object, **options: object) -> None:
        count = drain("outbox.inbound", read_next, seconds=3600)
        self.stdout.write(f"{count} read.")
