"""How promises were kept is measured before it is looked at."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0005_third_party'),
    ]

    operations = [
        migrations.AlterField(
            model_name='measured',
            name='subject',
            field=models.CharField(choices=[('report', 'Support report'), ('outlook', "Today's forecast"), ('kept', 'SLA compliance')], max_length=20),
        ),
    ]
