"""Periodic work, by hand."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.outbox.beat import run_now


class Command(BaseCommand):
    help = "Do one piece of periodic work now; without a name, list what there is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?")

    def handle(self, *args: object, name: str | None, **options: object) -> None:
        if name is None:
            for known, (every, path, catch_up) in settings.SCHEDULE.items():
                self.stdout.write(f"{known}: every {every} s, {path}, catches up {catch_up}")
            return
        if name not in settings.SCHEDULE:
            raise CommandError(f"Nothing periodic is called “{name}”.")
        run_now(name)
