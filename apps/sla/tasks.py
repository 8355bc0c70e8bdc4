"""What workers are nudged to do; a nudge carries nothing."""

from celery import shared_task

from . import sweep


@shared_task
def sweep_due() -> None:
    """Bring clocks whose time has come up to date, and climb their ladders."""
    sweep.drain_due()
