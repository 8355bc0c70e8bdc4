"""Updates that were promised and are late: whoever leads the incident is told, once each."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.outbox.models import Delivery, Notification

from .models import IncidentUpdate
from .rules import OPEN

AT_ONCE = 200
DIGEST = timedelta(minutes=15)


def remind(*, at: datetime) -> int:
    """One pass: every promise that was due by now and that nobody was reminded of; how many.

    Safe to run any number of times at once: a row is claimed with its mark in one transaction.
    """
    with transaction.atomic():
        late = IncidentUpdate.objects.overdue(at=at).filter(
            reminded_at=None, incident__state__in=sorted(OPEN)
        )
        held = list(
            late.select_related("incident__commander")
            .order_by("next_at", "pk")
            .select_for_update(of=("self",), skip_locked=True)[:AT_ONCE]
        )
        if not held:
            return 0
        on_call = list(User.objects.holding(Role.ON_CALL).by_name())
        told = [(person, one) for one in held for person in _leading(one, on_call)]
        Notification.objects.tell_all(_line(person, one, at) for person, one in told)
        Delivery.objects.enqueue_all(_digests({person for person, _ in told}, at))
        marked = IncidentUpdate.objects.filter(pk__in=[one.pk for one in held])
        marked.update(reminded_at=at)
    return len(held)


def _leading(update: IncidentUpdate, on_call: list[User]) -> list[User]:
    """Its commander; where nobody leads it, everybody on call."""
    commander = update.incident.commander
    return [commander] if commander and commander.is_active else on_call


def _line(person: Any, update: IncidentUpdate, at: datetime) -> Notification:
    incident = update.incident
    whom = update.get_audience_display().lower()
    return Notification(
        person=person,
        cause=f"incident-promise:{update.pk}",
        sentence=f"An update for {whom} is overdue on incident {incident.pk}: {incident.title}"[
            :500
        ],
        url=incident.get_absolute_url(),
        at=at,
    )


def _digests(people: Iterable[User], at: datetime) -> list[Delivery]:
    """By mail one digest a person each quarter of an hour, whatever came due in it."""
    quarter = int(DIGEST.total_seconds())
    slot = datetime.fromtimestamp((int(at.timestamp()) // quarter + 1) * quarter, UTC)
    return [
        Delivery.draft(
            channel="mail",
            cause=f"incident-promises:{person.pk}:{slot:%Y%m%dT%H%M}",
            recipient=person.email,
            payload={
                "subject": "Updates you promised are overdue",
                "text": "Somebody waits for word of an incident you lead. See what is promised at"
                f" {settings.PUBLIC_URL}/incidents/",
            },
            send_after=at,
        )
        for person in sorted(people, key=lambda one: one.pk)
    ]
