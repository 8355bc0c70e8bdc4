"""One pass of the sweep, by hand."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.sla.sweep import sweep


class Command(BaseCommand):
    help = "Assess every SLA clock whose time has come, and take the steps that are due."

    def handle(self, *args: Any, **options: Any) -> None:
        at, tickets = timezone.now(), 0
        while found := sweep(at=at):
            tickets += found
        self.stdout.write(f"{tickets} tickets assessed")
