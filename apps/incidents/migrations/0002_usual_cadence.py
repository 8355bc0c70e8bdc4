"""How often is promised to write, until somebody sets it up otherwise."""

from django.db import migrations

USUAL = {
    "SEV1": {"customers": 30, "support": 30, "internal": 15, "leadership": 60},
    "SEV2": {"customers": 60, "support": 60, "internal": 30, "leadership": 120},
    "SEV3": {"customers": 240, "support": 240, "internal": 120},
    "SEV4": {"customers": 1440},
}


def set_up(apps, schema_editor):
    Cadence = apps.get_model("incidents", "Cadence")
    Cadence.objects.bulk_create(
        Cadence(severity=severity, audience=audience, minutes=minutes)
        for severity, audiences in USUAL.items()
        for audience, minutes in audiences.items()
    )


class Migration(migrations.Migration):
    dependencies = [("incidents", "0001_initial")]
    operations = [migrations.RunPython(set_up, migrations.RunPython.noop, elidable=False)]
