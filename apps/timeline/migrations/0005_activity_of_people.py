"""The index over who did it leaves out what nobody of ours did: half of what an import tells."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("timeline", "0004_redactions")]

    operations = [
        AddIndexConcurrently(
            model_name="activity",
            index=models.Index(
                fields=["actor", "-at"],
                condition=models.Q(actor__isnull=False),
                name="activity_person",
            ),
        ),
        RemoveIndexConcurrently(model_name="activity", name="activity_actor"),
    ]
