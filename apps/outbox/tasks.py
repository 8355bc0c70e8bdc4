"""What workers are nudged to do; a nudge carries nothing."""

from celery import shared_task

from . import drains, telling


@shared_task
def drain_mail() -> None:
    """Send due mail."""
    drains.drain_mail()


@shared_task
def drain_webhooks() -> None:
    """Send due webhooks."""
    drains.drain_webhooks()


@shared_task
def drain_inbound() -> None:
    """Read events that arrived."""
    drains.drain_inbound()


@shared_task
def drain_jobs() -> None:
    """Take long work further."""
    drains.drain_jobs()


@shared_task
def tell_programs() -> None:
    """Tell endpoints what happened."""
    telling.drain_due()
