"""Incidents that are one are merged; their tickets and updates remember where they were first."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0001_initial'),
        ('incidents', '0002_usual_cadence'),
        ('tickets', '0021_how_late_goes_together'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='incident',
            name='merged_into',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='incidents.incident'),
        ),
        migrations.AddField(
            model_name='incidentticket',
            name='origin',
            field=models.ForeignKey(blank=True, db_index=False, help_text='The incident it was first of, where that was merged into this one.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='incidents.incident'),
        ),
        migrations.AddField(
            model_name='incidentupdate',
            name='origin',
            field=models.ForeignKey(blank=True, db_index=False, help_text='The incident it was said of, where that was merged into this one.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='incidents.incident'),
        ),
        migrations.AlterField(
            model_name='incident',
            name='state',
            field=models.CharField(choices=[('triage', 'Triage'), ('active', 'Active'), ('mitigated', 'Mitigated'), ('resolved', 'Resolved'), ('reviewed', 'Reviewed'), ('merged', 'Merged')], default='triage', max_length=10),
        ),
        migrations.AlterField(
            model_name='incidentupdate',
            name='state',
            field=models.CharField(choices=[('triage', 'Triage'), ('active', 'Active'), ('mitigated', 'Mitigated'), ('resolved', 'Resolved'), ('reviewed', 'Reviewed'), ('merged', 'Merged')], max_length=10),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(condition=models.Q(('merged_into', None), _negated=True), fields=['merged_into'], name='incident_merged'),
        ),
        migrations.AddIndex(
            model_name='incidentticket',
            index=models.Index(condition=models.Q(('origin', None), _negated=True), fields=['origin'], name='incident_ticket_origin'),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('merged_into__isnull', False), ('state', 'merged')), models.Q(models.Q(('state', 'merged'), _negated=True), ('merged_into', None)), _connector='OR'), name='incident_merged_or_not'),
        ),
    ]
