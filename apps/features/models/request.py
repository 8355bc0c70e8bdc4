"""FeatureRequest: something customers ask us to build."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse

from apps.catalog.models import Capability
from apps.timeline.models import Tracked
from apps.timeline.refusal import Refused
from apps.timeline.text import clean_line, clean_text

from .. import rules
from ..choices import Status, Visibility
from ..querysets import FeatureRequestQuerySet
from .deciding import Deciding
from .gathering import Gathering
from .joining import Joining
from .owing import Owing

LONGEST_TITLE = 200
MOST_TERMS = 20
EDITED = ("title", "problem", "capability", "visibility", "owner", "terms")


class FeatureRequestManager(models.Manager.from_queryset(FeatureRequestQuerySet)):  # type: ignore[misc]
    """Opens requests."""

    def open(self, title: str, *, by: Any, at: datetime, **words: Any) -> "FeatureRequest":
        """Somebody asks for something nobody asked for before."""
        made = self.model(opened_by=by, opened_at=at, updated_at=at)
        made.put(title=title, **words)
        with transaction.atomic():
            made.save()
            made.record(
                "opened", by=by, at=at, title=[None, made.title], status=[None, made.status]
            )
        return made

    def ask(
        self, ticket: Any, *, title: str, problem: str = "", by: Any, at: datetime, **insight: Any
    ) -> "FeatureRequest":
        """Somebody asks on a ticket for something nobody asked for before."""
        with transaction.atomic():
            made = self.open(title, problem=problem, by=by, at=at)
            made.add_insight(ticket, **insight, by=by, at=at)
        return made


class FeatureRequest(Deciding, Gathering, Joining, Owing, Tracked):
    """One thing to build, in the words of the problem it solves, and who asks for it."""

    kind: ClassVar[str] = "feature_request"

    title = models.CharField(max_length=LONGEST_TITLE)
    problem = models.TextField(blank=True)
    capability = models.ForeignKey(
        Capability, models.SET_NULL, null=True, blank=True, related_name="requests"
    )
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.UNDER_REVIEW)
    visibility = models.CharField(
        max_length=10, choices=Visibility.choices, default=Visibility.INTERNAL
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="requests"
    )
    terms = ArrayField(
        models.CharField(max_length=80), default=list, blank=True, help_text="Other names for it."
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged"
    )
    root = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="family_members",
        help_text="Where it goes on at last, through all merges.",
    )
    reason = models.CharField(max_length=1_000, blank=True, help_text="Why it was declined.")
    words = models.TextField(blank=True, help_text="What whoever asked is told; empty is usual.")
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    opened_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    # The reading copy of who asks for it, kept by `recount`.
    contacts = models.PositiveIntegerField(default=0)
    customers = models.PositiveIntegerField(default=0)
    important = models.PositiveIntegerField(
        default=0, help_text="To how many of the contacts it matters, 2 or 3."
    )
    arr = models.DecimalField(max_digits=16, decimal_places=2, default=0)
    currency = models.CharField(max_length=3, blank=True)

    objects = FeatureRequestManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status="duplicate", merged_into__isnull=False, root__isnull=False)
                | ~Q(status="duplicate") & Q(merged_into=None, root=None),
                name="request_merged_or_not",
            )
        ]
        indexes = [
            models.Index("contacts", "id", name="request_demand"),
            models.Index("arr", "id", name="request_worth"),
            models.Index("updated_at", "id", name="request_changed"),
            models.Index("status", "contacts", "id", name="request_status"),
            GinIndex(OpClass("title", "gin_trgm_ops"), name="request_title_like"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("portal:request", args=[self.pk])

    @property
    def goes_on(self) -> "FeatureRequest":
        """Itself, or what it was merged into at last."""
        return self.root or self

    @property
    def is_settled(self) -> bool:
        """Whether something became of it that those who asked are told."""
        return self.status in rules.OUTCOMES

    def edit(self, *, by: Any, at: datetime, **words: Any) -> None:
        """Say better what it is about."""
        with transaction.atomic():
            self.hold()
            before = self._told()
            self.put(**words)
            after = self._told()
            told = {name: [before[name], after[name]] for name in EDITED}
            told = {name: pair for name, pair in told.items() if pair[0] != pair[1]}
            if not told:
                raise Refused("It says that already.")
            self.updated_at = max(self.updated_at, at)
            self.save(update_fields=[*EDITED, "updated_at"])
            if "problem" in told:
                told["problem"] = True
            self.record("edited", by=by, at=at, **told)

    # --- parts ----------------------------------------------------------------------------------

    def put(self, **words: Any) -> None:
        """The words of the caller, each checked."""
        if unknown := set(words) - set(EDITED):
            raise TypeError(f"A request has no {', '.join(sorted(unknown))}.")
        for name, value in words.items():
            setattr(self, name, value)
        self.title = clean_line(self.title, limit=LONGEST_TITLE, field="title")
        self.problem = clean_text(self.problem, limit=20_000, field="problem").strip()
        self.terms = rules.tidy_terms(_clean(self.terms), self.title)
        if not self.title:
            raise Refused("Give it a title.", field="title")
        if len(self.terms) > MOST_TERMS:
            raise Refused(f"{MOST_TERMS} other names are the most.", field="terms")
        if self.visibility not in Visibility.values:
            raise Refused("It is internal or public.", field="visibility")
        if self.owner and not self.owner.is_active:
            raise Refused(f"{self.owner} cannot sign in.", field="owner")

    def hold(self) -> None:
        """Lock the row and read it anew."""
        self.refresh_from_db(from_queryset=FeatureRequest.objects.select_for_update())

    def touch(self, at: datetime) -> None:
        self.updated_at = max(self.updated_at, at)
        self.save(update_fields=["updated_at"])

    def _told(self) -> dict[str, Any]:
        names = {name: self._meta.get_field(name).attname for name in EDITED}
        return {name: getattr(self, attname) for name, attname in names.items()}


def _clean(terms: Iterable[str]) -> list[str]:
    return [clean_line(term, limit=80, field="terms") for term in terms]
