"""The index over stopped clocks covers all that reports count of them."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("sla", "0002_default_policy")]

    operations = [
        AddIndexConcurrently(
            model_name="clock",
            index=models.Index(
                fields=["stopped_at"],
                include=[
                    *("kind", "priority", "state", "started_at", "elapsed", "paused"),
                    *("reason", "calendar_version"),
                ],
                condition=models.Q(stopped_at__isnull=False),
                name="clock_ended",
            ),
        ),
        RemoveIndexConcurrently(model_name="clock", name="clock_stopped"),
    ]
