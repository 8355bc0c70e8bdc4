"""The relay process."""

from django.core.management.base import BaseCommand

from apps.outbox.relay import TURN, Relay
from apps.outbox.turning import keep_turning


class Command(BaseCommand):
    help = "Nudge the workers while rows are due; drain here when the broker is away."

    def handle(self, *args: object, **options: object) -> None:
        relay = Relay()
        try:
            keep_turning(relay.turn, every=TURN)
        finally:
            relay.finish()
