"""What workers are nudged to do; a nudge carries nothing."""

from celery import shared_task

from . import pulling, rollups


@shared_task
def import_due() -> None:
    """Ask the sources that are due."""
    pulling.drain_due()


@shared_task
def roll_up() -> None:
    """Compute the buckets whose samples changed."""
    rollups.drain_due()
