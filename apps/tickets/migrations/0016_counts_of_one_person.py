"""The rail's counts for one person, without a look at everything they ever had."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [('tickets', '0015_undone_imports')]

    operations = [
        AddIndexConcurrently(
            model_name='ticket',
            index=models.Index(models.F('assignee'), condition=models.Q(('breached', True), models.Q(('due_kind', ''), _negated=True)), name='ticket_late_of'),
        ),
        AddIndexConcurrently(
            model_name='ticket',
            index=models.Index(models.F('assignee'), condition=models.Q(('status__in', ['waiting_customer', 'waiting_third_party'])), name='ticket_waiting_of'),
        ),
    ]
