"""OwedAnswer: what became of something a ticket asked for, until its customer was told."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Count, Min, Q
from django.urls import reverse

from apps.accounts.models import User
from apps.outbox.models import Notification
from apps.timeline.refusal import Lost, Refused
from apps.timeline.text import clean_line, clean_text

from ..choices import Answer, Status
from ..rules import variables
from .batch import Batch, write

if TYPE_CHECKING:
    from .ticket import Ticket

LONGEST_TITLE = 300
_WAY = """
WITH RECURSIVE way AS (
  SELECT id AS asked, id, merged_into_id FROM tickets_ticket WHERE id = ANY(%s)
  UNION ALL
  SELECT way.asked, t.id, t.merged_into_id
  FROM way JOIN tickets_ticket t ON t.id = way.merged_into_id
)
SELECT asked, id FROM way WHERE merged_into_id IS NULL
"""


@dataclass(frozen=True, slots=True)
class Cause:
    """What there is to tell: which record, what became of it, and the words to tell it with.

    Nobody is told of the same outcome of the same record twice. What happens again after people
    were told is another outcome (`resolved 2`). `draft` may hold the places of `rules.variables`;
    they are filled in when somebody uses it, as them.
    """

    kind: str
    subject_id: int
    became: str
    title: str
    draft: str = ""

    def __post_init__(self) -> None:
        clean_line(self.title, limit=LONGEST_TITLE, field="title")
        clean_text(self.draft, field="draft")
        if wrong := variables.problems(self.draft, variables.TOLD):
            raise Refused(" ".join(wrong), field="draft")

    @property
    def said(self) -> str:
        """In words, for timelines and notices."""
        return f"{self.title}: {self.became}"


@dataclass(frozen=True, slots=True)
class Asker:
    """Whoever asked on one ticket: where they are told, or why not."""

    asked_on: "Ticket"
    told_on: "Ticket"
    why_not: str = ""
    answer: "OwedAnswer | None" = None

    @property
    def is_told(self) -> bool:
        return self.answer is not None and self.answer.state == Answer.TOLD


class OwedAnswerQuerySet(models.QuerySet):
    """Answers that are or were owed."""

    def owed(self) -> "OwedAnswerQuerySet":
        return self.filter(state=Answer.OWED)

    def standing(self) -> "OwedAnswerQuerySet":
        """But for those whose cause was taken back."""
        return self.exclude(state=Answer.WITHDRAWN)

    def about(self, kind: str, subject_id: int, became: str = "") -> "OwedAnswerQuerySet":
        """Of one record, or of one outcome of it."""
        found = self.filter(kind=kind, subject_id=subject_id)
        return found.filter(became=became) if became else found

    def whole(self) -> "OwedAnswerQuerySet":
        """With what a row names."""
        return self.select_related("ticket__contact", "ticket__customer", "asked_on__contact")

    def outcomes(self) -> "OwedAnswerQuerySet":
        """What is owed, by what became of which record: how many `waiting`, `first` since when."""
        rows = self.owed().order_by().values("kind", "subject_id", "became", "title")
        return rows.annotate(waiting=Count("pk"), first=Min("owed_at")).order_by("first")

    def since(self) -> datetime | None:
        """Since when the first of them is owed."""
        return self.owed().aggregate(first=Min("owed_at"))["first"]


class OwedAnswerManager(models.Manager.from_queryset(OwedAnswerQuerySet)):  # type: ignore[misc]
    """Owes answers, many at once."""

    def weigh(self, asked_on: Iterable[int], cause: Cause) -> list[Asker]:
        """Who would be owed an answer and who would not, each with the reason; four queries.

        Somebody who asked on two tickets is told on one: an open one, or else the newest.
        """
        numbers = sorted(set(asked_on))
        way = _way_of(numbers)
        tickets = self.model._meta.get_field("ticket").related_model.objects
        found = tickets.filter(pk__in={*numbers, *way.values()}).with_stop()
        found = found.select_related("contact", "customer").in_bulk()
        theirs = {one.contact_id for one in found.values()}
        known = {one.asked_on_id: one for one in self._of_cause(cause, numbers, theirs)}
        contacts = {one.asked_on.contact_id: one for one in known.values() if one.state == "told"}
        asked = [number for number in numbers if number in found]
        owed = {pk for pk, one in known.items() if one.is_owed}
        asked.sort(key=lambda pk: (pk not in owed, not found[pk].is_unresolved, -pk))
        first: dict[int | None, int] = {}
        askers = {}
        for number in asked:
            one, there = found[number], found[way[number]]
            answer = known.get(number)
            why_not = _why_not(one, there, answer)
            if not why_not and (told := contacts.get(one.contact_id)):
                why_not = f"Told already, on #{told.ticket_id}"
            if not why_not and first.setdefault(one.contact_id, number) != number:
                why_not = f"Is told on #{way[first[one.contact_id]]}, where they asked too"
            askers[number] = Asker(one, there, why_not, answer)
        return [askers[number] for number in numbers if number in askers]

    def owe(
        self,
        asked_on: Iterable[int],
        cause: Cause,
        *,
        by: Any,
        at: datetime,
        quietly: bool = False,
        as_before: bool = False,
    ) -> list["OwedAnswer"]:
        """Owe an answer to whoever asked on these tickets and is not told yet: all, or none.

        Their tickets come back to the desk (`is:loop`); no status and no clock moves. Owing the
        same twice owes it once. The caller has written its own change in the same transaction; one
        that owes `quietly`, step by step, tells whoever has their tickets at the end. What was
        withdrawn is owed `as_before`, since then, where that is taken back.
        """
        numbers = set(asked_on)
        with transaction.atomic():
            places = set(_way_of(numbers).values())
            tickets = self.model._meta.get_field("ticket").related_model.objects
            batch = Batch(tickets.filter(pk__in=places))
            askers = [one for one in self.weigh(numbers, cause) if not one.why_not]
            if any(one.told_on.pk not in batch.tickets for one in askers):
                raise Lost()
            fresh = [one for one in askers if not one.answer or one.answer.state != Answer.OWED]
            rows = [
                self.model(
                    asked_on=one.asked_on,
                    ticket=batch.tickets[one.told_on.pk],
                    kind=cause.kind,
                    subject_id=cause.subject_id,
                    became=cause.became,
                    title=cause.title,
                    draft=cause.draft,
                    owed_at=one.answer.owed_at if as_before and one.answer else at,
                )
                for one in fresh
            ]
            again = ("ticket", "title", "draft", "state", "owed_at", "reason")
            self.bulk_create(
                rows,
                update_conflicts=True,
                unique_fields=["asked_on", "kind", "subject_id", "became"],
                update_fields=[*again, "message", "settled_at", "settled_by"],
            )
            for row in rows:
                ticket = row.ticket
                ticket.change(at, loop_since=min(ticket.loop_since or row.owed_at, row.owed_at))
                ticket.record("owed_answer", by=by, at=at, answer=row.pk, about=[None, cause.said])
            batch.write(by=by, at=at, cause="", url="")
            if not quietly:
                self.tell_assignees(cause, self.waiting_with(rows, {}), by=by, at=at)
        return rows

    def waiting_with(
        self, owed: Iterable["OwedAnswer"], known: Mapping[str, int]
    ) -> dict[str, int]:
        """Whoever has their tickets, by number → how many customers wait, with those known."""
        theirs = Counter(known)
        theirs.update(str(row.ticket.assignee_id) for row in owed if row.ticket.assignee_id)
        return dict(theirs)

    def tell_assignees(
        self, cause: Cause, theirs: Mapping[str, int], *, by: Any, at: datetime
    ) -> None:
        """Each of them hears once how many customers of theirs wait."""
        for person in User.objects.active().filter(pk__in=theirs).order_by("pk"):
            if person == by:
                continue
            count = theirs[str(person.pk)]
            whose = (
                "A customer of yours waits" if count == 1 else f"{count} customers of yours wait"
            )
            Notification.objects.tell(
                person,
                cause=f"loop:{cause.kind}:{cause.subject_id}:{cause.became}:{at.isoformat()}",
                sentence=f"{cause.said}. {whose} to hear it."[:400],
                url=f"{reverse('portal:inbox')}?view=loop",
                at=at,
            )

    def withdraw(
        self,
        kind: str,
        subject_id: int,
        became: str,
        *,
        asked_on: Iterable[int] | None = None,
        by: Any,
        at: datetime,
    ) -> list["OwedAnswer"]:
        """It did not come to that after all: who was not told yet is owed nothing more.

        `asked_on`: only on these tickets, which asked for something else.
        """
        with transaction.atomic():
            owed = self.about(kind, subject_id, became).owed()
            owed = owed if asked_on is None else owed.filter(asked_on__in=asked_on)
            tickets = self.model._meta.get_field("ticket").related_model.objects
            batch = Batch(tickets.filter(pk__in=owed.values("ticket")))
            rows = list(owed.filter(ticket__in=batch.tickets).order_by("pk"))
            self.filter(pk__in=[row.pk for row in rows]).update(state=Answer.WITHDRAWN)
            since = self.owed_since(batch.tickets)
            for row in rows:
                ticket = batch.tickets[row.ticket_id]
                ticket.change(at, loop_since=since.get(ticket.pk))
                ticket.record(
                    "withdrew_answer", by=by, at=at, answer=row.pk, about=[None, row.said]
                )
            batch.write(by=by, at=at, cause="", url="")
        return rows

    def tell_all(
        self, messages: Mapping[int, Any], answers: Collection[int], *, by: Any, at: datetime
    ) -> dict[int, tuple[list[int], datetime | None]]:
        """On held tickets: these answers are told by the message on each. Ticket → the answers it
        told, and since when others are owed there still.
        """
        if not answers:
            return {}
        told = list(self.owed().filter(ticket__in=messages, pk__in=answers).order_by("pk"))
        found: dict[int, list[int]] = {}
        for row in told:
            row.state, row.settled_by, row.settled_at = Answer.TOLD, by, at
            row.message, row.reason = messages[row.ticket_id], ""
            found.setdefault(row.ticket_id, []).append(row.pk)
        if told:
            write(told, ["state", "settled_by_id", "settled_at", "message_id", "reason"])
        since = self.owed_since(found)
        return {ticket: (numbers, since.get(ticket)) for ticket, numbers in found.items()}

    def owe_again(self, messages: Collection[Any]) -> dict[int, datetime]:
        """On held tickets: what these messages told was never told. Ticket → since when."""
        self.filter(message__in=messages, state=Answer.TOLD).update(
            state=Answer.OWED, settled_by=None, settled_at=None, message=None, reason=""
        )
        return self.owed_since([message.ticket_id for message in messages])

    def owed_since(self, tickets: Collection[int]) -> dict[int, datetime]:
        """Ticket → since when the first of its answers is owed."""
        owed = self.owed().filter(ticket__in=tickets).order_by().values_list("ticket")
        return dict(owed.annotate(first=Min("owed_at")))

    def _of_cause(
        self, cause: Cause, asked_on: Collection[int], contacts: Collection[int | None]
    ) -> OwedAnswerQuerySet:
        """What is known of these tickets, and what these people were told on others."""
        found = self.about(cause.kind, cause.subject_id, cause.became).select_related("asked_on")
        told = Q(state=Answer.TOLD, asked_on__contact__in=contacts)
        return found.filter(Q(asked_on__in=asked_on) | told)


class OwedAnswer(models.Model):
    """One outcome of one record, owed to whoever asked on one ticket, until told or waived."""

    asked_on = models.ForeignKey(
        "tickets.Ticket", models.CASCADE, related_name="asked_answers", db_index=False
    )
    ticket = models.ForeignKey(
        "tickets.Ticket",
        models.CASCADE,
        related_name="owed_answers",
        help_text="Where they are told: what it was merged into, or what followed it.",
    )
    kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    became = models.CharField(max_length=40)
    title = models.CharField(max_length=LONGEST_TITLE)
    draft = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=Answer.choices, default=Answer.OWED)
    owed_at = models.DateTimeField()
    message = models.ForeignKey(
        "tickets.Message",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="answers",
        db_index=False,
    )
    reason = models.CharField(max_length=500, blank=True, help_text="Why no word is needed.")
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )

    objects = OwedAnswerManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["asked_on", "kind", "subject_id", "became"], name="answer_owed_once"
            )
        ]
        indexes = [
            models.Index(fields=["kind", "subject_id", "state"], name="answer_about"),
            models.Index(fields=["owed_at", "id"], name="answer_owed_at"),
            models.Index(
                fields=["kind", "subject_id", "became"],
                condition=Q(state="owed"),
                name="answer_outcomes",
            ),
            models.Index(fields=["message"], condition=~Q(message=None), name="answer_message"),
        ]

    def __str__(self) -> str:
        return f"{self.said} to #{self.asked_on_id}"

    @property
    def said(self) -> str:
        return f"{self.title}: {self.became}"

    @property
    def is_owed(self) -> bool:
        return self.state == Answer.OWED

    def settle(self, state: str, *, by: Any, at: datetime | None, **how: Any) -> None:
        """On a held ticket: told, waived, or owed anew."""
        self.state, self.settled_by, self.settled_at = state, by, at
        self.message, self.reason = how.get("message"), how.get("reason", "")
        self.save(update_fields=["state", "settled_by", "settled_at", "message", "reason"])


def _way_of(numbers: Iterable[int]) -> dict[int, int]:
    """Where each ticket's customer is answered: itself, or what it was merged into at last."""
    with connection.cursor() as cursor:
        cursor.execute(_WAY, [sorted(numbers)])
        return dict(cursor.fetchall())


def _why_not(asked_on: "Ticket", there: "Ticket", answer: OwedAnswer | None) -> str:
    """Why nobody is told on this ticket; empty where somebody is."""
    if answer and answer.state == Answer.TOLD:
        return f"Told already, on #{answer.ticket_id}"
    if answer and answer.state == Answer.WAIVED:
        return f"No word needed: {answer.reason}"
    if there.status in (Status.SPAM, Status.DUPLICATE):
        return f"#{there.pk} is {'spam' if there.status == Status.SPAM else 'a duplicate'}"
    if not there.contact_id:
        return f"#{there.pk} has no contact"
    if there.stopped:
        return f"Mail to {there.contact} comes back"
    return ""
