"""A single figure that counts much is measured outside of the request."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0006_kept_promises'),
    ]

    operations = [
        migrations.AlterField(
            model_name='measured',
            name='subject',
            field=models.CharField(choices=[('report', 'Support report'), ('outlook', "Today's forecast"), ('kept', 'SLA compliance'), ('figure', 'One figure')], max_length=20),
        ),
    ]
