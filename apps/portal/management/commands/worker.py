"""A worker process."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from apps.portal.processes import become, worker_command


class Command(BaseCommand):
    help = "Do queued work; any number of these may run."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--concurrency", type=int, default=settings.OUTBOX_CONCURRENCY)

    def handle(self, *args: object, concurrency: int, **options: object) -> None:
        become(worker_command(concurrency), "worker")
