"""Incident: something of ours does not work, and somebody leads until it does."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models, transaction
from django.urls import reverse

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.outbox.models import Notification
from apps.timeline.models import Activity, Tracked
from apps.timeline.refusal import Refused
from apps.timeline.text import clean_line

from .. import rules
from ..choices import Severity, State, Type
from ..querysets import IncidentQuerySet
from .closing import Closing
from .joining import Joining
from .linking import Linking
from .updating import Updating

LONGEST_TITLE = 200
ALARMING = (Severity.SEV1, Severity.SEV2)  # who is on call hears of these at once
EDITED = ("title", "severity", "type", "private", "commander", *rules.INSTANTS)


class IncidentManager(models.Manager.from_queryset(IncidentQuerySet)):  # type: ignore[misc]
    """Incidents begin by somebody's word."""

    @transaction.atomic
    def declare(
        self,
        title: str,
        *,
        severity: str,
        by: Any,
        at: datetime,
        type: str = Type.OUTAGE,
        private: bool = False,
        components: Iterable[Any] = (),
        started_at: datetime | None = None,
        tickets: models.QuerySet | None = None,
    ) -> "Incident":
        """Something is wrong; it is in triage until somebody takes it up."""
        incident = self.model(
            title=_title(title),
            severity=_chosen(Severity, severity, "severity"),
            type=_chosen(Type, type, "type"),
            private=private,
            declared_at=at,
            started_at=started_at or at,
            detected_at=at,
        )
        incident.check_order(at)
        incident.save()
        incident.components.set(components)
        told = {"severity": [None, incident.severity], "state": [None, State.TRIAGE.value]}
        incident.record("declared", by=by, at=at, title=incident.title, **told)
        if incident.severity in ALARMING:
            incident.alarm(by=by, at=at)
        if tickets is not None:
            incident.link(tickets, by=by, at=at)
        return incident


class Incident(Closing, Joining, Linking, Updating, Tracked):
    """From triage to reviewed: how bad, since when, who leads, and who was told what."""

    kind: ClassVar[str] = "incident"

    title = models.CharField(max_length=LONGEST_TITLE)
    severity = models.CharField(max_length=4, choices=Severity.choices)
    type = models.CharField(max_length=12, choices=Type.choices, default=Type.OUTAGE)
    state = models.CharField(max_length=10, choices=State.choices, default=State.TRIAGE)
    private = models.BooleanField(
        default=False, help_text="Seen only by who is on call, leads it, or leads the company."
    )
    components = models.ManyToManyField("catalog.Component", blank=True, related_name="incidents")
    commander = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="incidents",
        db_index=False,
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", db_index=False
    )
    declared_at = models.DateTimeField()
    started_at = models.DateTimeField()
    detected_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    mitigated_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)

    objects = IncidentManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="merged", merged_into__isnull=False)
                | ~models.Q(state="merged") & models.Q(merged_into=None),
                name="incident_merged_or_not",
            )
        ]
        indexes = [
            models.Index(
                fields=["merged_into"],
                condition=~models.Q(merged_into=None),
                name="incident_merged",
            ),
            models.Index(
                fields=["severity", "-id"],
                condition=models.Q(state__in=sorted(rules.OPEN)),
                name="incident_open",
            ),
            models.Index(
                fields=["-id"],
                condition=~models.Q(state__in=sorted(rules.OPEN)),
                name="incident_over",
            ),
            GinIndex(OpClass("title", "gin_trgm_ops"), name="incident_title_like"),
        ]

    def __str__(self) -> str:
        return f"Incident {self.pk}: {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("portal:incident", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.state in rules.OPEN

    @property
    def verbs(self) -> list[str]:
        """What can be done to it now, in the order of its way."""
        return [verb for verb in rules.MOVES if not rules.refusal(verb, self.state)]

    @property
    def instants(self) -> dict[str, datetime | None]:
        """Its six instants, by the word for each."""
        return {name: getattr(self, field) for field, name in rules.INSTANTS.items()}

    @property
    def took(self) -> float | None:
        """Seconds from its start to its end; None while it goes on."""
        if self.resolved_at is None:
            return None
        return (self.resolved_at - self.started_at).total_seconds()

    def is_visible_to(self, person: Any) -> bool:
        return (
            not self.private
            or self.commander_id == person.pk
            or bool(person.may("incidents.private"))
        )

    # --- its way ----------------------------------------------------------------------------------

    def acknowledge(self, *, by: Any, at: datetime) -> Activity:
        """Somebody takes it up, and leads it unless it is led already."""
        with transaction.atomic():
            self.hold()
            leads = {} if self.commander_id else {"commander": by}
            return self._move("acknowledge", by=by, at=at, **leads)

    def mitigate(self, *, by: Any, at: datetime) -> Activity:
        """It hurts nobody any more, though its cause is there still."""
        with transaction.atomic():
            self.hold()
            return self._move("mitigate", by=by, at=at)

    def resolve(self, *, by: Any, at: datetime) -> Activity:
        """It is over: no further word is promised, and whoever was hit is told how it ended."""
        with transaction.atomic():
            self.hold()
            told = self._move("resolve", by=by, at=at)
            self.end_promises(at=at)
            self.owe_answers(by=by, at=at)
            return told

    def reopen(self, *, by: Any, at: datetime) -> Activity:
        """It is not over: what was promised before the end is promised again."""
        with transaction.atomic():
            self.hold()
            ended = self.resolved_at
            lifted = {name: None for name in rules.LIFTED_BY_REOPENING if getattr(self, name)}
            told = self._move("reopen", by=by, at=at, **lifted)
            if ended:
                self.renew_promises(ended)
                self.withdraw_answers(by=by, at=at)
            return told

    def review(self, *, by: Any, at: datetime) -> Activity:
        """What is to be learnt from it was talked over."""
        with transaction.atomic():
            self.hold()
            return self._move("review", by=by, at=at)

    def edit(
        self, *, by: Any, at: datetime, components: Iterable[Any] | None = None, **fields: Any
    ) -> Activity:
        """Say better what it is, who leads it, and when what happened."""
        with transaction.atomic():
            self.hold()
            for name in rules.INSTANTS:
                if name in fields and (fields[name] is None) != (getattr(self, name) is None):
                    word = rules.INSTANTS[name]
                    raise Refused(f"Its way says whether it was {word}; say when.", field=name)
            if "title" in fields:
                fields["title"] = _title(fields["title"])
            for name, words in (("severity", Severity), ("type", Type)):
                if name in fields:
                    fields[name] = _chosen(words, fields[name], name)
            leads = fields.get("commander")
            if leads and not leads.is_active:
                raise Refused(f"{leads} cannot sign in.", field="commander")
            told = self._change({name: fields[name] for name in EDITED if name in fields}, at)
            if components is not None:
                told |= self._concern(components)
            if not told:
                raise Refused("Nothing was changed.", code="unchanged")
            return self.record("edited", by=by, at=at, **told)

    def undo(self, number: int, *, by: Any, at: datetime) -> Activity:
        """Take back a move, an edit or a link, where nothing went over it since."""
        with transaction.atomic():
            self.hold()
            told = self.timeline().filter(pk=number).first()
            if told is None:
                raise Refused("This incident was not changed so.")
            if told.verb in ("linked", "unlinked"):
                return self.undo_link(told, by=by, at=at)
            pairs = {
                name: pair
                for name, pair in told.data.items()
                if (name in EDITED or name == "state") and isinstance(pair, list)
            }
            if told.verb in ("declared", "undone", "merged", "unmerged") or not pairs:
                raise Refused("This cannot be taken back.")
            if any(_plain(self, name) != after for name, (_, after) in pairs.items()):
                raise Refused("It was changed again since.")
            ended = self.resolved_at
            self._change({name: _value(name, before) for name, (before, _) in pairs.items()}, at)
            if ended and not self.resolved_at:
                self.renew_promises(ended)
                self.withdraw_answers(by=by, at=at)
            elif self.resolved_at and not ended:
                self.end_promises(at=self.resolved_at)
                self.owe_answers(by=by, at=at, as_before=True)
            back = {name: [after, before] for name, (before, after) in pairs.items()}
            return self.record("undone", by=by, at=at, activity=told.pk, **back)

    # --- parts ------------------------------------------------------------------------------------

    def hold(self, *, merged: bool = False) -> None:
        """Lock the row and read it anew; refused where it goes on in another one."""
        held = Incident.objects.select_for_update(of=("self",)).select_related("commander")
        self.refresh_from_db(from_queryset=held)
        if self.merged_into_id and not merged:
            raise Refused(f"It goes on in incident {self.goes_on.pk}.", code="merged")

    def check_order(self, at: datetime) -> None:
        """Refused where an instant stands before one that it follows, or in the future."""
        instants = {name: getattr(self, name) for name in rules.INSTANTS}
        field, why = rules.disorder(instants, at)
        if why:
            raise Refused(why, field=field)

    def alarm(self, *, by: Any, at: datetime) -> None:
        """Whoever is on call hears of it at once."""
        people = User.objects.holding(Role.ON_CALL)
        sentence = f"{self.severity} declared by {by or 'Afterlaunch'}: {self.title}"[:500]
        Notification.objects.tell_all(
            Notification(
                person=person,
                cause=f"incident:{self.pk}:declared",
                sentence=sentence,
                url=self.get_absolute_url(),
                at=at,
            )
            for person in people
            if person != by
        )

    def _move(self, verb: str, *, by: Any, at: datetime, **fields: Any) -> Activity:
        """One step on its way, on a row that is held."""
        if refusal := rules.refusal(verb, self.state):
            raise Refused(refusal, code="wrong_state")
        stamp = {rules.STAMPS[verb]: at} if verb in rules.STAMPS else {}
        told = self._change({"state": rules.MOVES[verb][1], **stamp, **fields}, at)
        return self.record(VERBS[verb], by=by, at=at, **told)

    def _change(self, fields: Mapping[str, Any], at: datetime) -> dict[str, Any]:
        """Write these fields of a held row; returns those that differ, as Activity tells them."""
        told = {}
        for name, value in fields.items():
            before = _plain(self, name)
            setattr(self, name, value)
            if (after := _plain(self, name)) != before:
                told[name] = [before, after]
        self.check_order(at)
        self.save(update_fields=[*fields]) if fields else None
        return told

    def _concern(self, components: Iterable[Any]) -> dict[str, Any]:
        before = sorted(self.components.values_list("name", flat=True))
        self.components.set(components)
        after = sorted(self.components.values_list("name", flat=True))
        return {"components": [before, after]} if before != after else {}


VERBS = {
    "acknowledge": "acknowledged",
    "mitigate": "mitigated",
    "resolve": "resolved",
    "reopen": "reopened",
    "review": "reviewed",
}


def _title(words: str) -> str:
    title = clean_line(words, limit=LONGEST_TITLE, field="title")
    if not title:
        raise Refused("Say what is wrong.", code="empty", field="title")
    return title


def _chosen(words: type[models.TextChoices], value: str, field: str) -> str:
    if value not in words.values:
        raise Refused(f"There is no {field} “{value}”.", field=field)
    return str(words(value))


def _plain(incident: Incident, name: str) -> Any:
    """A field as Activity tells it."""
    value = getattr(incident, incident._meta.get_field(name).attname)
    return value.isoformat() if isinstance(value, datetime) else value


def _value(name: str, told: Any) -> Any:
    """The other way round."""
    if name in rules.INSTANTS and told:
        return datetime.fromisoformat(told)
    if name == "commander" and told:
        return User.objects.get(pk=told)
    return told
