"""Tickets with history as a CSV or JSON Lines file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.models import User
from apps.tickets import exporting, listing
from apps.tickets.rules.words import ask


class Command(BaseCommand):
    """The file that `import_tickets` reads."""

    help = "Export tickets with their history (CSV or JSON Lines)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", choices=exporting.FORMATS, default="")
        parser.add_argument("--words", default="", help="only those that this search finds")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        kind = options["format"] or ("csv" if path.suffix == ".csv" else "jsonl")
        question = ask(options["words"])
        if question.problems:
            raise CommandError(question.problems[0])
        try:
            count = exporting.export(listing.whole(question, User()), path, kind)
        except OSError as wrong:
            raise CommandError(f"{path} cannot be written: {wrong.strerror}.") from None
        self.stdout.write(f"{count:,} tickets")
