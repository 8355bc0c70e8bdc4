"""The facts that the support report is counted over."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tickets', '0012_views_named_once'),
    ]

    operations = [
        migrations.CreateModel(
            name='Keeping',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('settled_to', models.BigIntegerField(default=0)),
                ('read_to', models.BigIntegerField(default=0)),
                ('read_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Solve',
            fields=[
                ('pk', models.CompositePrimaryKey('ticket_id', 'place', blank=True, editable=False, primary_key=True, serialize=False)),
                ('place', models.PositiveIntegerField()),
                ('at', models.DateTimeField()),
                ('back_at', models.DateTimeField(null=True)),
                ('replies', models.PositiveIntegerField()),
                ('activity', models.BigIntegerField()),
                ('ticket', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tickets.ticket')),
            ],
            options={
                'indexes': [models.Index(fields=['at'], include=('ticket', 'back_at', 'replies', 'activity'), name='solve_at')],
            },
        ),
        migrations.CreateModel(
            name='Stand',
            fields=[
                ('pk', models.CompositePrimaryKey('ticket_id', 'place', blank=True, editable=False, primary_key=True, serialize=False)),
                ('place', models.PositiveIntegerField()),
                ('status', models.CharField(choices=[('new', 'New'), ('open', 'Open'), ('waiting_customer', 'Waiting for the customer'), ('waiting_third_party', 'Waiting for somebody else'), ('resolved', 'Resolved'), ('closed', 'Closed'), ('merged', 'Merged'), ('duplicate', 'Duplicate'), ('spam', 'Spam')], max_length=20)),
                ('began', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('activity', models.BigIntegerField(null=True)),
                ('actor', models.BigIntegerField(null=True)),
                ('unanswered', models.BooleanField()),
                ('ticket', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tickets.ticket')),
            ],
            options={
                'indexes': [models.Index(fields=['until'], include=('began', 'status', 'ticket'), name='stand_until'), models.Index(condition=models.Q(('unanswered', True)), fields=['began'], include=('actor', 'ticket', 'activity'), name='stand_unanswered')],
            },
        ),
        migrations.CreateModel(
            name='Stretch',
            fields=[
                ('pk', models.CompositePrimaryKey('ticket_id', 'place', blank=True, editable=False, primary_key=True, serialize=False)),
                ('place', models.PositiveIntegerField()),
                ('began', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('came', models.DateTimeField()),
                ('ticket', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tickets.ticket')),
            ],
            options={
                'verbose_name_plural': 'stretches',
                'indexes': [models.Index(fields=['until'], include=('began', 'came', 'ticket'), name='stretch_until')],
            },
        ),
    ]
