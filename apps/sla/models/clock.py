"""Clocks as they stand, what they stand on, and what was done about them."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from apps.tickets.choices import Priority

from ..choices import Kind, State
from ..querysets import ClockQuerySet


class Terms(models.Model):
    """Which policy and calendar a ticket came under; what changed later is in its Activity.

    `seen` is the newest Activity whose priority, tags or queue were asked whether another
    policy fits. Like a clock it is written while its ticket is held, and its references are not
    checked once more.
    """

    ticket = models.OneToOneField(
        "tickets.Ticket",
        models.CASCADE,
        primary_key=True,
        related_name="terms",
        db_constraint=False,
    )
    policy_version = models.ForeignKey(
        "PolicyVersion", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    calendar_version = models.ForeignKey(
        "calendars.CalendarVersion",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    seen = models.BigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "terms"

    def __str__(self) -> str:
        return f"#{self.ticket_id} under {self.policy_version}"


class Clock(models.Model):
    """A projection of the ticket's Activity by the rules, as of `assessed_at`; never edited.

    Durations are whole working seconds. `noticed_at` is the instant up to which its ladder was
    climbed, `next_event_at` the next instant at which something may have to be done.

    The database checks none of its references: a clock is written while its ticket is held, under
    versions that are there for good, and each check would lock what it points at once more.
    """

    ticket = models.ForeignKey(
        "tickets.Ticket",
        models.CASCADE,
        related_name="clocks",
        db_index=False,
        db_constraint=False,
    )
    kind = models.CharField(max_length=20, choices=Kind.choices)
    cycle = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=20, choices=State.choices)
    reason = models.CharField(max_length=30, blank=True)
    priority = models.CharField(max_length=10, choices=Priority.choices)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    breach_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    breached_at = models.DateTimeField(null=True, blank=True)
    breach_cause = models.CharField(max_length=20, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    repeats = models.BooleanField("its breach counted in an earlier cycle", default=False)
    by_hand = models.BooleanField("due was set by hand", default=False)
    target = models.BigIntegerField()
    elapsed = models.BigIntegerField()
    paused = models.BigIntegerField()
    policy_version = models.ForeignKey(
        "PolicyVersion",
        models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    calendar_version = models.ForeignKey(
        "calendars.CalendarVersion",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    assessed_at = models.DateTimeField()
    noticed_at = models.DateTimeField()
    next_event_at = models.DateTimeField(null=True, blank=True)

    objects = ClockQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "kind", "cycle"], name="clock_once"),
        ]
        indexes = [
            models.Index(
                fields=["next_event_at"],
                condition=Q(next_event_at__isnull=False),
                name="clock_next_event",
            ),
            models.Index(
                fields=["decided_at"],
                include=["ticket", "kind", "priority", "state", "repeats", "cycle"],
                condition=Q(decided_at__isnull=False),
                name="clock_decided",
            ),
            models.Index(
                fields=["stopped_at"],
                include=[
                    *("ticket", "kind", "priority", "state", "started_at", "elapsed", "paused"),
                    *("reason", "calendar_version"),
                ],
                condition=Q(stopped_at__isnull=False),
                name="clock_ended_of",
            ),
            models.Index(
                fields=["started_at"],
                include=["ticket", "kind", "priority", "state", "repeats"],
                name="clock_started_of",
            ),
            models.Index(
                fields=["policy_version", "ticket"],
                condition=Q(stopped_at__isnull=True),
                name="clock_open_policy",
            ),
            models.Index(
                fields=["due_at"], condition=Q(stopped_at__isnull=True), name="clock_open_due"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of #{self.ticket_id}"

    @property
    def remaining(self) -> int:
        """Working seconds left; negative once overrun."""
        return self.target - self.elapsed

    @property
    def is_open(self) -> bool:
        return self.stopped_at is None

    @property
    def at_risk(self) -> bool:
        """Three quarters of the target are gone and it has not run out."""
        return self.state == State.RUNNING and 4 * self.elapsed >= 3 * self.target

    def identity(self) -> dict[str, Any]:
        """What it is known by, also after it was computed anew."""
        return {"ticket_id": self.ticket_id, "kind": self.kind, "cycle": self.cycle}


class StepFired(models.Model):
    """A step of the ladder that was taken for a clock: once, whoever sweeps."""

    ticket = models.ForeignKey("tickets.Ticket", models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    cycle = models.PositiveIntegerField(default=1)
    step = models.CharField(max_length=100)
    due_at = models.DateTimeField(help_text="When the step was due.")
    noticed_at = models.DateTimeField(help_text="When it was taken.")
    outcome = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name_plural = "steps fired"
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "kind", "cycle", "step"], name="step_fired_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.step} for {self.kind} of #{self.ticket_id}"


class Waiver(models.Model):
    """A breach that shall not count, and why; the breach itself stays."""

    ticket = models.ForeignKey(
        "tickets.Ticket", models.CASCADE, related_name="waivers", db_index=False
    )
    kind = models.CharField(max_length=20, choices=Kind.choices)
    cycle = models.PositiveIntegerField(default=1)
    reason = models.CharField(max_length=200)
    at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "kind", "cycle"], name="waived_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} of #{self.ticket_id} waived"
