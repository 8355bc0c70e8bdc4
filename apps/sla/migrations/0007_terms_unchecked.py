"""What a ticket came under is checked by nobody once more: it is written while the ticket is held."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('calendars', '0001_initial'),
        ('sla', '0006_policy_around_the_clock'),
        ('tickets', '0024_vacuumed_often'),
    ]

    operations = [
        migrations.AlterField(
            model_name='terms',
            name='calendar_version',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='calendars.calendarversion'),
        ),
        migrations.AlterField(
            model_name='terms',
            name='policy_version',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sla.policyversion'),
        ),
        migrations.AlterField(
            model_name='terms',
            name='ticket',
            field=models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='terms', serialize=False, to='tickets.ticket'),
        ),
    ]
