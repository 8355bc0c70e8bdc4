"""Side conversations; their index of messages is built while others write."""

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('customers', '0001_initial'),
        ('tickets', '0012_views_named_once'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SideConversation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.CharField(max_length=998)),
                ('address', models.EmailField(blank=True, max_length=254)),
                ('started_at', models.DateTimeField()),
                ('waiting_since', models.DateTimeField(blank=True, help_text='When we wrote last, while they have not answered.', null=True)),
                ('taken_back', models.BooleanField(default=False, help_text='Nothing of it was ever sent.')),
                ('started_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sides', to='tickets.ticket')),
            ],
        ),
        migrations.AddField(
            model_name='message',
            name='side',
            field=models.ForeignKey(blank=True, db_index=False, help_text='A note that was said to, or by, somebody the contact does not see.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='tickets.sideconversation'),
        ),
        AddIndexConcurrently(
            model_name='message',
            index=models.Index(condition=models.Q(('side', None), _negated=True), fields=['side', 'at', 'id'], name='message_side'),
        ),
        migrations.AddIndex(
            model_name='sideconversation',
            index=models.Index(fields=['address', '-id'], name='side_address'),
        ),
    ]
