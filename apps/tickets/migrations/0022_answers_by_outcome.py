"""What is owed is counted by what became of which record."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tickets', '0021_how_late_goes_together'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='owedanswer',
            index=models.Index(condition=models.Q(('state', 'owed')), fields=['kind', 'subject_id', 'became'], name='answer_outcomes'),
        ),
    ]
