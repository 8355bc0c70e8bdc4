from django.core.management.base import BaseCommand, CommandError

from apps.timeline.models import Activity, Seal
from apps.timeline.seals import breaks


class Command(BaseCommand):
    """Says whether the memory is what it was when it was sealed."""

    help = "Check every seal of the timeline; exit 1 if one is broken."

    def handle(self, **options) -> None:
        found = list(breaks())
        for each in found:
            self.stderr.write(str(each))
        if found:
            raise CommandError(f"{len(found)} seals are broken.", returncode=1)
        last = Seal.objects.last()
        sealed = last.last_id if last else 0
        waiting = Activity.objects.filter(pk__gt=sealed).count()
        self.stdout.write(
            f"{Seal.objects.count()} seals hold; {waiting} activities are not sealed yet."
        )
