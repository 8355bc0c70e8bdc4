"""Feature requests and the evidence for them."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('catalog', '0001_initial'),
        ('customers', '0005_undone_imports'),
        ('tickets', '0017_owed_answers'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FeatureRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=200)),
                ('problem', models.TextField(blank=True)),
                ('status', models.CharField(choices=[('under_review', 'Under review'), ('planned', 'Planned'), ('in_progress', 'In progress'), ('shipped', 'Shipped'), ('declined', 'Declined'), ('parked', 'Parked'), ('duplicate', 'Duplicate')], default='under_review', max_length=20)),
                ('visibility', models.CharField(choices=[('internal', 'Internal'), ('public', 'Public')], default='internal', max_length=10)),
                ('terms', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), blank=True, default=list, help_text='Other names for it.', size=None)),
                ('reason', models.CharField(blank=True, help_text='Why it was declined.', max_length=1000)),
                ('words', models.TextField(blank=True, help_text='What whoever asked is told; empty is usual.')),
                ('opened_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('contacts', models.PositiveIntegerField(default=0)),
                ('customers', models.PositiveIntegerField(default=0)),
                ('important', models.PositiveIntegerField(default=0, help_text='To how many of the contacts it matters, 2 or 3.')),
                ('arr', models.DecimalField(decimal_places=2, default=0, max_digits=16)),
                ('currency', models.CharField(blank=True, max_length=3)),
                ('capability', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='requests', to='catalog.capability')),
                ('merged_into', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='features.featurerequest')),
                ('opened_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='requests', to=settings.AUTH_USER_MODEL)),
                ('root', models.ForeignKey(blank=True, help_text='Where it goes on at last, through all merges.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='family_members', to='features.featurerequest')),
            ],
        ),
        migrations.CreateModel(
            name='Insight',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('importance', models.PositiveSmallIntegerField(choices=[(0, 'Mentioned it'), (1, 'Nice to have'), (2, 'Important'), (3, 'Blocks them')], default=1)),
                ('snippet', models.TextField(blank=True)),
                ('said_at', models.DateTimeField(help_text='When they asked.')),
                ('plan', models.CharField(blank=True, max_length=60)),
                ('tier', models.CharField(blank=True, max_length=20)),
                ('standing', models.CharField(blank=True, max_length=20)),
                ('arr', models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True)),
                ('currency', models.CharField(blank=True, max_length=3)),
                ('added_at', models.DateTimeField()),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
                ('added_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('contact', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='insights', to='customers.contact')),
                ('customer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='insights', to='customers.customer')),
                ('message', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='tickets.message')),
                ('request', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='insights', to='features.featurerequest')),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='insights', to='tickets.ticket')),
            ],
        ),
        migrations.AddIndex(
            model_name='featurerequest',
            index=models.Index(models.F('contacts'), models.F('id'), name='request_demand'),
        ),
        migrations.AddIndex(
            model_name='featurerequest',
            index=models.Index(models.F('arr'), models.F('id'), name='request_worth'),
        ),
        migrations.AddIndex(
            model_name='featurerequest',
            index=models.Index(models.F('updated_at'), models.F('id'), name='request_changed'),
        ),
        migrations.AddIndex(
            model_name='featurerequest',
            index=models.Index(models.F('status'), models.F('contacts'), models.F('id'), name='request_status'),
        ),
        migrations.AddIndex(
            model_name='featurerequest',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass('title', 'gin_trgm_ops'), name='request_title_like'),
        ),
        migrations.AddConstraint(
            model_name='featurerequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('merged_into__isnull', False), ('root__isnull', False), ('status', 'duplicate')), models.Q(models.Q(('status', 'duplicate'), _negated=True), ('merged_into', None), ('root', None)), _connector='OR'), name='request_merged_or_not'),
        ),
        migrations.AddIndex(
            model_name='insight',
            index=models.Index(fields=['request', '-said_at', '-id'], name='insight_newest'),
        ),
        migrations.AddConstraint(
            model_name='insight',
            constraint=models.UniqueConstraint(fields=('request', 'ticket'), name='insight_once'),
        ),
        migrations.AddConstraint(
            model_name='insight',
            constraint=models.CheckConstraint(condition=models.Q(('importance__lte', 3)), name='insight_importance'),
        ),
    ]
