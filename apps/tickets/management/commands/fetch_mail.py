"""Look into the mailboxes that are due, by hand."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.tickets.fetching import fetch_mail


class Command(BaseCommand):
    """The twin of the drain."""

    help = "Fetch mail from every mailbox that is due."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{fetch_mail()} mailboxes looked into.")
