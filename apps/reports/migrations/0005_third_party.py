"""Waits for somebody else are found by ticket."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0004_measured'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='stand',
            index=models.Index(condition=models.Q(('status', 'waiting_third_party')), fields=['ticket'], include=('began', 'until'), name='stand_third_party'),
        ),
    ]
