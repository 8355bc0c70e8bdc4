"""A view's name is taken once; its index is built beside the traffic, which reads views always."""

from django.db import migrations, models

NAMED_ONCE = models.UniqueConstraint(
    condition=models.Q(("deleted_at", None)),
    fields=("owner", "team", "name"),
    name="view_named_once",
    nulls_distinct=False,
)
BUILD = (
    "CREATE UNIQUE INDEX CONCURRENTLY view_named_once ON tickets_view"
    " (owner_id, team_id, name) NULLS NOT DISTINCT WHERE deleted_at IS NULL"
)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("tickets", "0011_desk")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(BUILD, "DROP INDEX view_named_once")],
            state_operations=[migrations.AddConstraint(model_name="view", constraint=NAMED_ONCE)],
        )
    ]
