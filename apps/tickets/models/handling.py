"""What one of us does with a ticket besides answering it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from apps.outbox.models import Notification
from apps.timeline.models import Activity
from apps.timeline.refusal import Refused
from apps.timeline.text import clean_line

from ..choices import Priority, Status
from ..rules import fields as field_rules
from ..rules import moves
from ..rules import tags as tag_rules
from .search import SearchDoc


class Handling:
    """Verbs of a ticket that sort it."""

    def assign(self, to: Any, *, by: Any, at: datetime, seen: int | None = None) -> Activity:
        """Give it to a person, or to nobody."""
        with self.held():
            self._unchanged_since(seen)
            self._changeable()
            if self.assignee_id == (to.pk if to else None):
                raise Refused(f"{to} has it already." if to else "Nobody has it already.")
            if to and not to.is_active:
                raise Refused(f"{to} cannot sign in and would never see it.", field="assignee")
            data = self.change(at, assignee=to, **self._handled(at))
            activity = self.record("assigned", by=by, at=at, **data)
            if to and self.batch:
                self.batch.gave(to)
            elif to and to != by:
                Notification.objects.tell(
                    to,
                    cause=f"activity:{activity.pk}",
                    sentence=f"{by or 'Afterlaunch'} gave you #{self.pk} {self.subject}"[:400],
                    url=self.get_absolute_url(),
                    at=at,
                )
            return activity

    def take(self, *, by: Any, at: datetime) -> Activity:
        """Take a ticket nobody has; of two who press the button one gets it."""
        with self.held("assignee"):
            if self.assignee_id:
                raise Refused(f"{self.assignee} has it already.", code="taken")
            return self.assign(by, by=by, at=at)

    def hand_to_team(self, team: Any, *, by: Any, at: datetime) -> Activity:
        """Give it to a team, or to none."""
        with self.held():
            self._changeable()
            if self.team_id == (team.pk if team else None):
                raise Refused(f"{team} has it already." if team else "No team has it already.")
            data = self.change(at, team=team, **self._handled(at))
            return self.record("handed_over", by=by, at=at, **data)

    def prioritise(
        self, priority: str, *, by: Any, at: datetime, seen: int | None = None
    ) -> Activity:
        """Say how soon it matters; its clocks follow."""
        if priority not in Priority.values:
            raise Refused("That is not a priority.", field="priority")
        with self.held():
            self._unchanged_since(seen)
            self._changeable()
            if self.priority == priority:
                raise Refused(f"This ticket is {priority} already.")
            data = self.change(at, priority=priority, **self._handled(at))
            return self.record("prioritised", by=by, at=at, **data)

    def tag(
        self, add: Iterable[str] = (), *, remove: Iterable[str] = (), by: Any, at: datetime
    ) -> Activity:
        """Add and remove tags."""
        add, remove = tag_rules.tidy(add), tag_rules.tidy(remove)
        with self.held():
            self._changeable()
            kept = [tag for tag in self.tags if tag not in remove]
            tags = kept + [clean_line(tag, limit=10_000) for tag in add if tag not in kept]
            if refusal := tag_rules.refusal(tags):
                raise Refused(refusal, field="tags")
            if tags == self.tags:
                raise Refused("The tags are so already.")
            data = self.change(at, tags=tags)
            return self.record("tagged", by=by, at=at, **data)

    def snooze(self, until: datetime, *, by: Any, at: datetime) -> Activity:
        """Hide it until then, or until the customer writes; no clock stops."""
        if until <= at:
            raise Refused("Choose a time that is still to come.", field="until")
        with self.held():
            if self.status not in moves.UNRESOLVED:
                raise Refused(f"This ticket is {moves.NAMES[self.status]}.")
            data = self.change(at, snoozed_until=until, **self._handled(at))
            return self.record("snoozed", by=by, at=at, **data)

    def wake(self, *, by: Any = None, at: datetime) -> None:
        """Show it again."""
        with self.held():
            if not self.snoozed_until:
                raise Refused("This ticket is not asleep.")
            data = self.change(at, snoozed_until=None)
            self.record("woken", by=by, at=at, **data)

    def file_under(self, queue: Any, *, by: Any, at: datetime) -> Activity:
        """Move it to another queue; custom fields the new queue has by the same key stay."""
        with self.held():
            self._changeable()
            if self.queue_id == (queue.pk if queue else None):
                raise Refused("It is in that queue already.")
            data = self.change(at, queue=queue, **self._handled(at))
            return self.record("filed", by=by, at=at, **data)

    def rename(self, subject: str, *, by: Any, at: datetime) -> Activity:
        """Say better what it is about."""
        subject = clean_line(subject, limit=998, field="subject")
        if not subject:
            raise Refused("A ticket needs a subject.", field="subject")
        with self.held():
            self._changeable()
            if subject == self.subject:
                raise Refused("It is called that already.")
            data = self.change(at, subject=subject)
            SearchDoc.objects.mark_stale([self.pk])
            return self.record("renamed", by=by, at=at, **data)

    def fill(self, values: Mapping[str, Any], *, by: Any, at: datetime) -> None:
        """Fill in custom fields of its queue; an empty value empties one."""
        with self.held():
            self._changeable()
            fields = fit_all(self.fields, values, self.queue)
            if fields == self.fields:
                raise Refused("The fields are so already.")
            data = self.change(at, fields=fields)
            self.record("filled", by=by, at=at, **data)

    def concern(self, *, component: Any = None, capability: Any = None, by: Any, at: datetime):
        """Say which part of the product it is about."""
        with self.held():
            data = self.change(at, component=component, capability=capability)
            if not data:
                raise Refused("It is about that already.")
            self.record("concerned", by=by, at=at, **data)

    def belong_to(self, contact: Any, *, by: Any, at: datetime) -> Activity:
        """Say who waits for the answer."""
        with self.held():
            self._changeable()
            if self.contact_id == (contact.pk if contact else None):
                raise Refused("That is its contact already.")
            customer = contact.customer if contact else None
            data = self.change(at, contact=contact, customer=customer)
            SearchDoc.objects.mark_stale([self.pk])
            return self.record("belonged_to", by=by, at=at, **data)

    def _changeable(self) -> None:
        if self.status in (Status.CLOSED, Status.MERGED):
            raise Refused(f"This ticket is {moves.NAMES[self.status]} and stays as it is.")


def fit_all(kept: Mapping[str, Any], values: Mapping[str, Any], queue: Any) -> dict[str, Any]:
    """Custom fields with these values filled in, each as its queue wants it; no empty ones."""
    known = {field.key: field for field in queue.fields.all()} if queue and values else {}
    fields = dict(kept)
    for key, value in values.items():
        if key not in known:
            raise Refused(f"This queue has no field “{key}”.", field="fields")
        fields[key] = _fit(known[key], value)
    return {key: value for key, value in fields.items() if value is not None}


def _fit(field: Any, value: Any) -> Any:
    try:
        return field_rules.fit(field.type, value, tuple(field.options))
    except field_rules.Unfit as unfit:
        raise Refused(f"{field.label}: {unfit}", field="fields") from unfit
