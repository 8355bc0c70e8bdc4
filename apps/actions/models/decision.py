"""Decision: a question, its options, what was chosen, and why."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction

from apps.timeline.models import Tracked
from apps.timeline.refusal import Lost, Refused
from apps.timeline.text import clean_line, clean_text

from ..querysets import DecisionQuerySet

MOST_OPTIONS = 20


class DecisionManager(models.Manager.from_queryset(DecisionQuerySet)):  # type: ignore[misc]
    """Decisions begin as questions."""

    @transaction.atomic
    def ask(self, question: str, *, options: Sequence[str], by: Any, at: datetime) -> "Decision":
        """Want a decision between two options or more."""
        question = clean_line(question, limit=300, field="question")
        if not question:
            raise Refused("Ask something.", code="empty", field="question")
        cleaned = [clean_line(option, field="options") for option in options]
        chosen_from = list(dict.fromkeys(option for option in cleaned if option))
        if not 2 <= len(chosen_from) <= MOST_OPTIONS:
            raise Refused(
                f"Give 2 to {MOST_OPTIONS} different options.", code="options", field="options"
            )
        decision = self.create(question=question, options=chosen_from, asked_by=by, asked_at=at)
        decision.record("asked", by=by, at=at)
        return decision


class Decision(Tracked):
    """What was asked and what was chosen; a review date brings it back."""

    kind = "decision"

    question = models.CharField(max_length=300)
    options = ArrayField(models.CharField(max_length=200))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    asked_at = models.DateTimeField()
    choice = models.CharField(max_length=200, blank=True)
    why = models.TextField(blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    review_on = models.DateField(null=True, blank=True)

    objects = DecisionManager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["-id"], name="decision_wanted", condition=models.Q(decided_at=None)
            ),
            models.Index(
                fields=["review_on"],
                name="decision_review",
                condition=models.Q(review_on__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="decision_whole",
                condition=models.Q(decided_at=None, choice="")
                | models.Q(decided_at__isnull=False) & ~models.Q(choice=""),
            )
        ]

    def __str__(self) -> str:
        return self.question

    def get_absolute_url(self) -> str:
        return f"/actions/decisions/{self.pk}/"

    @transaction.atomic
    def decide(
        self, choice: str, *, why: str, by: Any, at: datetime, review_on: date | None = None
    ) -> None:
        """Choose one of the options, and say why."""
        if self.decided_at is not None:
            raise Refused("This is decided already.", code="decided")
        if choice not in self.options:
            raise Refused("Choose one of the options.", code="unknown_option", field="choice")
        why = clean_text(why, limit=5000, field="why").strip()
        if not why:
            raise Refused("Say why.", code="empty", field="why")
        if review_on is not None and review_on <= at.date():
            raise Refused("Review it on a later day.", code="not_later", field="review_on")
        self._change(
            "decided",
            by=by,
            at=at,
            choice=choice,
            why=why,
            decided_by_id=by.pk,
            decided_at=at,
            review_on=review_on,
        )

    @transaction.atomic
    def reopen(self, *, by: Any, at: datetime) -> None:
        """Ask again; the earlier choice stays in the timeline."""
        if self.decided_at is None:
            raise Refused("This is not decided yet.", code="undecided")
        self._change(
            "reopened",
            by=by,
            at=at,
            choice="",
            why="",
            decided_by_id=None,
            decided_at=None,
            review_on=None,
        )

    def _change(self, verb: str, *, by: Any, at: datetime, **changes: Any) -> None:
        """One guarded update and its Activity."""
        before = {"choice": self.choice, "why": self.why}
        guarded = Decision.objects.filter(pk=self.pk, decided_at=self.decided_at)
        if not guarded.update(**changes):
            raise Lost
        for name, value in changes.items():
            setattr(self, name, value)
        told: dict[str, Any] = {name: [value, changes[name]] for name, value in before.items()}
        self.record(verb, by=by, at=at, **told)
