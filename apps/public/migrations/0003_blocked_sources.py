"""What the admin calls them."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("public", "0002_violations")]

    operations = [
        migrations.AlterModelOptions(
            name="violation",
            options={
                "ordering": ["-last_at"],
                "verbose_name": "blocked source",
                "verbose_name_plural": "blocked sources",
            },
        )
    ]
