"""What the same person or customer still waits for is found however much they ever asked."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [('tickets', '0024_vacuumed_often')]

    operations = [
        AddIndexConcurrently(
            model_name='ticket',
            index=models.Index(models.F('contact'), models.F('updated_at'), models.F('id'), condition=models.Q(('status__in', ['new', 'open', 'waiting_customer', 'waiting_third_party'])), name='ticket_contact_waits'),
        ),
        AddIndexConcurrently(
            model_name='ticket',
            index=models.Index(models.F('customer'), models.F('updated_at'), models.F('id'), condition=models.Q(('status__in', ['new', 'open', 'waiting_customer', 'waiting_third_party'])), name='ticket_customer_waits'),
        ),
    ]
