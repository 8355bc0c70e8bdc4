"""File the mail that arrived, by hand."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.tickets.filing import file_mail


class Command(BaseCommand):
    """The twin of the drain."""

    help = "File the mail that arrived."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{file_mail()} mails filed.")
