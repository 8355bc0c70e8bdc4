"""Records of this app: organisations, the people there, and the files they came from."""

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import IntegrityError, models, transaction
from django.db.models.functions import Lower, Now

from apps.accounts.models import known_timezone
from apps.timeline.models import Tracked
from apps.timeline.refusal import Refused
from apps.timeline.text import clean_text

from . import rules
from .choices import Standing, Tier
from .querysets import ContactQuerySet, CustomerNoteQuerySet, CustomerQuerySet

LONGEST_NOTE = 4_000


class Known(Tracked):
    """What is the same for both: it is entered, and what is known of it changes."""

    class Meta:
        abstract = True

    def change(self, *, by: Any, at: datetime, run: int | None = None, **fields: Any) -> bool:
        """Know something else of it, from an import perhaps; whether it was something else."""
        with transaction.atomic():
            self.refresh_from_db(from_queryset=type(self).objects.select_for_update())
            told = self.put(**fields)
            if told:
                self.keep()
                self.record("changed", by=by, at=at, **told, **({"imported": run} if run else {}))
        return bool(told)

    def put(self, **fields: Any) -> dict[str, Any]:
        """Set these fields; returns what differs, as Activity tells it."""
        told: dict[str, Any] = {}
        for name, value in fields.items():
            before = getattr(self, self._meta.get_field(name).attname)
            setattr(self, name, value)
            self.tidy(name)
            after = getattr(self, self._meta.get_field(name).attname)
            if before != after:
                told[name] = [plain(before), plain(after)]
        return told

    def tidy(self, name: str) -> None:
        """Write one field as this record writes it."""

    def keep(self) -> None:
        """Save, or refuse by name what is taken already."""
        try:
            with transaction.atomic():
                self.save()
        except IntegrityError as wrong:
            field = next((f for f in ("external_id", "email") if f in str(wrong)), "")
            raise Refused("That is taken already.", code="taken", field=field) from None


class Customer(Known):
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

    @property
    def terms(self) -> str:
        """Tier and plan; in one word where the plan is called as its tier is."""
        tier = self.get_tier_display()
        return tier if self.plan.lower() in ("", tier.lower()) else f"{tier}, {self.plan}"

    def note(self, body: str, *, by: Any, at: datetime, pinned: bool = False) -> "CustomerNote":
        """A word among staff about all of their tickets; the customer never sees it."""
        body = clean_text(body, field="body", limit=LONGEST_NOTE).strip()
        if not body:
            raise Refused("Write something first.", field="body")
        with transaction.atomic():
            note = self.notes.create(body=body, author=by, at=at, pinned_at=at if pinned else None)
            self.record("noted", by=by, at=at, note=note.pk)
        return note


class CustomerNote(models.Model):
    """What whoever answers this customer should know."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="notes", db_index=False)
    body = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    pinned_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = CustomerNoteQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["customer", "-at", "-id"],
                condition=models.Q(deleted_at=None),
                name="customer_notes",
            )
        ]

    def __str__(self) -> str:
        return f"Note on {self.customer_id}"

    def pin(self, *, by: Any, at: datetime) -> None:
        """Above the others."""
        self._set("pinned", "pinned_at", at, by=by, at=at)

    def unpin(self, *, by: Any, at: datetime) -> None:
        self._set("unpinned", "pinned_at", None, by=by, at=at)

    def delete_by(self, *, by: Any, at: datetime) -> None:
        """Gone from the page; `restore` takes that back."""
        self._set("note_deleted", "deleted_at", at, by=by, at=at)

    def restore(self, *, by: Any, at: datetime) -> None:
        self._set("note_restored", "deleted_at", None, by=by, at=at)

    def _set(self, verb: str, name: str, value: Any, *, by: Any, at: datetime) -> None:
        with transaction.atomic():
            self.refresh_from_db(from_queryset=CustomerNote.objects.select_for_update())
            if bool(getattr(self, name)) == bool(value):
                raise Refused("That is so already.")
            setattr(self, name, value)
            self.save(update_fields=[name])
            self.customer.record(verb, by=by, at=at, note=self.pk)


class Contact(Known):
    """A person at a customer; known by one e-mail address, written in lower case.

    One who turned out to be somebody else's second address is `merged_into` them: the row stays
    for what was said from there, and whoever asks for the address meets the one who goes on.
    """

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
    language = models.CharField(
        max_length=35,
        blank=True,
        db_default="",
        help_text="What they are answered in, such as de or pt-BR. Empty: not known.",
    )
    language_hint = models.CharField(
        max_length=35,
        blank=True,
        db_default="",
        editable=False,
        help_text="What their mails or their browser say; nothing goes by it until it is taken.",
    )
    external_id = models.CharField(max_length=200, null=True, blank=True, unique=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", db_index=False
    )
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
            models.Index(
                fields=["merged_into"],
                condition=models.Q(merged_into__isnull=False),
                name="contact_merged",
            ),
            GinIndex(OpClass(Lower("name"), "gin_trgm_ops"), name="contact_name_like"),
            GinIndex(OpClass("email", "gin_trgm_ops"), name="contact_email_like"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def clean(self) -> None:
        self.tidy("email")

    def change(self, *, by: Any, at: datetime, **fields: Any) -> bool:
        if self.merged_into_id:
            raise Refused("This contact goes on in another one: change that one.")
        return super().change(by=by, at=at, **fields)

    def addresses(self) -> set[str]:
        """Every address they go by: their own, and those of whoever was merged into them."""
        return {self.email, *self.merged.values_list("email", flat=True)}

    def goes_by(self, contact: int) -> bool:
        """Whether this number is theirs, or of one merged into them."""
        return self.pk == contact or self.merged.filter(pk=contact).exists()

    def tidy(self, name: str) -> None:
        if name == "email":
            self.email = self.email.strip().lower()
        elif name == "language" and self.language:
            said, self.language = self.language, rules.tag(self.language)
            if not self.language:
                raise Refused(
                    f"“{said[:40]}” is not a language like de or pt-BR.", field="language"
                )

    @property
    def language_name(self) -> str:
        """In English."""
        return name_of(self.language)

    @property
    def guess(self) -> str:
        """The language their mails or their browser suggest, while nobody knows it."""
        return "" if self.language else name_of(self.language_hint)

    def take_language(self, *, by: Any, at: datetime) -> None:
        """What was suggested is so."""
        if self.language or not self.language_hint:
            raise Refused("No language is suggested.")
        self.change(language=self.language_hint, by=by, at=at)


def name_of(language: str) -> str:
    """A language in English, as far as it is a common one: "German", "Portuguese (BR)"."""
    known = LANG_INFO.get(rules.base(language), {}).get("name") or rules.base(language)
    country = language.partition("-")[2]
    return f"{known} ({country})" if country else known


def plain(value: Any) -> Any:
    """A field's value as Activity tells it."""
    return value if value is None or isinstance(value, int | str | bool) else str(value)


class ImportRun(Tracked):
    """One file of customers and contacts, and what was taken from it."""

    kind: ClassVar[str] = "customer_import"

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

    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    def __str__(self) -> str:
        return f"customers-{self.pk}"

    def withdraw(self, *, by: Any, at: datetime) -> None:
        """It is to be taken back: whoever still takes rows from its file stops at the next chunk.

        Asked again, what could not be taken back then is looked at again.
        """
        with transaction.atomic():
            self.refresh_from_db(from_queryset=ImportRun.objects.select_for_update())
            took = self.created or self.changed
            if took and not self.undone_at and not self.touched.exists():
                raise Refused("What this import changed was not written down: it is too old.")
            self.undone_at, self.undone_by = at, by
            self.save(update_fields=["undone_at", "undone_by"])
            self.record("withdrawn", by=by, at=at)


class Touched(models.Model):
    """A record that a run entered or changed; how is in its Activity."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="touched", db_index=False)
    kind = models.CharField(max_length=10)
    subject_id = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "touched"
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject_id", "run"], name="touched_once")
        ]
        indexes = [models.Index(fields=["run", "id"], name="touched_by_run")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"
