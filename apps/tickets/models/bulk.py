"""BulkChange: the same done to many tickets, and taken back by one verb."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.outbox.models import Job
from apps.timeline.models import Activity, Tracked
from apps.timeline.objections import objections
from apps.timeline.refusal import Refused

from ..choices import Outcome
from ..rules import macros
from ..rules.restoring import Told, restoring
from ..rules.until import read
from .batch import Batch, write
from .macro import Macro
from .queue import Queue
from .ticket import Ticket
from .undoing import COLUMNS

AT_ONCE = 200  # tickets of one transaction; more of them are long work with progress
MERGED_AT_ONCE = 20  # each merge moves the clocks of both its tickets
MOST = 10_000
_TALK = frozenset({"heard", "replied", "undone", "bounced", "needed_no_reply", "joined", "parted"})
_KEPT = ("waiting_since", "resolved_at", "closed_at")  # told by no Activity
_WORDS = {"status_label": "status", "snoozed_until": "snooze"}

Step = Mapping[str, Any]
Deed = Callable[[Ticket], None]


class BulkChange(Tracked):
    """Steps as a macro has them (`rules.macros`), or a macro; a ticket takes all or none of it."""

    kind: ClassVar[str] = "bulk_change"

    steps = models.JSONField(default=list)
    macro = models.ForeignKey(Macro, models.PROTECT, null=True, blank=True, related_name="+")
    question = models.CharField(
        max_length=400, blank=True, help_text="The list they were taken from, where all were."
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="bulk_changes")
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    restored_at = models.DateTimeField(null=True, blank=True)
    job = models.ForeignKey(
        "outbox.Job", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        indexes = [models.Index(fields=["by", "-id"], name="bulk_person")]

    def __str__(self) -> str:
        return f"Bulk change {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("portal:bulk-change", args=[self.pk])

    @property
    def says(self) -> str:
        """What it does, in words."""
        if self.into:
            return f"merges into #{self.into}"
        said = macros.says(self.steps)
        return ", ".join(filter(None, [said, f"uses “{self.macro}”" if self.macro_id else ""]))

    @property
    def into(self) -> int | None:
        """The ticket that goes on where it merges: nothing else is done beside that."""
        step = self.steps[0] if self.steps else {}
        return step["into"] if step.get("do") == "merge" else None

    @property
    def can_be_undone(self) -> bool:
        over = self.done_at is not None or (self.job is not None and self.job.is_over)
        return over and self.undone_at is None

    def is_undone_by(self, person: Any) -> bool:
        """One's own by oneself; anybody's by those who answer for what is shared."""
        return self.by_id == person.pk or person.may("tickets.share")

    def counts(self) -> dict[str, int]:
        """Outcome → tickets."""
        rows = self.items.order_by().values("outcome").annotate(n=models.Count("pk"))
        return dict.fromkeys(Outcome.values, 0) | {row["outcome"]: row["n"] for row in rows}

    # --- verbs ------------------------------------------------------------------------------------

    @classmethod
    def order(
        cls,
        tickets: models.QuerySet,
        steps: Sequence[Step] = (),
        *,
        macro: Macro | None = None,
        by: Any,
        at: datetime,
        question: str = "",
    ) -> "BulkChange":
        """Change all of these: at once when they are few, else as long work with progress."""
        steps = [dict(step) for step in steps]
        if not steps and macro is None:
            raise Refused("Choose what to change.", field="steps")
        if macro and not Macro.objects.offered_to(by).filter(pk=macro.pk).exists():
            raise Refused("That macro is somebody else's.", field="macro")
        if steps and (refusal := macros.refusal(steps)):
            raise Refused(refusal, field="steps")
        needed = macros.needs(steps) | macros.needs(macro.steps if macro else ())
        if not all(by.may(permission) for permission in needed):
            raise Refused("Your roles do not let you do all of this.", code="not_allowed")
        _deeds(
            steps, by=by, at=at, asked_at=at
        )  # refuses what leads nowhere before anything begins
        return cls._begin(tickets, by=by, at=at, steps=steps, macro=macro, question=question[:400])

    @classmethod
    def merge(
        cls, tickets: models.QuerySet, into: Ticket, *, by: Any, at: datetime, across: bool = False
    ) -> "BulkChange":
        """Merge all of these into one; `across` says that several customers are meant."""
        if not by.may("tickets.merge"):
            raise Refused("Your roles do not let you merge tickets.", code="not_allowed")
        if refusal := into.takes_no_merge():
            raise Refused(refusal, field="into")
        step = {"do": "merge", "into": into.pk, "across": across}
        return cls._begin(tickets.exclude(pk=into.pk), by=by, at=at, steps=[step])

    @classmethod
    def _begin(
        cls, tickets: models.QuerySet, *, by: Any, at: datetime, **what: Any
    ) -> "BulkChange":
        numbers = list(tickets.order_by().values_list("pk", flat=True)[: MOST + 1])
        if not numbers:
            raise Refused("Pick some tickets first.", field="tickets")
        if len(numbers) > MOST:
            raise Refused(f"{MOST:,} tickets are the most at once.", field="tickets")
        with transaction.atomic():
            made = cls.objects.create(**what, by=by, at=at)
            BulkItem.objects.bulk_create(
                BulkItem(bulk=made, ticket_id=number) for number in numbers
            )
            made.record("ordered", by=by, at=at, tickets=len(numbers))
            made._go("tickets.bulk", made.do_some, len(numbers), by=by, at=at)
        return made

    def undo(self, *, by: Any, at: datetime) -> None:
        """Put back all it changed, except what somebody has changed since."""
        with transaction.atomic():
            self.refresh_from_db(from_queryset=BulkChange.objects.select_for_update())
            if not self.is_undone_by(by):
                raise Refused("They who did it or a support lead take it back.", code="not_allowed")
            if self.undone_at:
                raise Refused("This bulk change was taken back already.")
            if not self.can_be_undone:
                raise Refused("It is still at work; cancel it or wait until it is done.")
            self.undone_at, self.undone_by = at, by
            self.save(update_fields=["undone_at", "undone_by"])
            self.record("undone", by=by, at=at)
            count = self.items.filter(outcome=Outcome.CHANGED).count()
            self._go("tickets.bulk_undo", self.undo_some, count, by=by, at=at)

    def _go(
        self, work: str, some: Callable[..., int], total: int, *, by: Any, at: datetime
    ) -> None:
        if total <= (MERGED_AT_ONCE if self.into else AT_ONCE):
            while some(at=at):
                pass
            return
        self.job = Job.start(
            work,
            title=f"Undo of bulk change {self.pk}"
            if self.undone_at
            else f"Bulk: {self.says}"[:200],
            params={"bulk": self.pk},
            total=total,
            about=(self.kind, self.pk),
            by=by,
            at=at,
        )
        self.save(update_fields=["job"])

    # --- parts: some tickets of it, in one transaction --------------------------------------------

    def do_some(self, *, at: datetime) -> int:
        """The next tickets that wait for it; how many there were, none when it is done."""
        items = self._some(Outcome.WAITING)
        if not items:
            self.done_at = at
            self.save(update_fields=["done_at"])
            return 0
        if self.into:
            return self._merge(items, at=at)
        batch = Batch(Ticket.objects.filter(pk__in=[item.ticket_id for item in items]))
        deeds = _deeds(self.steps, by=self.by, at=at, asked_at=self.at)
        if self.macro:
            macro = self.macro
            deeds.append(lambda ticket: macro.apply(ticket, by=self.by, at=at))
        # What is reopened may be given to somebody at once, under a lock on who might get it.
        writes = bool(self.macro_id) or {"do": "status", "to": "open"} in self.steps
        told: dict[int, list[Activity]] = {}
        objecting = self._objections(items)
        for item in items:
            ticket = batch.tickets[item.ticket_id]
            before = {name: getattr(ticket, name) for name in _KEPT}
            try:
                if why := objecting.get(item.ticket_id):
                    raise Refused(why)
                with batch.whole(ticket, writes=writes) as said:
                    for deed in deeds:
                        deed(ticket)
            except Refused as refused:
                item.outcome, item.reason = Outcome.REFUSED, refused.sentence[:400]
                continue
            item.outcome = Outcome.CHANGED if said else Outcome.SAME
            told[item.pk] = said
            item.before = {key: at.isoformat() for key, at in before.items() if at}
        for activity in batch.told:
            activity.data["bulk"] = self.pk
        self._write(batch, items, by=self.by, at=at)
        for item in items:
            item.activities = [activity.pk for activity in told.get(item.pk, ())]
        write(items, ["outcome", "reason", "before", "activities"])
        return len(items)

    def undo_some(self, *, at: datetime) -> int:
        """The next tickets it changed, as they were."""
        items = self._some(Outcome.CHANGED)
        if not items:
            self.restored_at = at
            self.save(update_fields=["restored_at"])
            return 0
        if self.into:
            return self._unmerge(items, at=at)
        batch = Batch(Ticket.objects.filter(pk__in=[item.ticket_id for item in items]))
        told, later = self._stories(items)
        for item in items:
            ticket, since = batch.tickets[item.ticket_id], later[item.ticket_id]
            found = restoring(told[item.ticket_id], since)
            if found.back:
                ticket.change(at, **_as_columns(found.values(), item, ticket, since, at))
            for activity, pairs in found.back:
                ticket.record(
                    "restored", by=self.undone_by, at=at, activity=activity, bulk=self.pk, **pairs
                )
            names = dict.fromkeys(_WORDS.get(name, name) for name in found.kept)
            item.outcome = Outcome.KEPT if names else Outcome.RESTORED
            item.reason = f"Changed since: {', '.join(names)}." if names else ""
        self._write(batch, items, by=self.undone_by, at=at)
        write(items, ["outcome", "reason"])
        return len(items)

    def _merge(self, items: Sequence["BulkItem"], *, at: datetime) -> int:
        """One after the other, by the verb of each ticket: what one refuses, others may do."""
        into = Ticket.objects.get(pk=self.into)
        for item in items:
            try:
                item.ticket.merge(into, by=self.by, at=at, across=self.steps[0]["across"])
                item.outcome = Outcome.CHANGED
            except Refused as refused:
                item.outcome, item.reason = Outcome.REFUSED, refused.sentence[:400]
        write(items, ["outcome", "reason"])
        return len(items)

    def _unmerge(self, items: Sequence["BulkItem"], *, at: datetime) -> int:
        """Each as it was, unless somebody has taken it back or merged it elsewhere since."""
        for item in reversed(items):
            try:
                if item.ticket.merged_into_id != self.into:
                    raise Refused(f"It is not merged into #{self.into} any more.")
                item.ticket.unmerge(by=self.undone_by, at=at)
                item.outcome = Outcome.RESTORED
            except Refused as refused:
                item.outcome, item.reason = Outcome.KEPT, refused.sentence[:400]
        write(items, ["outcome", "reason"])
        return len(items)

    def _objections(self, items: Sequence["BulkItem"]) -> dict[int, str]:
        """Those whose priority is not simply changed."""
        if not any(step["do"] == "priority" for step in self.steps):
            return {}
        return objections("ticket.prioritise", [item.ticket_id for item in items])

    def _some(self, outcome: str) -> list["BulkItem"]:
        found = self.items.filter(outcome=outcome).order_by("ticket")
        if self.into:
            return list(found.select_related("ticket")[:MERGED_AT_ONCE])
        return list(found[:AT_ONCE])

    def _write(self, batch: Batch, items: Sequence["BulkItem"], *, by: Any, at: datetime) -> None:
        batch.write(
            by=by,
            at=at,
            cause=f"bulk:{self.pk}:{items[0].outcome}:{items[0].ticket_id}",
            url=reverse("portal:tickets") + "?q=assignee:me",
        )

    def _stories(
        self, items: Sequence["BulkItem"]
    ) -> tuple[dict[int, list[Told]], dict[int, list[Told]]]:
        """Of each ticket, what this told and what was told after it."""
        ours = {pk for item in items for pk in item.activities}
        first = {item.ticket_id: max(item.activities) for item in items}
        rows = Activity.objects.filter(
            kind=Ticket.kind, subject_id__in=list(first), pk__gte=min(ours)
        )
        told, later = defaultdict(list), defaultdict(list)
        for pk, ticket, verb, data in rows.order_by("pk").values_list(
            "pk", "subject_id", "verb", "data"
        ):
            if pk in ours:
                told[ticket].append(Told(pk, verb, data))
            elif pk > first[ticket]:
                later[ticket].append(Told(pk, verb, data))
        return told, later


class BulkItem(models.Model):
    """What became of one ticket."""

    bulk = models.ForeignKey(BulkChange, models.CASCADE, related_name="items", db_index=False)
    ticket = models.ForeignKey("tickets.Ticket", models.CASCADE, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.WAITING)
    reason = models.CharField(max_length=400, blank=True)
    before = models.JSONField(default=dict, blank=True)
    activities = ArrayField(models.BigIntegerField(), default=list, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bulk", "ticket"], name="bulk_item_once")]
        indexes = [models.Index(fields=["bulk", "outcome", "ticket"], name="bulk_item_outcome")]

    def __str__(self) -> str:
        return f"#{self.ticket_id} {self.outcome}"


def _deeds(steps: Sequence[Step], *, by: Any, at: datetime, asked_at: datetime) -> list[Deed]:
    """The verbs of the steps; whom and what they lead to is looked up once for all tickets."""
    return [_deed(step, by=by, at=at, asked_at=asked_at) for step in macros.in_order(steps)]


def _deed(step: Step, *, by: Any, at: datetime, asked_at: datetime) -> Deed:
    match step["do"]:
        case "assign":
            people = User.objects.active().filter(email=step["to"])
            to = by if step["to"] == "me" else _found(people, step["to"], "person")
            return lambda t: t.assignee_id != (to.pk if to else None) and t.assign(to, by=by, at=at)
        case "queue":
            queue = _found(Queue.objects.filter(slug=step["to"]), step["to"], "queue")
            return lambda t: (
                t.queue_id != (queue.pk if queue else None) and t.file_under(queue, by=by, at=at)
            )
        case "priority":
            return lambda t: t.priority != step["to"] and t.prioritise(step["to"], by=by, at=at)
        case "status":
            return lambda t: t.status != step["to"] and t.move(step["to"], by=by, at=at)
        case "snooze":
            until = _instant(step["for"], asked_at)
            return lambda t: t.snoozed_until != until and t.snooze(until, by=by, at=at)
        case "tag":
            return lambda t: _retag(t, step, by=by, at=at)
    raise Refused("Replies, notes and fields are a macro's; name one.", field="steps")


def _retag(ticket: Ticket, step: Step, *, by: Any, at: datetime) -> None:
    add = [tag for tag in step.get("add", ()) if tag.strip().lower() not in ticket.tags]
    gone = [tag for tag in step.get("remove", ()) if tag.strip().lower() in ticket.tags]
    if add or gone:
        ticket.tag(add, remove=gone, by=by, at=at)


def _instant(words: str, at: datetime) -> datetime:
    """An instant as programs write it, or a time in words."""
    try:
        until = datetime.fromisoformat(words) if "T" in words else None
    except ValueError:
        until = None
    until = until or read(words, timezone.localtime(at))
    if until is None or until.tzinfo is None or until <= at:
        raise Refused(f"“{words}” is no time to come.", field="until")
    return until


def _found(rows: models.QuerySet, name: str | None, what: str) -> Any:
    if not name:
        return None
    one = rows.first()
    if one is None:
        raise Refused(f"There is no {what} “{name}”.", field="steps")
    return one


def _as_columns(
    values: Mapping[str, Any], item: BulkItem, ticket: Ticket, later: Sequence[Told], at: datetime
) -> dict[str, Any]:
    """What was told, as columns of the row; with a status goes what follows from it."""
    columns = {COLUMNS.get(name, name): value for name, value in values.items()}
    if until := columns.get("snoozed_until"):
        until = datetime.fromisoformat(until)
        columns["snoozed_until"] = until if until > at else None
    if "status" in columns:
        before = {name: item.before.get(name) for name in _KEPT}
        columns |= {name: datetime.fromisoformat(v) if v else None for name, v in before.items()}
        if any(one.verb in _TALK for one in later):
            columns["waiting_since"] = ticket.first_unanswered()
    return columns
