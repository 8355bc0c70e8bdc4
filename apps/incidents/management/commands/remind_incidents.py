"""One pass over the promises of updates, by hand."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.incidents.promises import remind


class Command(BaseCommand):
    help = "Tell whoever leads an incident which updates they promised are overdue."

    def handle(self, *args: Any, **options: Any) -> None:
        at, count = timezone.now(), 0
        while found := remind(at=at):
            count += found
        self.stdout.write(f"{count} overdue promises told")
