"""What is said of an incident, to whom, and until when more is promised."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.outbox.models import Notification
from apps.timeline.refusal import Refused
from apps.timeline.text import clean_text

from .. import rules
from ..choices import Audience
from .cadence import Cadence
from .update import IncidentUpdate, UpdateItem

LONGEST = 20_000
AS_USUAL = "as usual"  # the next word is due as the cadence says
HEARING = {  # whom an update is brought to inside the portal
    Audience.SUPPORT: (Role.SUPPORT, Role.SUPPORT_LEAD),
    Audience.LEADERSHIP: (Role.LEADERSHIP,),
}


class Updating:
    """Verbs of an incident that say something."""

    def update(
        self,
        audience: str,
        text: str,
        *,
        by: Any,
        at: datetime,
        next_at: datetime | str | None = AS_USUAL,
    ) -> IncidentUpdate:
        """Tell an audience how it stands; customers on every linked ticket, by mail.

        `next_at` is when more is promised; None promises nothing. What was promised to this
        audience before is kept with this, in time or late.
        """
        if audience not in Audience.values:
            raise Refused("Say whom it is for.", field="audience")
        text = clean_text(text, limit=LONGEST, field="text").strip()
        if not text:
            raise Refused("Write something first.", code="empty", field="text")
        with transaction.atomic():
            self.hold()
            if audience == Audience.CUSTOMERS and self.private:
                raise Refused("A private incident is told to no customer.", field="audience")
            if not self.is_open:
                next_at = None
            elif next_at == AS_USUAL:
                minutes = Cadence.objects.minutes(self.severity, audience)
                next_at = rules.promise(at, minutes)
            elif next_at is not None and not at < next_at <= at + rules.LONGEST_PROMISE:
                raise Refused("Promise a time to come, within thirty days.", field="next_at")
            self._promised_to(audience).update(answered_at=at)
            update = IncidentUpdate.objects.create(
                incident=self,
                audience=audience,
                text=text,
                state=self.state,
                by=by,
                at=at,
                next_at=next_at,
            )
            promised = {"next_at": next_at.isoformat()} if next_at else {}
            whom = f"for {update.get_audience_display().lower()}"
            self.record("updated", by=by, at=at, update=update.pk, reason=whom, **promised)
            if audience == Audience.CUSTOMERS:
                self._begin(update, by=by, at=at)
            else:
                self._bring(update, at=at)
        return update

    def take_back(self, update: IncidentUpdate, *, by: Any, at: datetime) -> None:
        """Undo an update within its fifteen seconds: nobody was told, and clocks are as before."""
        with transaction.atomic():
            self.hold()
            update.undo(by=by, at=at)
            self._answered_by(update).update(answered_at=None)
            whom = f"an update for {update.get_audience_display().lower()}"
            self.record("took_back", by=by, at=at, update=update.pk, reason=whom)

    # --- promises ---------------------------------------------------------------------------------

    def end_promises(self, *, at: datetime) -> None:
        """Nothing more is to be said."""
        self.updates.promised().update(answered_at=at)

    def renew_promises(self, ended: datetime) -> None:
        """What its end had kept is to be kept again."""
        self.updates.standing().filter(answered_at=ended, next_at__isnull=False).update(
            answered_at=None
        )

    def _promised_to(self, audience: str) -> Any:
        return self.updates.promised().filter(audience=audience)

    def _answered_by(self, update: IncidentUpdate) -> Any:
        """The promise that an update kept."""
        return self.updates.standing().filter(
            audience=update.audience, answered_at=update.at, next_at__isnull=False
        )

    # --- parts ------------------------------------------------------------------------------------

    def _begin(self, update: IncidentUpdate, *, by: Any, at: datetime) -> None:
        """One row for each linked ticket; few are told at once, many as long work."""
        tickets = self.links.order_by("ticket").values_list("ticket", flat=True)
        UpdateItem.objects.bulk_create(
            UpdateItem(update=update, ticket_id=number) for number in tickets
        )
        update.go(by=by, at=at)

    def _bring(self, update: IncidentUpdate, *, at: datetime) -> None:
        """A line in the portal for those it is meant for."""
        roles = HEARING.get(Audience(update.audience), ())
        people = User.objects.holding(*roles) if roles else ()
        Notification.objects.tell_all(
            Notification(
                person=person,
                cause=f"incident-update:{update.pk}",
                sentence=f"Incident {self.pk}, {self.severity}: {update.text}"[:500],
                url=self.get_absolute_url(),
                at=at,
            )
            for person in people
            if person.pk != update.by_id and self.is_visible_to(person)
        )
