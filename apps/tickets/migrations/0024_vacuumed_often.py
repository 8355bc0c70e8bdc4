"""What waits on the desk is counted from indexes alone, which wants the table vacuumed often."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [('tickets', '0023_alike_without_a_queue')]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE tickets_ticket SET (autovacuum_vacuum_scale_factor = 0.005, autovacuum_vacuum_insert_scale_factor = 0.005)",
            "ALTER TABLE tickets_ticket RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_insert_scale_factor)",
        ),
    ]
