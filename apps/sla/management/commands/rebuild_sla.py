"""Computes every stored clock anew from what happened."""

import os
import subprocess
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.sla.rebuild import rebuild


class Command(BaseCommand):
    help = "Compute every SLA clock anew from the Activity rows; writes only what differs."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
        parser.add_argument("--shard", type=int, default=None, help="One share of the work only.")

    def handle(self, *args: Any, **options: Any) -> None:
        processes, shard = options["processes"], options["shard"]
        if processes < 1 or (shard is not None and not 0 <= shard < processes):
            raise CommandError("There is no such share of the work.")
        began = time.monotonic()
        if shard is not None or processes == 1:
            done = rebuild(shard or 0, processes)
            self.stdout.write(
                f"{done.tickets} tickets, {done.clocks} clocks: {done.written} written,"
                f" {done.removed} removed, {time.monotonic() - began:.1f} s"
            )
            return
        shares = [
            subprocess.Popen(  # noqa: S603  (our own program with numbers of our own)
                [
                    *(sys.executable, sys.argv[0], "rebuild_sla"),
                    *("--processes", str(processes), "--shard", str(share)),
                ]
            )
            for share in range(processes)
        ]
        if any(share.wait() for share in shares):
            raise CommandError("A share of the work failed; the rest is done. Run it again.")
        self.stdout.write(f"done in {time.monotonic() - began:.1f} s")
