"""A clock's references are checked by nobody: each check locked its ticket once more."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('calendars', '0001_initial'),
        ('sla', '0003_clock_ended'),
        ('tickets', '0013_side_conversations'),
    ]

    operations = [
        migrations.AlterField(
            model_name='clock',
            name='calendar_version',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='calendars.calendarversion'),
        ),
        migrations.AlterField(
            model_name='clock',
            name='policy_version',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sla.policyversion'),
        ),
        migrations.AlterField(
            model_name='clock',
            name='ticket',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='clocks', to='tickets.ticket'),
        ),
    ]
