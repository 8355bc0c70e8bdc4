"""What workers are nudged to do; a nudge carries nothing."""

from celery import shared_task

from . import ready


@shared_task
def measure_due() -> None:
    """Measure what somebody waits for, or will look at next."""
    ready.measure_due()
