"""Reports measured before they are opened."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0002_subscription'),
    ]

    operations = [
        migrations.CreateModel(
            name='Ready',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.CharField(max_length=64)),
                ('start', models.DateTimeField()),
                ('end', models.DateTimeField()),
                ('at', models.DateTimeField()),
                ('figures', models.JSONField()),
            ],
            options={
                'verbose_name_plural': 'ready',
                'constraints': [models.UniqueConstraint(fields=('place', 'start', 'end'), name='ready_once')],
            },
        ),
    ]
