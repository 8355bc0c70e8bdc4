"""How policies and clocks are asked for."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone


class PolicyQuerySet(models.QuerySet):
    """Policies, as they are matched."""

    def in_force(self) -> "PolicyQuerySet":
        """Published and not retired, the default last."""
        return (
            self.filter(retired_at=None, current__isnull=False)
            .select_related("current__calendar__current")
            .order_by("is_default", "position", "pk")
        )


class PolicyManager(models.Manager.from_queryset(PolicyQuerySet)):  # type: ignore[misc]
    """Sees to it that there always is a default."""

    def default(self) -> Any:
        """The policy for everything no other is for; made where somebody emptied the table."""
        policy = self.filter(is_default=True).first()
        if policy is None:
            policy, _ = self.get_or_create(is_default=True, defaults={"name": "Default"})
        if policy.current_id is None:
            policy.publish(by=None, at=timezone.now(), reason="The first version.")
        return policy


class ClockQuerySet(models.QuerySet):
    """Clocks."""

    def open(self) -> "ClockQuerySet":
        return self.filter(stopped_at=None)

    def under(self, calendar: Any) -> "ClockQuerySet":
        """Of tickets whose policy goes by the calendar; also clocks whose own target counts around
        the clock, for at another priority it may not."""
        return self.filter(policy_version__calendar=calendar)

    def decided_in(self, start: datetime, end: datetime) -> "ClockQuerySet":
        """Met or breached in the half-open window; a breach counts in one cycle only."""
        return self.filter(
            decided_at__gte=start,
            decided_at__lt=end,
            state__in=["met", "breached_open", "breached_closed"],
            repeats=False,
        )

    def breached(self) -> "ClockQuerySet":
        return self.filter(state__in=["breached_open", "breached_closed"])

    def answered_by(self, updates: Iterable[int]) -> "ClockQuerySet":
        """Response clocks that these updates of incidents stopped; `update` says which did."""
        told_at = F("ticket__incident_updates__told_at")
        return self.filter(
            kind__in=["first_response", "next_response"],
            state__in=["met", "breached_closed"],
            ticket__incident_updates__update__in=list(updates),
            stopped_at__gt=told_at - timedelta(seconds=1),
            stopped_at__lte=told_at,
        ).annotate(update=F("ticket__incident_updates__update"))

    def waived(self) -> "ClockQuerySet":
        return self.filter(models.Exists(self._waivers()))

    def unwaived(self) -> "ClockQuerySet":
        return self.filter(~models.Exists(self._waivers()))

    def _waivers(self) -> models.QuerySet:
        waivers = self.model._meta.apps.get_model("sla", "Waiver").objects
        return waivers.filter(
            ticket=models.OuterRef("ticket"),
            kind=models.OuterRef("kind"),
            cycle=models.OuterRef("cycle"),
        )

    def due_between(self, start: datetime, end: datetime) -> "ClockQuerySet":
        """Still unbroken and due in the window."""
        return self.open().filter(Q(due_at__gte=start, due_at__lt=end), breached_at=None)
