"""Policies: what is promised to whom, as it is edited and as it was published."""

from datetime import datetime
from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.urls import reverse

from apps.calendars.models import Calendar
from apps.calendars.rules import Malformed
from apps.customers.choices import Tier
from apps.tickets.choices import Priority
from apps.timeline.models import Tracked
from apps.timeline.refusal import Refused
from apps.timeline.text import clean_line

from ..drafts import (
    around_the_clock,
    compile_draft,
    usual_ladder,
    usual_pauses,
    usual_targets,
)
from ..querysets import PolicyManager

_DRAFTED = ("targets", "by_priority", "pauses", "ladder")
_EDITED = (*_DRAFTED, "around_the_clock", "incident_updates")


class Policy(Tracked):
    """A promise as it is being edited; clocks go by its published versions.

    The first policy by position whose every condition holds is a ticket's; the default has none.
    """

    kind: ClassVar[str] = "policy"

    name = models.CharField(max_length=80, unique=True)
    position = models.PositiveSmallIntegerField(default=0, help_text="The first that fits counts.")
    is_default = models.BooleanField("for everything else", default=False, editable=False)
    tiers = ArrayField(
        models.CharField(max_length=20, choices=Tier.choices), default=list, blank=True
    )
    priorities = ArrayField(
        models.CharField(max_length=10, choices=Priority.choices), default=list, blank=True
    )
    tags = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    queues = models.ManyToManyField("tickets.Queue", blank=True, related_name="+")
    calendar = models.ForeignKey(
        "calendars.Calendar",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="policies",
        help_text="Empty: around the clock.",
    )
    targets = models.JSONField(
        default=usual_targets, help_text='Working seconds, e.g. {"first_response": 3600}.'
    )
    by_priority = models.JSONField(
        default=dict, blank=True, help_text='E.g. {"urgent": {"first_response": 900}}.'
    )
    around_the_clock = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        blank=True,
        help_text="Targets that count every second, whatever the calendar:"
        ' {"targets": ["resolution"], "by_priority": {"urgent": ["first_response"]}}.',
    )
    pauses = models.JSONField(
        default=usual_pauses, blank=True, help_text="Statuses in which a kind of clock stands."
    )
    ladder = models.JSONField(
        default=usual_ladder,
        blank=True,
        help_text='Steps: {"kind": "resolution", "at": "0.75", "do": "notify", "to": "assignee"}.',
    )
    incident_updates = models.BooleanField(
        "updates of incidents answer their tickets",
        default=True,
        db_default=True,
        help_text="What an incident's customers are told stops the response clocks it reaches.",
    )
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)
    current = models.ForeignKey(
        "PolicyVersion", models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    objects = PolicyManager()

    class Meta:
        verbose_name_plural = "policies"
        ordering = ["is_default", "position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=models.Q(is_default=True),
                name="one_default_policy",
            ),
            models.CheckConstraint(
                condition=models.Q(is_default=False)
                | models.Q(tiers=[], priorities=[], tags=[], retired_at=None),
                name="default_policy_fits_all",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="default_stays",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__is_default=True),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("portal:sla-policy", args=[self.pk])

    def clean(self) -> None:
        try:
            self._compile()
        except Malformed as wrong:
            field = wrong.path.removeprefix("policy.").split(".")[0].split("[")[0]
            known = field if field in _EDITED else "targets"
            raise ValidationError({known: str(wrong)}) from wrong
        if self.is_default and (self.tiers or self.priorities or self.tags):
            raise ValidationError("The default policy holds for everything and has no conditions.")

    def draft(self) -> dict[str, Any]:
        """What is promised as edited now, in the shape of a scenario's policy, with its ladder.

        That targets go by the calendar, and that updates of incidents are answers, goes without
        saying, as in versions before this could be said.
        """
        return {
            "targets": self.targets,
            "by_priority": self.by_priority,
            "pauses": self.pauses,
            "ladder": self.ladder,
            **({"around_the_clock": self.around_the_clock} if self.around_the_clock else {}),
            **({} if self.incident_updates else {"incident_updates": False}),
        }

    def _compile(self) -> None:
        """Read the draft, raising `Malformed`, and keep hours only of targets that are there."""
        self.around_the_clock = around_the_clock(compile_draft(self.draft()).rules)

    def conditions(self) -> dict[str, Any]:
        """Which tickets it is for; an empty list asks nothing."""
        return {
            "tiers": sorted(self.tiers),
            "priorities": sorted(self.priorities),
            "tags": sorted(self.tags),
            "queues": sorted(self.queues.values_list("pk", flat=True)) if self.pk else [],
        }

    @property
    def is_edited(self) -> bool:
        """Whether the draft says something else than the version in force."""
        now = self.current
        return now is None or (now.spec, now.conditions, now.calendar_id) != (
            self.draft(),
            self.conditions(),
            self.calendar_id,
        )

    @property
    def fields_of_draft(self) -> dict[str, Any]:
        """Everything an edit may change, as it stands."""
        conditions = self.conditions()
        return {
            "name": self.name,
            "position": self.position,
            "calendar": self.calendar_id,
            **conditions,
            **self.draft(),
            "around_the_clock": self.around_the_clock,
            "incident_updates": self.incident_updates,
        }

    # --- verbs ----------------------------------------------------------------------------------

    @transaction.atomic
    def edit(self, *, by: Any, at: datetime, **fields: Any) -> None:
        """Change the draft; a new policy begins so. No clock goes by it before it is published.

        `calendar` and `queues` are given by their numbers.
        """
        new = self.pk is None
        if not new:
            self.hold()
        if self.retired_at:
            raise Refused("This policy is retired.")
        before = {} if new else self.fields_of_draft
        self.name = clean_line(fields.get("name", self.name), limit=80, field="name")
        if not self.name:
            raise Refused("Give it a name.", field="name")
        if Policy.objects.filter(name=self.name).exclude(pk=self.pk).exists():
            raise Refused("Another policy has this name.", field="name")
        for name in (*_EDITED, "position", "tiers", "priorities", "tags"):
            if name in fields:
                setattr(self, name, fields[name])
        if "calendar" in fields:
            self.calendar_id = fields["calendar"]
            self.calendar = self._calendar()
        queues = fields.get("queues", before.get("queues", []))
        if self.is_default and (self.tiers or self.priorities or self.tags or queues):
            raise Refused("The default policy holds for everything and has no conditions.")
        try:
            self._compile()
        except Malformed as wrong:
            raise Refused(f"This cannot be promised: {wrong}.", code="malformed") from wrong
        self.save()
        self.queues.set(queues)
        after = self.fields_of_draft
        changed = {
            name: [before.get(name), value]
            for name, value in after.items()
            if new or before[name] != value
        }
        if new:
            self.record("drafted", by=by, at=at, name=self.name)
        elif changed:
            self.record("edited", by=by, at=at, **changed)

    def _calendar(self) -> Calendar | None:
        if self.calendar_id is None:
            return None
        found = Calendar.objects.filter(pk=self.calendar_id).first()
        if found is None:
            raise Refused("There is no such calendar.", field="calendar")
        return found

    @transaction.atomic
    def discard(self, *, by: Any, at: datetime) -> None:
        """Take the draft back to the version in force."""
        self.hold()
        if self.current is None or not self.is_edited:
            raise Refused("There is no draft to discard.")
        now = self.current
        for name in _DRAFTED:
            setattr(self, name, now.spec[name])
        self.around_the_clock = now.spec.get("around_the_clock", {})
        self.incident_updates = now.spec.get("incident_updates", True)
        for name in ("tiers", "priorities", "tags"):
            setattr(self, name, now.conditions[name])
        self.calendar_id = now.calendar_id
        self.save()
        self.queues.set(now.conditions["queues"])
        self.record("discarded", by=by, at=at, version=now.number)

    def publish(self, *, by: Any, at: datetime, reason: str = "") -> "PolicyVersion":
        """Freeze the draft; tickets that come from now on go by it. The same draft is refused."""
        reason = clean_line(reason, field="reason")
        with transaction.atomic():
            self.hold()
            try:
                compile_draft(self.draft())
            except Malformed as wrong:
                raise Refused(f"This cannot be promised: {wrong}.", code="malformed") from wrong
            if self.retired_at:
                raise Refused("This policy is retired.")
            if not self.is_edited:
                raise Refused("Nothing was changed since the last version.", code="unchanged")
            if self.calendar_id and self.calendar.current_id is None:
                self.calendar.publish(by=by, at=at, reason="First use by a policy.")
            before = self.current
            version = PolicyVersion.objects.create(
                policy=self,
                number=before.number + 1 if before else 1,
                spec=self.draft(),
                conditions=self.conditions(),
                calendar=self.calendar,
                published_at=at,
                published_by=by,
                reason=reason,
            )
            self.current = version
            self.save(update_fields=["current"])
            self.record(
                "published",
                by=by,
                at=at,
                version=[before.number if before else None, version.number],
                reason=reason,
            )
        return version

    def retire(self, *, by: Any, at: datetime) -> None:
        """Match no more tickets; those that have it keep it."""
        with transaction.atomic():
            self.hold()
            if self.is_default:
                raise Refused("The default policy cannot be retired: every ticket needs one.")
            if self.retired_at:
                raise Refused("This policy is retired already.")
            self.retired_at = at
            self.save(update_fields=["retired_at"])
            self.record("retired", by=by, at=at)

    def hold(self) -> None:
        """Lock the row and read it anew."""
        self.refresh_from_db(
            from_queryset=Policy.objects.select_related("current", "calendar").select_for_update(
                of=("self",)
            )
        )


class PolicyVersion(models.Model):
    """A policy as it was published; never changed, so that a clock can be explained."""

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    spec = models.JSONField()
    conditions = models.JSONField(default=dict)
    calendar = models.ForeignKey(
        "calendars.Calendar", models.PROTECT, null=True, blank=True, related_name="+"
    )
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["policy", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "number"], name="policy_version_once")
        ]
        triggers = [pgtrigger.Protect(name="frozen", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.policy} v{self.number}"
