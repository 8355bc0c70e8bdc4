"""What workers are nudged to do; a nudge carries nothing."""

from celery import shared_task

from . import upkeep


@shared_task
def gather_words() -> None:
    """Bring the search up to date."""
    upkeep.gather_words()
