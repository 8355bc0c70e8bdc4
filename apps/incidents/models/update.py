"""IncidentUpdate: one thing said of an incident to one audience; for customers, on every ticket."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Count, Q

from apps.outbox.models import Job
from apps.tickets.letters import UNDO
from apps.tickets.models import Ticket
from apps.tickets.models.batch import Batch, write
from apps.tickets.models.informing import Word, inform
from apps.tickets.models.unsaying import Reply, unsay
from apps.tickets.rules import expecting
from apps.timeline.refusal import Refused

from .. import rules
from ..choices import Audience, Reach, State
from ..querysets import UpdateQuerySet

WORK = "incidents.tell"
UPDATE = "incident_update"
AT_ONCE = 200  # tickets told within a request, and in a step


class IncidentUpdate(models.Model):
    """What was said, how things stood then, and when more was promised."""

    incident = models.ForeignKey(
        "incidents.Incident", models.CASCADE, related_name="updates", db_index=False
    )
    origin = models.ForeignKey(
        "incidents.Incident",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="The incident it was said of, where that was merged into this one.",
    )
    audience = models.CharField(max_length=10, choices=Audience.choices)
    text = models.TextField()
    state = models.CharField(max_length=10, choices=State.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    next_at = models.DateTimeField(null=True, blank=True, help_text="When more is promised.")
    answered_at = models.DateTimeField(
        null=True, blank=True, help_text="When more was said, or the incident ended."
    )
    reminded_at = models.DateTimeField(
        null=True, blank=True, help_text="When its commander was told that it is overdue."
    )
    undone_at = models.DateTimeField(null=True, blank=True)
    job = models.ForeignKey(
        "outbox.Job", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )

    objects = UpdateQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["incident", "-at", "-id"], name="incident_update_of"),
            models.Index(
                fields=["next_at"],
                condition=Q(next_at__isnull=False, answered_at=None, undone_at=None),
                name="incident_update_promised",
            ),
        ]

    def __str__(self) -> str:
        return f"Update {self.pk} of incident {self.incident_id}"

    @property
    def is_for_customers(self) -> bool:
        return self.audience == Audience.CUSTOMERS

    def is_overdue(self, at: datetime) -> bool:
        """More was promised by now, and was not said."""
        return bool(
            self.next_at and self.next_at <= at and not self.answered_at and not self.undone_at
        )

    def can_be_undone(self, at: datetime) -> bool:
        return self.undone_at is None and at < self.at + UNDO

    def counts(self) -> dict[str, int]:
        """Reach → tickets."""
        rows = self.items.order_by().values("reach").annotate(n=Count("pk"))
        return dict.fromkeys(Reach.values, 0) | {row["reach"]: row["n"] for row in rows}

    # --- told -------------------------------------------------------------------------------------

    def go(self, *, by: Any, at: datetime) -> None:
        """A few tickets at once; many as long work, begun when it can be undone no more."""
        count = self.items.count()
        if count <= AT_ONCE:
            while self.tell_some(at=at):
                pass
            return
        self.job = Job.start(
            WORK,
            title=f"Update of incident {self.incident_id} for {count} tickets",
            params={"update": self.pk},
            total=count,
            about=(UPDATE, self.pk),
            by=by,
            at=at,
        )
        Job.objects.filter(pk=self.job.pk).update(next_at=at + UNDO)
        self.save(update_fields=["job"])

    def tell_some(self, *, at: datetime) -> int:
        """The next tickets that wait for it, in one transaction; how many there were."""
        items = list(self.items.filter(reach=Reach.WAITING).order_by("ticket")[:AT_ONCE])
        if not items:
            return 0
        batch = Batch(Ticket.objects.filter(pk__in=[item.ticket_id for item in items]))
        told = self.items.filter(reach=Reach.TOLD).values_list("ticket__contact", "ticket")
        reach = rules.sort_out({pk: asked(one) for pk, one in batch.tickets.items()}, set(told))
        ends = [] if self.incident.is_open else self.incident.answers().owed()
        tells = [answer.pk for answer in ends]
        words = {
            number: Word(self._more(batch.tickets[number]), on)
            for number, (reached, _, on) in reach.items()
            if reached != Reach.LEFT_OUT
        }
        about = {"incident": self.incident_id, "update": self.pk}
        said = inform(batch, words, self.text, by=self.by, at=at, tells=tells, **about)
        for item in items:
            item.reach, item.reason, _ = reach[item.ticket_id]
            item.message = said.get(item.ticket_id)
            item.told_at = at if item.message else None
        batch.write(by=self.by, at=at, cause=f"incident-update:{self.pk}", url="")
        write(items, ["reach", "reason", "message_id", "told_at"])
        return len(items)

    def undo(self, *, by: Any, at: datetime) -> None:
        """Take it back from every ticket while nothing has left."""
        self.refresh_from_db(from_queryset=IncidentUpdate.objects.select_for_update())
        if self.undone_at:
            raise Refused("This update was taken back already.")
        if not self.can_be_undone(at):
            raise Refused("It is sent; it cannot be taken back.")
        self.undone_at = at
        self.save(update_fields=["undone_at"])
        if self.job and not self.job.is_over:
            self.job.cancel(by=by, at=at)
        told = [Reach.TOLD, Reach.BESIDE]
        items = list(self.items.filter(reach__in=told).select_related("message"))
        batch = Batch(Ticket.objects.filter(pk__in=[item.ticket_id for item in items]))
        said = Reply.each(batch.tickets, [item.message for item in items])
        unsay(said, by=by, at=at)
        batch.write(by=by, at=at, cause=f"incident-update:{self.pk}:undone", url="")
        self.items.filter(reach__in=[*told, Reach.WAITING]).update(reach=Reach.TAKEN_BACK)

    def _more(self, ticket: Ticket) -> str:
        """When whoever is told on this ticket hears more, in their own time."""
        if not self.next_at:
            return ""
        zone = expecting.zone_named(ticket.contact.timezone)
        return f"You hear more from us by {expecting.moment(self.next_at, zone)}."


class UpdateItem(models.Model):
    """What became of one ticket by an update for customers."""

    update = models.ForeignKey(IncidentUpdate, models.CASCADE, related_name="items", db_index=False)
    ticket = models.ForeignKey("tickets.Ticket", models.CASCADE, related_name="incident_updates")
    reach = models.CharField(max_length=10, choices=Reach.choices, default=Reach.WAITING)
    reason = models.CharField(max_length=200, blank=True)
    message = models.OneToOneField(
        "tickets.Message", models.SET_NULL, null=True, blank=True, related_name="incident_update"
    )
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["update", "ticket"], name="update_item_once")
        ]
        indexes = [models.Index(fields=["update", "reach", "ticket"], name="update_item_reach")]

    def __str__(self) -> str:
        return f"#{self.ticket_id} {self.reach}"


def asked(ticket: Ticket) -> rules.Asked:
    """What decides whether its contact is told."""
    return rules.Asked(
        ticket.status, ticket.contact_id, ticket.merged_into_id, bool(ticket.stopped)
    )


def foreseen(tickets: Sequence[Ticket]) -> dict[int, tuple[str, str, int | None]]:
    """What would become of these tickets by an update now."""
    return rules.sort_out({ticket.pk: asked(ticket) for ticket in tickets})
