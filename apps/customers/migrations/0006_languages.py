"""What language a contact reads, and what their mails suggest."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0005_undone_imports'),
    ]

    operations = [
        migrations.AddField(
            model_name='contact',
            name='language',
            field=models.CharField(blank=True, db_default='', help_text='What they are answered in, such as de or pt-BR. Empty: not known.', max_length=35),
        ),
        migrations.AddField(
            model_name='contact',
            name='language_hint',
            field=models.CharField(blank=True, db_default='', editable=False, help_text='What their mails or their browser say; nothing goes by it until it is taken.', max_length=35),
        ),
    ]
