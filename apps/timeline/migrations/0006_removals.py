"""Activities that went with their records leave the digest they were sealed by."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('timeline', '0005_activity_of_people'),
    ]

    operations = [
        migrations.CreateModel(
            name='Removal',
            fields=[
                ('activity_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('was', models.BinaryField(max_length=32)),
                ('at', models.DateTimeField()),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='removal',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='314fdc5e791032bcec3551520e5a6b9ec8c8dc5e', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_d944c', table='timeline_removal', when='BEFORE')),
        ),
    ]
