"""Computes every stored clock anew from what happened."""

import os
import time
from argparse import ArgumentParser
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import repeat
from multiprocessing import get_context
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from apps.sla.models import Clock
from apps.sla.rebuild import Rebuilt, rebuild


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
        else:
            Clock.objects.exists()  # without its tables this one fails, and can say so
            done = together(side_by_side(processes))
        self.stdout.write(
            f"{done.tickets} tickets, {done.clocks} clocks: {done.written} written,"
            f" {done.removed} removed, {time.monotonic() - began:.1f} s"
        )


def side_by_side(processes: int) -> list[Rebuilt]:
    """Every share in a process of its own; forked, for starting anew costs seconds of each."""
    connections.close_all()  # a connection serves one process
    with ProcessPoolExecutor(
        processes, mp_context=get_context("fork"), initializer=connect_anew
    ) as pool:
        try:
            return list(pool.map(rebuild, range(processes), repeat(processes)))
        except BrokenProcessPool:
            raise CommandError(
                "A share of the work failed; the rest is done. Run it again."
            ) from None


def connect_anew() -> None:
    """Leave to the parent whatever connection it still held, and end none of them."""
    for alias in connections:
        connections[alias] = connections.create_connection(alias)


def together(shares: Iterable[Rebuilt]) -> Rebuilt:
    """What all shares did."""
    done = Rebuilt()
    for share in shares:
        done.tickets += share.tickets
        done.clocks += share.clocks
        done.written += share.written
        done.removed += share.removed
    return done
