"""Action: one thing that one person will do by a day."""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import models, transaction

from apps.timeline.models import Tracked
from apps.timeline.refusal import Lost, Refused
from apps.timeline.text import clean_line

from ..choices import State
from ..querysets import ActionQuerySet

LONGEST_TITLE = 200


class ActionManager(models.Manager.from_queryset(ActionQuerySet)):  # type: ignore[misc]
    """Actions come to be by agreement."""

    @transaction.atomic
    def agree(
        self,
        title: str,
        *,
        owner: Any,
        due: date,
        by: Any,
        at: datetime,
        origin: tuple[str, int] | None = None,
    ) -> "Action":
        """Somebody takes it on; `origin` is the kind and id of the record it came from."""
        title = clean_line(title, limit=LONGEST_TITLE, field="title")
        if not title:
            raise Refused("Say what will be done.", code="empty", field="title")
        if not owner.is_active:
            raise Refused(f"{owner} is not active.", code="inactive", field="owner")
        kind, origin_id = origin or ("", None)
        action = self.create(
            title=title,
            owner=owner,
            due=due,
            origin_kind=kind,
            origin_id=origin_id,
            created_by=by,
            created_at=at,
        )
        action.record("agreed", by=by, at=at, owner=[None, owner.pk], due=[None, due.isoformat()])
        return action


class Action(Tracked):
    """Who will do what by when; carried counts how often the day was put off."""

    kind = "action"

    title = models.CharField(max_length=LONGEST_TITLE)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="actions")
    due = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    carried = models.PositiveSmallIntegerField(default=0)
    why_dropped = models.CharField(max_length=500, blank=True)
    origin_kind = models.CharField(max_length=40, blank=True)
    origin_id = models.BigIntegerField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ActionManager()

    class Meta:
        ordering = ["due", "pk"]
        indexes = [
            models.Index(fields=["due", "id"], name="action_due"),
            models.Index(
                fields=["owner", "due", "id"], name="action_mine", condition=models.Q(state="open")
            ),
            models.Index(
                fields=["due", "id"], name="action_open", condition=models.Q(state="open")
            ),
            models.Index(
                fields=["origin_kind", "origin_id"],
                name="action_origin",
                condition=~models.Q(origin_kind=""),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="action_origin_whole",
                condition=models.Q(origin_kind="", origin_id=None)
                | ~models.Q(origin_kind="") & models.Q(origin_id__isnull=False),
            ),
            models.CheckConstraint(
                name="action_ended_or_open",
                condition=models.Q(state="open", ended_at=None)
                | ~models.Q(state="open") & models.Q(ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/actions/{self.pk}/"

    def is_open(self) -> bool:
        return self.state == State.OPEN

    def is_overdue(self, *, today: date) -> bool:
        return self.is_open() and self.due < today

    @transaction.atomic
    def finish(self, *, by: Any, at: datetime) -> None:
        """It is done."""
        self._change("finished", {State.OPEN}, by=by, at=at, state=State.DONE, ended_at=at)

    @transaction.atomic
    def reopen(self, *, by: Any, at: datetime) -> None:
        """It is to be done after all."""
        ended = {State.DONE, State.DROPPED}
        self._change("reopened", ended, by=by, at=at, state=State.OPEN, ended_at=None)

    @transaction.atomic
    def drop(self, why: str, *, by: Any, at: datetime) -> None:
        """Nobody will do it, and why."""
        why = clean_line(why, limit=500, field="why")
        if not why:
            raise Refused("Say why it is dropped.", code="empty", field="why")
        self._change(
            "dropped",
            {State.OPEN},
            by=by,
            at=at,
            state=State.DROPPED,
            ended_at=at,
            why_dropped=why,
        )

    @transaction.atomic
    def carry(self, due: date, *, by: Any, at: datetime) -> None:
        """Put it off to a later day; it counts how often."""
        if due <= self.due:
            raise Refused("Carry it to a later day.", code="not_later", field="due")
        self._change("carried", {State.OPEN}, by=by, at=at, due=due, carried=self.carried + 1)

    @transaction.atomic
    def hand_to(self, owner: Any, *, by: Any, at: datetime) -> None:
        """Somebody else will do it."""
        if not owner.is_active:
            raise Refused(f"{owner} is not active.", code="inactive", field="owner")
        if owner.pk == self.owner_id:
            raise Refused(f"{owner} has it already.", code="unchanged", field="owner")
        self._change("handed", {State.OPEN}, by=by, at=at, owner_id=owner.pk)

    def _change(
        self, verb: str, allowed: set[State], *, by: Any, at: datetime, **changes: Any
    ) -> None:
        """One guarded update and its Activity; whoever comes second is told so."""
        if self.state not in allowed:
            raise Refused(f"This action is {self.get_state_display().lower()}.", code="wrong_state")
        before = {name: getattr(self, name) for name in changes}
        as_seen = before | {"state": self.state}
        changed = Action.objects.filter(pk=self.pk, **as_seen).update(**changes)
        if not changed:
            raise Lost
        for name, value in changes.items():
            setattr(self, name, value)
        data: dict[str, Any] = {
            name.removesuffix("_id"): [_plain(before[name]), _plain(value)]
            for name, value in changes.items()
            if name != "ended_at"
        }
        self.record(verb, by=by, at=at, **data)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
