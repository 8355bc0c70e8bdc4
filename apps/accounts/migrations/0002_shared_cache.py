"""The table behind the shared cache: login limits live in PostgreSQL."""

from django.db import migrations, models

# The columns are those that Django's database cache expects; no model of ours stands for it.
TABLE = migrations.CreateModel(
    name="SharedCache",
    fields=[
        ("cache_key", models.CharField(max_length=255, primary_key=True)),
        ("value", models.TextField()),
        ("expires", models.DateTimeField(db_index=True)),
    ],
    options={"db_table": "shared_cache"},
)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [migrations.SeparateDatabaseAndState(database_operations=[TABLE])]
