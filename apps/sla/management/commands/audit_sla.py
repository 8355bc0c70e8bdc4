"""The nightly audit, by hand."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.sla.audit import run


class Command(BaseCommand):
    help = (
        "Compute every running SLA clock and a sample of settled ones again from the Activity"
        " rows, and store where they differ. Exit 1 if any does."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        found = run(at=timezone.now())
        self.stdout.write(f"{found.differences} of {found.clocks} clocks differ")
        for one in found.found.select_related("ticket")[:50]:
            self.stdout.write(f"#{one.ticket_id} {one.kind} {one.cycle}")
        if found.differences:
            sys.exit(1)
