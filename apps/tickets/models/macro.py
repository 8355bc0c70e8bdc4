"""Macro: several things done to a ticket with one press, and taken back with one."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from apps.accounts.models import User
from apps.timeline.models import Activity
from apps.timeline.objections import objections
from apps.timeline.refusal import Refused
from apps.timeline.text import clean_text

from ..choices import Direction, Next
from ..filling import values_for
from ..letters import UNDO
from ..rules import macros, variables
from ..rules.until import read
from .message import Message
from .prepared import Prepared
from .queue import Queue
from .search import SearchDoc

_FIELDS = ("queue", "assignee", "priority", "tags", "fields", "status", "snoozed_until")
_AFTER = {
    "waiting_customer": Next.WAIT,
    "open": Next.KEEP_OPEN,
    "resolved": Next.RESOLVE,
    "waiting_third_party": Next.KEEP_OPEN,
}


class Macro(Prepared):
    """A list of steps; see `rules.macros` for their shapes."""

    kind = "macro"

    steps = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["owner", "folder", "title"], name="macro_offered")]

    @property
    def says(self) -> str:
        """What it does, in words."""
        return macros.says(self.steps)

    def is_allowed_to(self, person: Any) -> bool:
        """Whether this person may take every one of its steps."""
        return all(person.may(permission) for permission in macros.needs(self.steps))

    def apply(self, ticket: Any, *, by: Any, at: datetime) -> Activity:
        """Take every step, or none; returns the Activity that tells of it.

        A step that would change nothing is passed over. The reply is sent last, so that it says
        what holds then, with the status the macro leaves behind.
        """
        if self.retired_at:
            raise Refused(f"“{self}” is no longer offered.")
        for permission in sorted(macros.needs(self.steps)):
            if not by.may(permission):
                raise Refused(f"“{self}” does what your roles do not let you do.")
        with ticket.held():
            if any(step["do"] == "priority" for step in self.steps):
                for why in objections("ticket.prioritise", [ticket.pk]).values():
                    raise Refused(why, code="due_by_hand")
            before = _state(ticket)
            said: dict[str, int] = {}
            steps = {step["do"] for step in self.steps}
            for step in macros.in_order(self.steps):
                if step["do"] in ("reply", "note"):
                    said[step["do"]] = self._say(ticket, step, by=by, at=at).pk
                elif step["do"] != "status" or "reply" not in steps or self._is_further(step):
                    _do(ticket, step, by=by, at=at)
            after = _state(ticket)
            type(self).objects.used([self.pk], at=at)
            return ticket.record(
                "macro_applied",
                by=by,
                at=at,
                macro=self.pk,
                title=self.title,
                said=said,
                made={key: [before[key], after[key]] for key in after if before[key] != after[key]},
            )

    def take_back(self, ticket: Any, *, by: Any, at: datetime) -> None:
        """Undo its last use on this ticket: what nobody has changed since is as it was.

        The reply is taken back too while it still waits in the outbox; one that has left stays.
        """
        with ticket.held():
            use = self._last_use(ticket)
            made, said = use.data["made"], use.data["said"]
            left = False
            if reply := said.get("reply"):
                message = ticket.messages.get(pk=reply)
                left = message.undone_at is None and at >= message.at + UNDO
                if not left and message.undone_at is None:
                    ticket.take_back(message, by=by, at=at, typed=False)
            if note := said.get("note"):
                ticket.messages.filter(pk=note, direction=Direction.NOTE).update(undone_at=at)
                SearchDoc.objects.mark_stale([ticket.pk])
            now = _state(ticket)
            back = {key: pair[0] for key, pair in made.items() if now[key] == pair[1]}
            if left:
                back.pop("status", None)  # what was sent has been answered
            data = ticket.change(at, **_as_fields(back, ticket, at))
            whole = not left and _alone(ticket, use)
            told = {"of": use.at.isoformat()} if whole else {}
            ticket.record(
                "undone" if whole else "macro_undone", by=by, at=at, use=use.pk, **told, **data
            )

    def preview(self, ticket: Any, *, by: Any, at: datetime) -> dict[str, Any]:
        """What it would do to this ticket, without doing it: words, texts, and what is missing."""
        texts, missing = {}, []
        values = values_for(ticket, by=by, at=at)
        for step in self.steps:
            if step["do"] in ("reply", "note"):
                texts[step["do"]], gaps = variables.fill(step["text"], values)
                missing += gaps
        return {"says": self.says, "allowed": self.is_allowed_to(by), "missing": missing, **texts}

    # --- parts ----------------------------------------------------------------------------------

    def _say(self, ticket: Any, step: Mapping[str, Any], *, by: Any, at: datetime) -> Message:
        text, missing = variables.fill(step["text"], values_for(ticket, by=by, at=at))
        if missing:
            raise Refused(
                f"“{self}” needs {missing[0]}, which this ticket does not have; "
                "give the place a fallback.",
                field="steps",
            )
        if step["do"] == "note":
            return ticket.note(text, by=by, at=at)
        status = next((one["to"] for one in self.steps if one["do"] == "status"), "")
        after = _AFTER.get(status, Next.WAIT)
        return ticket.reply(text, by=by, at=at, after=after, tells=())  # it knows of nothing owed

    @staticmethod
    def _is_further(step: Mapping[str, Any]) -> bool:
        """A status that no reply leaves behind has to be set after it."""
        return step["to"] == "waiting_third_party"

    def _last_use(self, ticket: Any) -> Activity:
        mine = ticket.timeline().filter(data__macro=self.pk, verb="macro_applied")
        use = mine.latest_first().first()
        if use is None:
            raise Refused(f"“{self}” was not used on this ticket.")
        if ticket.timeline().filter(data__use=use.pk).exists():
            raise Refused(f"“{self}” was taken back already.")
        return use

    def _take(self, words: dict[str, Any]) -> None:
        super()._take(words)
        if wrong := macros.refusal(self.steps):
            raise Refused(wrong, field="steps")
        for step in self.steps:
            for text in (value for value in step.values() if isinstance(value, str)):
                clean_text(text, field="steps")
            if step["do"] == "snooze" and read(step["for"], timezone.now()) is None:
                raise Refused(f"“{step['for']}” is no time that is understood.", field="steps")

    def _told(self) -> dict[str, Any]:
        return super()._told() | {"steps": self.steps}


def _state(ticket: Any) -> dict[str, Any]:
    """The fields a macro may change, as Activity can hold them."""
    found = {name: getattr(ticket, ticket._meta.get_field(name).attname) for name in _FIELDS}
    asleep = found["snoozed_until"]
    return found | {
        "tags": list(found["tags"]),
        "fields": dict(found["fields"]),
        "snoozed_until": asleep.isoformat() if asleep else None,
    }


def _as_fields(back: Mapping[str, Any], ticket: Any, at: datetime) -> dict[str, Any]:
    """What was told, as fields of the row again."""
    fields = dict(back)
    if "queue" in fields:
        fields["queue"] = Queue.objects.filter(pk=fields["queue"]).first()
    if "assignee" in fields:
        fields["assignee"] = User.objects.filter(pk=fields["assignee"]).first()
    if fields.get("snoozed_until"):
        fields["snoozed_until"] = datetime.fromisoformat(fields["snoozed_until"])
    if "status" in fields:
        fields |= ticket._to(fields["status"], at) | {"waiting_since": ticket.first_unanswered()}
    return fields


def _alone(ticket: Any, use: Activity) -> bool:
    """Whether nothing but this macro happened in its second: only then can its clocks forget it."""
    second = use.at.replace(microsecond=0)
    others = ticket.timeline().filter(at__gte=second, at__lt=second + timedelta(seconds=1))
    return not others.exclude(at=use.at).exists()


def _do(ticket: Any, step: Mapping[str, Any], *, by: Any, at: datetime) -> None:
    """One step by its own verb; nothing where it is so already."""
    match step["do"]:
        case "queue":
            queue = _named(Queue.objects.filter(slug=step["to"]), step["to"], "queue")
            if ticket.queue_id != (queue.pk if queue else None):
                ticket.file_under(queue, by=by, at=at)
        case "assign":
            people = User.objects.active().filter(email=step["to"])
            to = by if step["to"] == "me" else _named(people, step["to"], "person")
            if ticket.assignee_id != (to.pk if to else None):
                ticket.assign(to, by=by, at=at)
        case "priority":
            if ticket.priority != step["to"]:
                ticket.prioritise(step["to"], by=by, at=at)
        case "tag":
            add = [tag for tag in step.get("add", ()) if tag.strip().lower() not in ticket.tags]
            gone = [tag for tag in step.get("remove", ()) if tag.strip().lower() in ticket.tags]
            if add or gone:
                ticket.tag(add, remove=gone, by=by, at=at)
        case "fill":
            if ticket.fields.get(step["field"]) != step["value"]:
                ticket.fill({step["field"]: step["value"]}, by=by, at=at)
        case "status":
            if ticket.status != step["to"]:
                ticket.move(step["to"], by=by, at=at)
        case "snooze":
            until = read(step["for"], timezone.localtime(at))
            if until is None or until <= at:
                raise Refused(f"“{step['for']}” is no time to come.", field="steps")
            ticket.snooze(until, by=by, at=at)


def _named(found: Any, name: str | None, what: str) -> Any:
    if not name:
        return None
    one = found.first()
    if one is None:
        raise Refused(f"There is no {what} “{name}” any more.", field="steps")
    return one
