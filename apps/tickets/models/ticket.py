"""A ticket: what somebody waits for."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models, transaction
from django.db.models import F, Q, Subquery, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Now
from django.urls import reverse

from apps.statements.records import Records
from apps.statements.statement import Given
from apps.statements.writing import update
from apps.timeline.models import Activity, Tracked
from apps.timeline.querysets import ActivityQuerySet

from ..choices import Channel, Origin, Priority, Status
from ..querysets.conditions import OWED
from ..rules import moves
from .answered import Answered
from .asking import Asking
from .batch import Batch
from .calling import Calling
from .checklist import Checking
from .closing_loop import ClosingLoop
from .contact_side import ContactSide
from .conversation import Conversation
from .course import Course
from .following import Following
from .handling import Handling
from .importing import ImportedTicket
from .joining import Joining
from .linking import Linking
from .queue import CustomField
from .reaching import Reaching
from .reporting import TicketManager
from .sharing import Sharing
from .splitting import Splitting
from .undoing import Undoing

NEVER = datetime(9999, 12, 31, tzinfo=UTC)  # what is not due sorts after everything that is
DESK = Q(status__in=["new", "open"], snoozed_until=None)
READING = frozenset(  # follow from what an Activity tells, and are not told
    {"snippet", "waiting_since", "first_replied_at", "resolved_at", "closed_at", "absorbed"}
    | {"loop_since"}
)
# What was late is few of all: `sla_state` says of them which are, and is in their indexes so that
# counting them reads no rows.
LATE = Q(breached=True) & ~Q(due_kind="")
TOLD_AS = {"label": "status_label"}  # an Activity's own label is its author's name
UNRESOLVED = Q(status__in=["new", "open", "waiting_customer", "waiting_third_party"])
WAITING = Q(status__in=["waiting_customer", "waiting_third_party"])


class Ticket(
    Answered,
    Asking,
    Calling,
    Checking,
    ClosingLoop,
    ContactSide,
    Conversation,
    Course,
    Following,
    Handling,
    Joining,
    Linking,
    Reaching,
    Sharing,
    Splitting,
    Undoing,
    Tracked,
):
    """One matter of one customer; its primary key is the number everybody calls it by."""

    kind: ClassVar[str] = "ticket"
    batch: Batch | None = None  # the bulk change it is part of, which holds and writes it
    is_held = False  # whether a verb that is under way has its row locked
    needed: list[dict[str, str]] | None = None  # fields its queue needs, if held with its queue

    subject = models.CharField(max_length=998)
    external_id = models.CharField(max_length=200, null=True, blank=True, unique=True)
    customer = models.ForeignKey(
        "customers.Customer",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="tickets",
        db_index=False,
    )
    contact = models.ForeignKey(
        "customers.Contact",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="tickets",
        db_index=False,
    )
    channel = models.CharField(max_length=10, choices=Channel.choices)
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.CUSTOMER)
    reported_at = models.DateTimeField()
    updated_at = models.DateTimeField(help_text="When anything last happened to it.")
    recorded_at = models.DateTimeField(db_default=Now())

    status = models.CharField(max_length=20, choices=Status.choices, default=Status.NEW)
    label = models.ForeignKey(
        "tickets.StatusLabel",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    priority = models.CharField(max_length=10, choices=Priority.choices, default=Priority.NORMAL)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="tickets",
        db_index=False,
    )
    team = models.ForeignKey(
        "accounts.Team",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="tickets",
        db_index=False,
    )
    queue = models.ForeignKey(
        "tickets.Queue",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="tickets",
        db_index=False,
    )
    tags = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    fields = models.JSONField(default=dict, blank=True)
    component = models.ForeignKey(
        "catalog.Component",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="tickets",
        db_index=False,
    )
    capability = models.ForeignKey(
        "catalog.Capability",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="tickets",
        db_index=False,
    )
    snoozed_until = models.DateTimeField(null=True, blank=True)
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="merged_here",
        db_index=False,
    )
    absorbed = models.PositiveIntegerField(
        default=0,
        db_default=0,
        help_text="How many tickets were merged into it, directly or through others.",
    )
    follows = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="followed_by",
        db_index=False,
    )

    # The reading copy of its conversation, kept by the verbs.
    snippet = models.CharField(max_length=140, blank=True)
    waiting_since = models.DateTimeField(null=True, blank=True)  # first unanswered message
    first_replied_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    loop_since = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Since when its customer is owed word of what became of something.",
    )
    has_attachment = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)  # counts changes
    pass_generation = models.PositiveSmallIntegerField(
        default=1, db_default=1, help_text="Links to the customer's page with another one are dead."
    )

    # The reading copy of its clocks, written by sla.clocks only.
    due_at = models.DateTimeField(null=True, blank=True)
    due_kind = models.CharField(max_length=20, blank=True)
    sla_state = models.CharField(max_length=20, blank=True)
    sla_left = models.IntegerField(null=True, blank=True)
    breached = models.BooleanField(default=False)
    due_order = models.GeneratedField(
        expression=Coalesce(F("due_at"), Value(NEVER)),
        output_field=models.DateTimeField(),
        db_persist=True,
    )

    objects = TicketManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    reported_at__gte=datetime(1970, 1, 1, tzinfo=UTC),
                    reported_at__lt=datetime(2200, 1, 1, tzinfo=UTC),
                ),
                name="ticket_reported_in_living_memory",
            )
        ]
        indexes = [
            # One index for each list of the inbox; `id` makes every place in it distinct.
            models.Index("due_order", "id", condition=DESK, name="ticket_desk"),
            models.Index("assignee", "due_order", "id", condition=DESK, name="ticket_mine"),
            models.Index(
                "due_order", "id", condition=DESK & Q(assignee=None), name="ticket_unassigned"
            ),
            models.Index("queue", "due_order", "id", condition=DESK, name="ticket_queue_desk"),
            models.Index("updated_at", "id", condition=WAITING, name="ticket_waiting"),
            models.Index("due_order", "id", "sla_state", condition=LATE, name="ticket_late_due"),
            # What the rail counts for one person, without a look at everything they ever had.
            models.Index("assignee", "sla_state", condition=LATE, name="ticket_late_due_of"),
            models.Index("assignee", condition=WAITING, name="ticket_waiting_of"),
            models.Index("due_order", "id", condition=OWED, name="ticket_owed"),
            models.Index(
                "due_order", "id", condition=Q(loop_since__isnull=False), name="ticket_loop"
            ),
            # Every ticket, by each order and each thing it is asked by.
            models.Index("updated_at", "id", name="ticket_updated"),
            models.Index("reported_at", "id", name="ticket_reported"),
            models.Index("customer", "updated_at", "id", name="ticket_customer"),
            models.Index("contact", "updated_at", "id", name="ticket_contact"),
            models.Index("assignee", "updated_at", "id", name="ticket_assignee"),
            models.Index("queue", "updated_at", "id", name="ticket_queue"),
            models.Index("status", "updated_at", "id", name="ticket_status"),
            models.Index("priority", "updated_at", "id", name="ticket_priority"),
            GinIndex(fields=["tags"], name="ticket_tags"),
            GinIndex(OpClass("fields", "jsonb_path_ops"), name="ticket_fields"),
            # What waits to be entered in it is read by everybody who asks: little may (kB).
            GinIndex(
                OpClass("subject", "gin_trgm_ops"),
                name="ticket_subject_like",
                condition=UNRESOLVED,
                gin_pending_list_limit=64,
            ),
            # What the same person or customer still waits for, among all they ever asked.
            models.Index(
                "contact", "updated_at", "id", condition=UNRESOLVED, name="ticket_contact_waits"
            ),
            models.Index(
                "customer", "updated_at", "id", condition=UNRESOLVED, name="ticket_customer_waits"
            ),
            # Few tickets have these, and only those are in the index.
            models.Index("component", "id", condition=~Q(component=None), name="ticket_component"),
            models.Index(
                "capability", "id", condition=~Q(capability=None), name="ticket_capability"
            ),
            models.Index("merged_into", "id", condition=~Q(merged_into=None), name="ticket_merged"),
            models.Index("follows", "id", condition=~Q(follows=None), name="ticket_follows"),
            # What is due by itself.
            models.Index("snoozed_until", condition=~Q(snoozed_until=None), name="ticket_snoozed"),
            models.Index("resolved_at", condition=Q(status="resolved"), name="ticket_resolved"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.subject}"

    def get_absolute_url(self) -> str:
        return reverse("portal:ticket", args=[self.pk])

    @property
    def is_unresolved(self) -> bool:
        return self.status in moves.UNRESOLVED

    @property
    def status_word(self) -> str:
        """The team's own word where it has one."""
        return str(self.label) if self.label_id else self.get_status_display()

    def moves(self) -> list[Status]:
        """The statuses somebody may choose now."""
        return [s for s in Status if s in moves.BY_HAND and not moves.refusal(self.status, s)]

    def timeline(self) -> ActivityQuerySet:
        """What happened; of a history that was imported more than once, its last telling."""
        last = ImportedTicket.objects.filter(ticket=self.pk).values("told_by")[:1]
        run = Cast(KeyTextTransform("run", "data"), models.BigIntegerField())
        return super().timeline().annotate(_run=run).filter(Q(_run=None) | Q(_run=Subquery(last)))

    def people(self) -> str:
        """Whose ticket it is, as words to search for."""
        contact = f"{self.contact.name} {self.contact.email}" if self.contact_id else ""
        return f"{contact} {self.customer.name}" if self.customer_id else contact

    @contextmanager
    def held(self, *related: str) -> Iterator[None]:
        """One transaction around a verb, with the row locked and read anew.

        A verb that is part of another one finds the row held already: no second look, no savepoint.
        """
        if self.batch or self.is_held:
            yield
            return
        with transaction.atomic():
            self.hold(*related)
            with self.known_as_held():
                yield

    @contextmanager
    def known_as_held(self) -> Iterator[None]:
        """For a row that was read under its lock, or made, in this transaction."""
        self.is_held = True
        try:
            yield
        finally:
            self.is_held = False

    def hold(self, *related: str) -> None:
        """Lock the row and read it anew: what a verb decides by is what is there.

        Of a ticket nothing but its number need be known before.
        """
        if self.batch:
            return
        found = _holding(related).first(pk=self.pk)
        if found is None:
            raise Ticket.DoesNotExist(f"There is no ticket {self.pk}.")
        vars(self).clear()  # what was read or kept before is told by nothing any more
        vars(self).update(vars(found))

    def change(self, at: datetime, **fields: Any) -> dict[str, Any]:
        """Write these fields of a held row; returns those that differ, as Activity tells them."""
        told: dict[str, Any] = {}
        if "queue" in fields:
            self.needed = None
        for name, value in fields.items():
            before = getattr(self, self._meta.get_field(name).attname)
            setattr(self, name, value)
            after = getattr(self, self._meta.get_field(name).attname)
            if before != after and name not in READING:
                told[TOLD_AS.get(name, name)] = [_plain(before), _plain(after)]
        self.updated_at = max(self.updated_at, at)
        self.version += 1
        if self.batch:
            self.batch.changed(self, fields)
        else:
            update(self, [*fields, "has_attachment", "updated_at", "version"])
        return told

    def record(
        self, verb: str, *, by: Any = None, at: datetime, label: str = "", **data: Any
    ) -> Activity:
        """Append what happened; in a batch it is written with all the others."""
        if not self.batch:
            return super().record(verb, by=by, at=at, label=label, **data)
        return self.batch.note(
            Activity(
                kind=self.kind,
                subject_id=self.pk,
                verb=verb,
                at=at,
                actor=by,
                actor_label=label,
                data=data,
            )
        )


@cache
def _holding(related: tuple[str, ...]) -> Records:
    """How a row is locked and read with what is related to it."""
    rows = Ticket.objects.select_related(*related) if related else Ticket.objects.all()
    rows = rows.with_stop() if "contact" in related else rows
    rows = rows.annotate(needed=CustomField.objects.needed()) if "queue" in related else rows
    return Records(lambda: rows.filter(pk=Given("pk")).select_for_update(of=("self",)))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
