"""An index over the changes of status, for walking a past state back."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("timeline", "0002_seals")]

    operations = [
        AddIndexConcurrently(
            model_name="activity",
            index=models.Index(
                fields=["kind", "at"],
                condition=models.Q(data__has_key="status"),
                name="activity_status",
            ),
        )
    ]
