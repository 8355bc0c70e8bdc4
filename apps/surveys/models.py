"""A survey, which is asked once a ticket, and the answer to it."""

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.urls import reverse

from apps.tickets.choices import Status
from apps.tickets.keys import keys
from apps.tickets.rules import passes
from apps.timeline.models import Tracked
from apps.timeline.refusal import Refused
from apps.timeline.text import clean_text

from . import rules
from .querysets import ResponseQuerySet, SurveyQuerySet

SOLVED = frozenset({Status.RESOLVED, Status.CLOSED})


class SurveyManager(models.Manager.from_queryset(SurveyQuerySet)):  # type: ignore[misc]
    """Begins surveys."""

    def ask(self, ticket: Any, *, at: datetime, reached_at: datetime | None = None) -> "Survey":
        """The one survey of a solved ticket; the one there is, if it was asked before.

        `reached_at` is for one that another way than the outbox has brought already.
        """
        if ticket.status not in SOLVED:
            raise Refused("Only what is solved is asked about.")
        if not (ticket.contact_id and ticket.first_replied_at):
            raise Refused("Nobody was answered here, so nobody is asked.")
        try:
            with transaction.atomic():
                survey = self.create(
                    ticket=ticket,
                    contact_id=ticket.contact_id,
                    agent_id=ticket.assignee_id,
                    asked_at=at,
                    delivered_at=reached_at,
                )
                survey.record("asked", at=at, ticket=ticket.pk)
        except IntegrityError:
            return self.get(ticket=ticket)
        return survey

    def rate(self, ticket: Any, score: int, *, at: datetime, comment: str = "") -> "Response":
        """An answer given before anybody asked for it by mail."""
        with transaction.atomic():
            return self.ask(ticket, at=at).respond(score, at=at, comment=comment)


class Survey(Tracked):
    """How did we do? Asked once, of whoever waited for the ticket."""

    kind: ClassVar[str] = "survey"

    ticket = models.OneToOneField("tickets.Ticket", models.CASCADE, related_name="survey")
    contact = models.ForeignKey("customers.Contact", models.PROTECT, related_name="surveys")
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="Who had the ticket when it was asked about.",
    )
    asked_at = models.DateTimeField()
    delivered_at = models.DateTimeField(
        null=True, blank=True, help_text="When a mail server took it; empty until then."
    )

    objects = SurveyManager()

    class Meta:
        indexes = [
            models.Index("delivered_at", "id", name="survey_delivered"),
            models.Index("contact", "asked_at", name="survey_contact"),
            models.Index("asked_at", condition=Q(delivered_at=None), name="survey_on_its_way"),
        ]

    def __str__(self) -> str:
        return f"Survey of #{self.ticket_id}"

    @property
    def cause(self) -> str:
        """What its delivery in the outbox is known by."""
        return f"survey:{self.pk}"

    @property
    def link(self) -> str:
        """Where it is answered."""
        token = passes.issue("survey", (self.pk,), keys())
        return f"{settings.PUBLIC_URL}{reverse('public:survey', args=[token])}"

    @property
    def answer(self) -> "Response | None":
        return getattr(self, "response", None)

    def refusal(self, at: datetime) -> str:
        """Why it takes no answer now; empty when it does."""
        answered_at = self.answer.at if self.answer else None
        return rules.refusal(asked_at=self.asked_at, answered_at=answered_at, at=at)

    def respond(self, score: int, *, at: datetime, comment: str = "") -> "Response":
        """Their answer, or a change of mind; what they say of it stands with the answer alone."""
        if score not in rules.SCORES:
            raise Refused("Choose one of the five.", field="score")
        comment = clean_text(comment, limit=rules.LONGEST_COMMENT, field="comment").strip()
        with transaction.atomic():
            survey = Survey.objects.select_for_update().get(pk=self.pk)
            before = survey.answer
            if refusal := survey.refusal(at):
                raise Refused(refusal)
            if before and (before.score, before.comment) == (score, comment):
                return before
            answer = before or Response(survey=survey, at=at)
            told: dict[str, Any] = {"score": [before.score if before else None, score]}
            if bool(comment) != bool(before and before.comment):
                told["commented"] = [not comment, bool(comment)]
            answer.score, answer.comment = score, comment
            answer.changed_at = at if before else None
            answer.save()
            survey.record("changed" if before else "answered", at=at, label="Contact", **told)
        return answer


class Response(models.Model):
    """What they chose, and what they said of it."""

    survey = models.OneToOneField(Survey, models.CASCADE, related_name="response")
    score = models.PositiveSmallIntegerField(choices=list(rules.SCORES.items()))
    comment = models.TextField(blank=True)
    at = models.DateTimeField(help_text="When it was given first.")
    changed_at = models.DateTimeField(null=True, blank=True)

    objects = ResponseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(score__gte=1, score__lte=5), name="response_score_of_five"
            )
        ]
        indexes = [
            models.Index("at", "id", name="response_given"),
            models.Index("score", "survey", name="response_score"),
        ]

    def __str__(self) -> str:
        return f"{self.score} of 5"

    @property
    def words(self) -> str:
        return rules.SCORES[self.score]
