"""Records of this app: organisations, the people there, and the files they came from."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Lower, Now

from apps.accounts.models import known_timezone
from apps.timeline.models import Tracked

from .choices import Standing, Tier
from .querysets import ContactQuerySet, CustomerQuerySet


class Customer(Tracked):
    """An organisation we have promised something to."""

    kind: ClassVar[str] = "customer"

    name = models.CharField(max_length=200)
    external_id = models.CharField(
        max_length=200, null=True, blank=True, unique=True, help_text="Its name in your systems."
    )
    domain = models.CharField(
        max_length=253, blank=True, help_text="Mail from this domain is from this customer."
    )
    plan = models.CharField(max_length=60, blank=True)
    tier = models.CharField(max_length=20, choices=Tier.choices, default=Tier.STANDARD)
    status = models.CharField(max_length=20, choices=Standing.choices, default=Standing.ACTIVE)
    arr = models.DecimalField(
        "annual recurring revenue", max_digits=14, decimal_places=2, null=True, blank=True
    )
    currency = models.CharField(max_length=3, default="EUR", help_text="ISO 4217.")
    renews_at = models.DateField("renews on", null=True, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="customers",
        help_text="Who looks after them.",
    )
    is_placeholder = models.BooleanField(
        "named by an import only", default=False, help_text="Nobody has set it up yet."
    )
    created_at = models.DateTimeField(db_default=Now())

    objects = CustomerQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(Lower("name"), "id", name="customer_name"),
            models.Index(Lower("domain"), condition=~models.Q(domain=""), name="customer_domain"),
            models.Index("renews_at", "id", name="customer_renewal"),
            GinIndex(OpClass(Lower("name"), "gin_trgm_ops"), name="customer_name_like"),
        ]

    def __str__(self) -> str:
        return self.name


class Contact(Tracked):
    """A person at a customer; known by one e-mail address, written in lower case."""

    kind: ClassVar[str] = "contact"

    customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="contacts",
    )
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(unique=True)
    phone = models.CharField(max_length=40, blank=True)
    timezone = models.CharField(max_length=64, default="UTC", validators=[known_timezone])
    external_id = models.CharField(max_length=200, null=True, blank=True, unique=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = ContactQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="contact_email_lower_case"
            )
        ]
        indexes = [
            models.Index(Lower("name"), "id", name="contact_name"),
            GinIndex(OpClass(Lower("name"), "gin_trgm_ops"), name="contact_name_like"),
            GinIndex(OpClass("email", "gin_trgm_ops"), name="contact_email_like"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def clean(self) -> None:
        self.email = self.email.strip().lower()


class ImportRun(models.Model):
    """One file of customers and contacts, and what was taken from it."""

    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    rows = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejected = models.JSONField(default=list)
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    def __str__(self) -> str:
        return f"customers-{self.pk}"
