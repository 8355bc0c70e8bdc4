from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.timeline.seals import seal


class Command(BaseCommand):
    """The hourly sealing, by hand."""

    help = "Seal the activities that have settled."

    def handle(self, **options) -> None:
        made = seal(at=timezone.now())
        self.stdout.write(f"{made} seals made.")
