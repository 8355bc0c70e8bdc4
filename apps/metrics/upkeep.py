"""Periodic upkeep of the sample tables."""

import logging
from datetime import datetime, timedelta

from . import partitions
from .models import ImportRun

log = logging.getLogger(__name__)
IDLE_RUNS = timedelta(days=35)


def keep(*, at: datetime) -> None:
    """Make months ahead, drop those past their time, forget old runs that wrote nothing."""
    partitions.keep_ahead(at)
    dropped = partitions.drop_expired(at)
    if dropped:
        log.info("months dropped", extra={"tables": dropped})
    if stray := partitions.stray():
        log.warning("samples outside every month", extra={"samples": stray})
    ImportRun.objects.without_effect_before(at - IDLE_RUNS).delete()
