"""Owed answers have an index, and whoever was mentioned finds the ticket again, also of old."""

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

OWED = models.Q(
    ("status__in", ["new", "open", "waiting_customer", "waiting_third_party"]),
    models.Q(
        ("waiting_since__isnull", False),
        ("due_kind__in", ["first_response", "next_response"]),
        _connector="OR",
    ),
)
TOLD = "INSERT INTO tickets_mention (ticket_id, person_id) SELECT DISTINCT a.subject_id, named::bigint FROM timeline_activity a CROSS JOIN jsonb_array_elements_text(a.data->'mentioned') AS named WHERE a.kind = 'ticket' AND a.verb = 'noted' AND a.data ? 'mentioned' AND EXISTS (SELECT FROM tickets_ticket t WHERE t.id = a.subject_id) AND EXISTS (SELECT FROM accounts_user u WHERE u.id = named::bigint)"


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("tickets", "0013_side_conversations"),
        ("timeline", "0004_redactions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Mention",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mentions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mentions",
                        to="tickets.ticket",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("person", "ticket"), name="mention_once")
                ],
            },
        ),
        migrations.RunSQL(TOLD, migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="ticket",
            index=models.Index(
                models.F("due_order"), models.F("id"), condition=OWED, name="ticket_owed"
            ),
        ),
    ]
