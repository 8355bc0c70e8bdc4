"""Late tickets are counted, and common words are met, without a look at the rows themselves."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [('tickets', '0019_answered_in_their_language')]

    operations = [
        AddIndexConcurrently(
            model_name='ticket',
            index=models.Index(models.F('due_order'), models.F('id'), models.F('sla_state'), condition=models.Q(('breached', True), models.Q(('due_kind', ''), _negated=True)), name='ticket_late_due'),
        ),
        AddIndexConcurrently(
            model_name='ticket',
            index=models.Index(models.F('assignee'), models.F('sla_state'), condition=models.Q(('breached', True), models.Q(('due_kind', ''), _negated=True)), name='ticket_late_due_of'),
        ),
        AddIndexConcurrently(
            model_name='searchdoc',
            index=GinIndex(models.F('vector'), models.Func(models.F('ticket').bitrightshift(13), template='ARRAY[%(expressions)s]'), name='search_doc_words_placed'),
        ),
        RemoveIndexConcurrently(model_name='ticket', name='ticket_late'),
        RemoveIndexConcurrently(model_name='ticket', name='ticket_late_of'),
        RemoveIndexConcurrently(model_name='searchdoc', name='search_doc_words'),
    ]
