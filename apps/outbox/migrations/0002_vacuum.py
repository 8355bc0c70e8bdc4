"""A queue's table turns over all the time: vacuum it early, leave room to update in place."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("outbox", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE outbox_delivery SET (autovacuum_vacuum_scale_factor = 0.02,"
            " autovacuum_analyze_scale_factor = 0.05, fillfactor = 80)",
            "ALTER TABLE outbox_delivery RESET (autovacuum_vacuum_scale_factor,"
            " autovacuum_analyze_scale_factor, fillfactor)",
        )
    ]
