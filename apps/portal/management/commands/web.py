"""The web process."""

import os

from django.core.management.base import BaseCommand, CommandParser

from apps.portal.processes import become, web_command


class Command(BaseCommand):
    help = "Serve the portal over HTTP."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        port = os.environ.get("PORT", "8000")
        parser.add_argument("--bind", default=f"0.0.0.0:{port}")

    def handle(self, *args: object, bind: str, **options: object) -> None:
        become(web_command(bind), "web")
