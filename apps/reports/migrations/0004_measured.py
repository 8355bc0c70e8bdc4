"""What is measured before it is looked at, or because it is.

The table it takes the place of goes with a later release, when no process reads it any more.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0003_ready'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.DeleteModel(name='Ready')],
        ),
        migrations.CreateModel(
            name='Measured',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.CharField(choices=[('report', 'Support report'), ('outlook', "Today's forecast")], max_length=20)),
                ('place', models.CharField(max_length=64)),
                ('start', models.DateTimeField()),
                ('end', models.DateTimeField()),
                ('asked', models.CharField(blank=True, max_length=500)),
                ('wanted', models.BooleanField(default=False)),
                ('begun_at', models.DateTimeField(null=True)),
                ('at', models.DateTimeField(null=True)),
                ('told', models.JSONField(null=True)),
            ],
            options={
                'verbose_name_plural': 'measured',
                'constraints': [models.UniqueConstraint(fields=('subject', 'place', 'start', 'end', 'asked'), name='measured_once')],
            },
        ),
    ]
