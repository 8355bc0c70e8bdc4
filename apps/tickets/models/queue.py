"""Queues, the words for statuses, and the fields a queue asks for: nouns set up in the admin."""

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import OuterRef
from django.db.models.functions import JSONObject, Lower

from apps.calendars.rules import ALWAYS
from apps.calendars.rules import Calendar as WorkingTime

from ..choices import FieldType, Status

MOST_HOURS = 1000  # a quarter of working weeks, and then some


class QueueQuerySet(models.QuerySet):
    """Queues."""

    def addresses(self) -> frozenset[str]:
        """Where mail to us is sent, in lower case."""
        given = self.exclude(address="").values_list("address", flat=True)
        return frozenset(address.lower() for address in given)


class Queue(models.Model):
    """Where tickets of one kind are answered together."""

    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=60, unique=True)
    address = models.EmailField(blank=True, help_text="Mail to this address lands here.")
    sender_name = models.CharField(
        "name on mails",
        max_length=120,
        blank=True,
        db_default="",
        help_text="Whom customers see as the sender; the queue's name if empty."
        " {{agent.first_name}} and the other variables of a signature work here.",
    )
    signature = models.TextField(
        blank=True,
        help_text="Added under every reply. {{agent.name}}, {{agent.first_name}}, {{queue.name}},"
        " {{contact.name}}, {{contact.first_name}}, {{customer.name}} and {{ticket.number}} are"
        " filled in.",
    )
    acknowledgement = models.TextField(
        blank=True,
        db_default="",
        help_text="Sent once to whoever opens a ticket by mail; empty: nothing is sent.",
    )
    team = models.ForeignKey(
        "accounts.Team", models.SET_NULL, null=True, blank=True, related_name="queues"
    )
    calendar = models.ForeignKey(
        "calendars.Calendar",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The hours in which somebody else is expected to answer, and the days after"
        " which resolved tickets close where working days count. Empty: always.",
    )
    answer_hours = models.PositiveSmallIntegerField(
        "hours for an answer aside",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_HOURS)],
        help_text="Working hours somebody else has to answer us, unless whoever asks says"
        " otherwise; then whoever asked is told. Empty: nobody is told.",
    )
    insists = models.BooleanField(
        "insist on checklists",
        default=False,
        db_default=False,
        help_text="Refuse to resolve while required items are open; else it is only said.",
    )
    position = models.PositiveSmallIntegerField(default=0)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = QueueQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="queue_name_ci")]

    def __str__(self) -> str:
        return self.name

    def hours(self) -> WorkingTime:
        """The hours in which an answer of somebody else is expected."""
        version = self.calendar.current if self.calendar else None
        return version.hours() if version else ALWAYS


class StatusLabel(models.Model):
    """A team's own word for one of the statuses; clocks go by the status beneath it."""

    name = models.CharField(max_length=60)
    status = models.CharField(max_length=20, choices=Status.choices)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["status", "position", "name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="status_label_name_ci")]

    def __str__(self) -> str:
        return self.name


class CustomFieldQuerySet(models.QuerySet):
    """What queues want to know."""

    def needed(self) -> ArraySubquery:
        """What the queue of a ticket needs, beside the ticket's own row."""
        found = self.filter(queue=OuterRef("queue"), required=True)
        return ArraySubquery(found.values(row=JSONObject(key="key", label="label")))


class CustomField(models.Model):
    """Something a queue wants to know about its tickets."""

    queue = models.ForeignKey(Queue, models.CASCADE, related_name="fields")
    key = models.SlugField(max_length=40)
    label = models.CharField(max_length=80)
    type = models.CharField(max_length=10, choices=FieldType.choices, default=FieldType.TEXT)
    options = ArrayField(
        models.CharField(max_length=80), default=list, blank=True, help_text="For a list."
    )
    required = models.BooleanField("required to resolve", default=False)
    position = models.PositiveSmallIntegerField(default=0)

    objects = CustomFieldQuerySet.as_manager()

    class Meta:
        ordering = ["queue", "position", "label"]
        constraints = [
            models.UniqueConstraint(fields=["queue", "key"], name="custom_field_key_once")
        ]

    def __str__(self) -> str:
        return self.label

    def clean(self) -> None:
        if self.type == FieldType.CHOICE and not self.options:
            raise ValidationError({"options": "A list needs at least one option."})
