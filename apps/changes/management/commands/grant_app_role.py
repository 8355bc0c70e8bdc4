from django.core.management.base import BaseCommand, CommandError

from apps.changes import roles
from apps.timeline.refusal import Refused


class Command(BaseCommand):
    """Run by the owner of the tables, after every migration."""

    help = "Let a database role run the portal: rows yes, tables no, the timeline only at its end."

    def add_arguments(self, parser) -> None:
        parser.add_argument("role", help="the role in the DATABASE_URL of web, worker, relay, beat")

    def handle(self, *args: object, role: str, **options: object) -> None:
        try:
            appended = roles.grant(role)
        except Refused as refused:
            raise CommandError(refused.sentence) from refused
        self.stdout.write(f"{role} may run the portal. It can only add to {', '.join(appended)}.")
