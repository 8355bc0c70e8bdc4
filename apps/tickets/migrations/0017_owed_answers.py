"""Whoever asked is owed word of what became of it; their tickets have a list and an index."""

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("tickets", "0016_counts_of_one_person"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="OwedAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=40)),
                ("subject_id", models.BigIntegerField()),
                ("became", models.CharField(max_length=40)),
                ("title", models.CharField(max_length=300)),
                ("draft", models.TextField(blank=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("owed", "Not told yet"),
                            ("told", "Told"),
                            ("waived", "No word needed"),
                            ("withdrawn", "Taken back with its cause"),
                        ],
                        default="owed",
                        max_length=10,
                    ),
                ),
                ("owed_at", models.DateTimeField()),
                (
                    "reason",
                    models.CharField(
                        blank=True, help_text="Why no word is needed.", max_length=500
                    ),
                ),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "asked_on",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="asked_answers",
                        to="tickets.ticket",
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="answers",
                        to="tickets.message",
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        help_text="Where they are told: what it was merged into, or what followed it.",
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="owed_answers",
                        to="tickets.ticket",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["kind", "subject_id", "state"], name="answer_about"),
                    models.Index(fields=["owed_at", "id"], name="answer_owed_at"),
                    models.Index(
                        condition=models.Q(("message", None), _negated=True),
                        fields=["message"],
                        name="answer_message",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("asked_on", "kind", "subject_id", "became"),
                        name="answer_owed_once",
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="ticket",
            name="loop_since",
            field=models.DateTimeField(
                blank=True,
                help_text="Since when its customer is owed word of what became of something.",
                null=True,
            ),
        ),
        AddIndexConcurrently(
            model_name="ticket",
            index=models.Index(
                models.F("due_order"),
                models.F("id"),
                condition=models.Q(("loop_since__isnull", False)),
                name="ticket_loop",
            ),
        ),
    ]
