from datetime import UTC, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from apps.figures.history import keep_day


class Command(BaseCommand):
    """The daily keeping, by hand, for as many past days as wanted."""

    help = "Keep every figure as the last days ended; doing it again corrects."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=1, help="how many days back (default 1)")

    def handle(self, **options: Any) -> None:
        now = timezone.now()
        today = now.astimezone(UTC).date()
        for back in range(options["days"], 0, -1):
            kept = keep_day(today - timedelta(days=back), at=now)
            self.stdout.write(f"{today - timedelta(days=back)}: {kept} figures")
