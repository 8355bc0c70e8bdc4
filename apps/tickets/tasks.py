"""What workers are nudged to do; a nudge carries nothing."""

from celery import shared_task

from . import fetching, filing, upkeep


@shared_task
def gather_words() -> None:
    """Bring the search up to date."""
    upkeep.gather_words()


@shared_task
def file_mail() -> None:
    """File the mail that arrived."""
    filing.file_mail()


@shared_task
def fetch_mail() -> None:
    """Look into the mailboxes that are due."""
    fetching.fetch_mail()
