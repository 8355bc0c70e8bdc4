"""Reports read when a clock ended or started, and whose it was, without a look at its row."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [('sla', '0007_terms_unchecked')]

    operations = [
        AddIndexConcurrently(
            model_name='clock',
            index=models.Index(condition=models.Q(('stopped_at__isnull', False)), fields=['stopped_at'], include=('ticket', 'kind', 'priority', 'state', 'started_at', 'elapsed', 'paused', 'reason', 'calendar_version'), name='clock_ended_of'),
        ),
        AddIndexConcurrently(
            model_name='clock',
            index=models.Index(fields=['started_at'], include=('ticket', 'kind', 'priority', 'state', 'repeats'), name='clock_started_of'),
        ),
        RemoveIndexConcurrently(model_name='clock', name='clock_ended'),
        RemoveIndexConcurrently(model_name='clock', name='clock_started'),
    ]
