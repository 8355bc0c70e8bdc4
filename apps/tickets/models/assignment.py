"""Rules of assignment, what each person can take on, and what waits for somebody to be free."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models, transaction
from django.db.models.functions import Now
from django.utils.timezone import localtime

from apps.calendars.rules import OPEN
from apps.calendars.rules.working import Calendar as WorkingTime
from apps.timeline.models import Tracked
from apps.timeline.refusal import Lost, Refused
from apps.timeline.text import clean_line

from ..choices import Priority, Way
from ..querysets.sharing import AssignmentRuleQuerySet, DutyQuerySet
from ..rules import tags as tag_rules
from ..rules.words import ask

MOST_CAP = 1000
OWN = {"mine", "following"}  # ask who looks


def skills_field(**options: Any) -> ArrayField:
    return ArrayField(models.CharField(max_length=60), default=list, blank=True, **options)


class AssignmentRule(models.Model):
    """Where tickets of some kind go: asked in order when one is reported or reopened."""

    name = models.CharField(max_length=80, unique=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField("active", default=True)
    words = models.CharField(
        max_length=400,
        blank=True,
        help_text="As typed into the filter: queue:billing tier:enterprise channel:mail refund",
    )
    goes_on = models.BooleanField(
        "ask the rules after it too", default=False, help_text="Otherwise the first that fits ends."
    )
    queue = models.ForeignKey("tickets.Queue", models.CASCADE, null=True, blank=True)
    priority = models.CharField(max_length=10, choices=Priority.choices, blank=True)
    tags = skills_field(help_text="Added to the ticket.")
    team = models.ForeignKey("accounts.Team", models.CASCADE, null=True, blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text="Gets them all, unless away or full.",
    )
    way = models.CharField(
        "among the team", max_length=20, choices=Way.choices, default=Way.ROUND_ROBIN, blank=True
    )
    needs = skills_field(help_text="Skills whoever gets it must have.")
    speaks = models.BooleanField(
        "in their language",
        default=False,
        db_default=False,
        help_text="Whoever gets it has the contact's language among their skills, in English:"
        " german. Where the language is not known, anybody.",
    )
    sticky = models.BooleanField(
        "whoever answered them before first", default=True, help_text="If they are free."
    )

    objects = AssignmentRuleQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        question = ask(self.words)
        if question.problems:
            raise ValidationError({"words": list(question.problems)})
        if "me" in question.values("assignee") or OWN & {*question.values("is")}:
            raise ValidationError({"words": "A rule is nobody in particular: “me” is not known."})
        self.words = str(question)
        for name in ("tags", "needs"):
            tags = tag_rules.tidy(getattr(self, name))
            if refusal := tag_rules.refusal(tags):
                raise ValidationError({name: refusal})
            setattr(self, name, tags)
        if self.way and not (self.team_id or self.assignee_id):
            self.way = Way.NONE

    def does(self) -> str:
        """What it does, in words."""
        parts = []
        if self.queue:
            parts.append(f"queue {self.queue}")
        if self.priority:
            parts.append(f"priority {self.priority}")
        if self.tags:
            parts.append(f"tags {', '.join(self.tags)}")
        if self.assignee:
            parts.append(f"to {self.assignee}")
        elif self.team:
            way = f", {self.get_way_display().lower()}" if self.way else ""
            parts.append(f"to {self.team}{way}")
        if self.needs:
            parts.append(f"needs {', '.join(self.needs)}")
        if self.speaks:
            parts.append("in their language")
        return "; ".join(parts) or "nothing"


class Duty(Tracked):
    """What one of us can take on: how much, of what, when; and until when they are away."""

    kind: ClassVar[str] = "duty"

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="duty"
    )
    cap = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="Urgent counts three, high two. Empty: no limit.",
    )
    skills = skills_field()
    calendar = models.ForeignKey(
        "calendars.Calendar",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Their working hours; nothing is given outside of them. Empty: always.",
    )
    away_since = models.DateTimeField(null=True, blank=True, editable=False)
    away_until = models.DateTimeField(null=True, blank=True, editable=False)
    last_given_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = DutyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "duties"
        ordering = ["person__name"]

    def __str__(self) -> str:
        return str(self.person)

    def is_away(self, at: datetime) -> bool:
        """Marked away, and not back yet."""
        return self.away_since is not None and (self.away_until is None or at < self.away_until)

    def hours(self) -> WorkingTime | None:
        """Their working time; none of their own where no calendar is given."""
        version = self.calendar.current if self.calendar else None
        return version.hours() if version else None

    def absent(self, at: datetime) -> str:
        """Why they take nothing now, in words; empty when they are there."""
        if self.is_away(at):
            if self.away_until is None:
                return "away"
            return f"away until {localtime(self.away_until):%a %d %b, %H:%M %Z}"
        hours = self.hours()
        now = int(at.timestamp())
        if hours and next(iter(hours.parts(now, now + 1))).why != OPEN:
            return "not at work now"
        return ""

    # --- verbs ----------------------------------------------------------------------------------

    def limit(self, cap: int | None, *, by: Any, at: datetime) -> None:
        """How much they carry at most."""
        if cap is not None and not 1 <= cap <= MOST_CAP:
            raise Refused(f"A limit is between 1 and {MOST_CAP}.", field="cap")
        self._change(by, at, "limited", cap=cap)

    def learn(self, skills: Iterable[str], *, by: Any, at: datetime) -> None:
        """What they know: these skills and no others."""
        tidy = tag_rules.tidy(clean_line(skill, limit=60, field="skills") for skill in skills)
        if refusal := tag_rules.refusal(tidy):
            raise Refused(refusal, field="skills")
        self._change(by, at, "learnt", skills=sorted(tidy))

    def leave(self, until: datetime | None, *, by: Any, at: datetime) -> None:
        """Away from now on: nothing new is given to them."""
        if until is not None and until <= at:
            raise Refused("Choose a time that is still to come.", field="until")
        self._change(by, at, "left", away_since=at, away_until=until)

    def come_back(self, *, by: Any, at: datetime) -> None:
        """There again."""
        if not self.is_away(at):
            raise Refused(f"{self} is not away.")
        self._change(by, at, "came_back", away_since=None, away_until=None)

    def undo(self, activity: int, *, by: Any, at: datetime) -> None:
        """Take back the last change of it, as that Activity tells; nothing may have followed."""
        told = self.timeline().order_by("at", "id").last()
        if told is None or told.pk != activity or told.verb == "undone":
            raise Lost()
        before = {name: pair[0] for name, pair in told.data.items()}
        for name in _INSTANTS & set(before):
            before[name] = datetime.fromisoformat(before[name]) if before[name] else None
        self._change(by, at, "undone", own=told.verb in _OWN, **before)

    def last_change(self) -> int | None:
        """The Activity of what was changed last."""
        return self.timeline().order_by("at", "id").values_list("pk", flat=True).last()

    def _change(
        self, by: Any, at: datetime, verb: str, *, own: bool = False, **fields: Any
    ) -> None:
        own = self.person_id == by.pk and (own or verb in _OWN)
        if not (own or by.may("tickets.balance")):
            raise Refused("A lead does this; you may say that you are away.", code="forbidden")
        with transaction.atomic():
            self.refresh_from_db(from_queryset=Duty.objects.select_for_update())
            told = {
                name: [_plain(getattr(self, name)), _plain(value)]
                for name, value in fields.items()
                if getattr(self, name) != value
            }
            if not told:
                raise Refused("It is so already.")
            for name, value in fields.items():
                setattr(self, name, value)
            self.save(update_fields=list(fields))
            self.record(verb, by=by, at=at, **told)


_OWN = frozenset({"left", "came_back"})  # what everybody says of themselves
_INSTANTS = frozenset({"away_since", "away_until"})


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


class Unplaced(models.Model):
    """A ticket a rule wanted to give to somebody, and nobody was free."""

    ticket = models.OneToOneField(
        "tickets.Ticket", models.CASCADE, primary_key=True, related_name="unplaced"
    )
    since = models.DateTimeField()
    tried_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "unplaced"
        indexes = [models.Index(fields=["tried_at"], name="unplaced_tried")]

    def __str__(self) -> str:
        return f"#{self.ticket_id}"
