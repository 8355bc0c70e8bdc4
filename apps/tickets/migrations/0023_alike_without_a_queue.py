"""Whoever asks what is alike reads the index, not a long queue of what is not in it yet."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations, models

LIKE = {
    'name': 'ticket_subject_like',
    'condition': models.Q(('status__in', ['new', 'open', 'waiting_customer', 'waiting_third_party'])),
}


class Migration(migrations.Migration):
    dependencies = [('tickets', '0022_answers_by_outcome')]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER INDEX ticket_subject_like SET (gin_pending_list_limit = 64)",
                    "ALTER INDEX ticket_subject_like RESET (gin_pending_list_limit)",
                ),
            ],
            state_operations=[
                migrations.RemoveIndex(model_name='ticket', name='ticket_subject_like'),
                migrations.AddIndex(
                    model_name='ticket',
                    index=GinIndex(OpClass('subject', 'gin_trgm_ops'), gin_pending_list_limit=64, **LIKE),
                ),
            ],
        ),
    ]
