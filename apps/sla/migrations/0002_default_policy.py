"""Every ticket needs a policy: the one for everything no other is for."""

from django.db import migrations
from django.utils import timezone


def promise(apps, schema_editor):
    Policy = apps.get_model("sla", "Policy")
    PolicyVersion = apps.get_model("sla", "PolicyVersion")
    policy = Policy.objects.create(name="Default", is_default=True)
    policy.current = PolicyVersion.objects.create(
        policy=policy,
        number=1,
        spec={
            "targets": policy.targets,
            "by_priority": policy.by_priority,
            "pauses": policy.pauses,
            "ladder": policy.ladder,
        },
        conditions={"tiers": [], "priorities": [], "tags": [], "queues": []},
        published_at=timezone.now(),
        reason="The first version.",
    )
    policy.save(update_fields=["current"])


class Migration(migrations.Migration):
    dependencies = [("sla", "0001_initial")]
    operations = [migrations.RunPython(promise, migrations.RunPython.noop, elidable=False)]
