"""Fill an empty portal with the demo story."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.accounts.models import User
from apps.portal.demo.story import tell


class Command(BaseCommand):
    help = "Tell the demo story in an empty portal."

    def handle(self, *args, **options) -> None:
        if not settings.DEMO:
            raise CommandError("The story brings sign-ins with a known password: demo only.")
        if User.objects.exists():
            raise CommandError("There are people here already; the story needs an empty portal.")
        tell(timezone.now(), lambda line: self.stdout.write(f"  {line}"))
