"""The scheduler process."""

from django.core.management.base import BaseCommand

from apps.outbox.beat import Beat
from apps.outbox.turning import keep_turning


class Command(BaseCommand):
    help = "Do periodic work when its slot comes; any number of these may run."

    def handle(self, *args: object, **options: object) -> None:
        keep_turning(Beat().turn, every=0.5)
