"""By when somebody who is asked aside is expected to answer, and what was not sent to them yet."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('calendars', '0001_initial'),
        ('tickets', '0017_owed_answers'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SideDraft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('to', models.CharField(blank=True, max_length=998)),
                ('subject', models.CharField(blank=True, max_length=998)),
                ('body', models.TextField(blank=True)),
                ('quoting', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, size=None)),
                ('files', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, size=None)),
                ('hours', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('updated_at', models.DateTimeField()),
                ('discarded_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.AddField(
            model_name='queue',
            name='answer_hours',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Working hours somebody else has to answer us, unless whoever asks says otherwise; then whoever asked is told. Empty: nobody is told.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1000)], verbose_name='hours for an answer aside'),
        ),
        migrations.AddField(
            model_name='queue',
            name='calendar',
            field=models.ForeignKey(blank=True, help_text='The hours in which somebody else is expected to answer. Empty: always.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='calendars.calendar'),
        ),
        migrations.AddField(
            model_name='sideconversation',
            name='due_at',
            field=models.DateTimeField(blank=True, help_text='When we expect their answer; kept while we wait for it.', null=True),
        ),
        migrations.AddField(
            model_name='sideconversation',
            name='late_at',
            field=models.DateTimeField(blank=True, help_text='When whoever asked was told that no answer came.', null=True),
        ),
        migrations.AddIndex(
            model_name='sideconversation',
            index=models.Index(condition=models.Q(('waiting_since__isnull', False)), fields=['due_at'], name='side_waiting'),
        ),
        migrations.AddField(
            model_name='sidedraft',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='sidedraft',
            name='side',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tickets.sideconversation'),
        ),
        migrations.AddField(
            model_name='sidedraft',
            name='ticket',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tickets.ticket'),
        ),
        migrations.AddConstraint(
            model_name='sidedraft',
            constraint=models.UniqueConstraint(fields=('ticket', 'person', 'side'), name='side_draft_once', nulls_distinct=False),
        ),
    ]
