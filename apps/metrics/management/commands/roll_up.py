"""One pass over the buckets whose samples changed, by hand."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.metrics import rollups, upkeep


class Command(BaseCommand):
    help = "Compute every hour and day whose samples changed, without a worker."

    def handle(self, *args: Any, **options: Any) -> None:
        upkeep.keep(at=timezone.now())
        count = rollups.drain(seconds=3600)
        self.stdout.write(f"{count} buckets computed.")
