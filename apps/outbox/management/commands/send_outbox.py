"""One pass of sending, by hand."""

from django.core.management.base import BaseCommand, CommandParser

from apps.outbox.choices import Channel
from apps.outbox.drains import drain_channel


class Command(BaseCommand):
    help = "Send everything that is due now, without a worker."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seconds", type=float, default=3600, help="stop after this long")

    def handle(self, *args: object, **options: float) -> None:
        for channel in Channel:
            count = drain_channel(channel.value, seconds=options["seconds"])
            self.stdout.write(f"{channel.label}: {count} attempted.")
