"""Rules that give a ticket to whoever speaks its contact's language."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tickets', '0018_answers_expected'),
    ]

    operations = [
        migrations.AddField(
            model_name='assignmentrule',
            name='speaks',
            field=models.BooleanField(db_default=False, default=False, help_text="Whoever gets it has the contact's language among their skills, in English: german. Where the language is not known, anybody.", verbose_name='in their language'),
        ),
    ]
