"""How a ticket finds somebody by itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.accounts.models import User
from apps.customers.models import name_of
from apps.customers.rules import base
from apps.outbox.models import Notification
from apps.statements.records import Records
from apps.timeline.models import Activity
from apps.timeline.refusal import Refused

from ..querysets.sharing import asks, loads_of
from ..rules import sharing
from ..rules import tags as tag_rules
from ..rules.words import ask
from .assignment import AssignmentRule, Duty, Unplaced
from .search import SearchDoc

LABEL = "Assignment rules"
_IN_FORCE = Records(lambda: AssignmentRule.objects.in_force())


@dataclass(frozen=True, slots=True)
class Plan:
    """What the rules that fit a ticket add up to."""

    rules: tuple[AssignmentRule, ...]

    def first(self, name: str) -> Any:
        """What the first of them says of a field."""
        return next((value for rule in self.rules if (value := getattr(rule, name))), None)

    @property
    def names(self) -> list[str]:
        return [rule.name for rule in self.rules]

    def needs(self, language: str) -> list[str]:
        """The skills it takes to answer somebody who reads that language."""
        skills = {skill for rule in self.rules for skill in rule.needs}
        if language and self.speaks:
            skills.update(tag_rules.tidy([name_of(base(language))]))
        return sorted(skills)

    @property
    def speaks(self) -> bool:
        """Whether they are to be answered in their language."""
        return any(rule.speaks for rule in self.rules)

    @property
    def tags(self) -> list[str]:
        return [tag for rule in self.rules for tag in rule.tags]

    @property
    def gives(self) -> bool:
        """Whether it means somebody to have the ticket."""
        return bool(self.first("assignee") or self.first("team"))


def plan_of(fits: Iterable[AssignmentRule]) -> Plan:
    """The first rule that fits, and those after it as long as each goes on."""
    taken: list[AssignmentRule] = []
    for rule in fits:
        taken.append(rule)
        if not rule.goes_on:
            break
    return Plan(tuple(taken))


def plans_for(tickets: Any, rules: Sequence[AssignmentRule]) -> dict[int, Plan]:
    """Ticket → what the rules would do with it; one query for any number of either."""
    columns = {f"fits_{rule.pk}": asks(ask(rule.words), SearchDoc.objects.all()) for rule in rules}
    rows = tickets.annotate(**columns).values_list("pk", *columns)
    return {
        pk: plan_of(rule for rule, fit in zip(rules, fits, strict=True) if fit)
        for pk, *fits in rows
    }


def candidates_of(
    duties: Iterable[Duty], tickets: Any, *, at: datetime, known: int | None = None
) -> list[sharing.Candidate]:
    """People as they stand now."""
    duties = list(duties)
    loads = loads_of(tickets, [duty.person_id for duty in duties])
    return [
        sharing.Candidate(
            person=duty.person_id,
            name=str(duty.person),
            load=loads[duty.person_id],
            cap=duty.cap,
            skills=frozenset(duty.skills),
            away=duty.absent(at),
            last_given=duty.last_given_at,
            knows=duty.person_id == known,
        )
        for duty in duties
    ]


class Sharing:
    """Verbs of a ticket that the rules of assignment do."""

    def share_out(self, *, at: datetime, again: bool = False) -> None:
        """Let the rules say where it goes and who gets it; `again` after nobody was free.

        Whoever is chosen is chosen under a lock on everybody who might have been.
        """
        rules = _IN_FORCE.all()
        if not rules:
            return
        with self.held():
            plan = plans_for(type(self).objects.filter(pk=self.pk), rules)[self.pk]
            if not plan.rules:
                return
            changes = {} if again else self._sorted_by(plan)
            choice = self._chosen_by(plan, at)
            if choice and choice.person is None:
                Unplaced.objects.get_or_create(ticket=self, defaults={"since": at})
                if again:
                    return
            elif choice:
                Unplaced.objects.filter(ticket=self).delete()
                changes["assignee_id"] = choice.person
            if not changes and not choice:
                return
            self._told(choice, changes, at, rules=plan.names)

    def share_out_anew(self, *, at: datetime) -> None:
        """It is open again: whoever had it keeps it, unless they are not there."""
        if self.assignee_id:
            duty = Duty.objects.filter(person=self.assignee_id).first()
            if self.assignee.is_active and not (duty and duty.is_away(at)):
                return
        self.share_out(at=at)

    def spread(self, team: Any, *, by: Any, at: datetime) -> None:
        """Give it to whoever of a team has room, one after the other."""
        with self.held():
            self._changeable()
            choice = self._among(team, at, besides=self.assignee_id)
            if choice.person is None:
                passed = "; ".join(f"{name} {why}" for name, why in choice.passed)
                raise Refused(f"{choice.why.capitalize()}: {passed or 'it has no members'}.")
            changes = {"assignee_id": choice.person, **self._handled(at)}
            self._told(choice, changes, at, by=by)

    def why_assigned(self) -> Activity | None:
        """The last thing that gave it to somebody, or found nobody."""
        told = self.timeline().filter(data__has_any_keys=["assignee", "passed"])
        return told.last()

    # --- parts ----------------------------------------------------------------------------------

    def _sorted_by(self, plan: Plan) -> dict[str, Any]:
        """Queue, priority, tags and team as the rules want them."""
        tags = [*self.tags, *(tag for tag in plan.tags if tag not in self.tags)]
        wanted = {
            "queue_id": plan.first("queue_id"),
            "priority": plan.first("priority"),
            "team_id": plan.first("team_id"),
            "tags": self.tags if tag_rules.refusal(tags) else tags,
        }
        return {name: v for name, v in wanted.items() if v and v != getattr(self, name)}

    def _chosen_by(self, plan: Plan, at: datetime) -> sharing.Choice | None:
        """Who gets it; nothing where the rules leave that open or somebody has it."""
        absent = self.assignee_id and self._is_absent(at)
        if not plan.gives or (self.assignee_id and not absent):
            return None
        needs = plan.needs(self.contact.language if plan.speaks and self.contact else "")
        if person := plan.first("assignee"):
            duties = Duty.objects.filter(person=person.pk).select_related(
                "person", "calendar__current"
            )
            if not duties.exists():
                Duty.objects.bulk_create([Duty(person=person)], ignore_conflicts=True)
            choice = sharing.choose(
                candidates_of(duties.held(), type(self).objects.all(), at=at),
                needs=needs,
                weight=sharing.weight_of(plan.first("priority") or self.priority),
                sticky=False,
            )
            if choice.person is None or not person.is_active:
                return sharing.Choice(None, f"{person} is not free", choice.passed)
            Duty.objects.filter(person=person).update(last_given_at=at)
            return sharing.Choice(person.pk, "named by the rule")
        team, way = plan.first("team"), plan.first("way")
        if not way:
            return None
        priority = plan.first("priority") or self.priority
        sticky = any(rule.sticky for rule in plan.rules)
        return self._among(team, at, way=way, needs=needs, priority=priority, sticky=sticky)

    def _among(
        self,
        team: Any,
        at: datetime,
        *,
        way: str = sharing.ROUND_ROBIN,
        needs: Iterable[str] = (),
        priority: str = "",
        sticky: bool = False,
        besides: int | None = None,
    ) -> sharing.Choice:
        duties = Duty.objects.of_team(team).exclude(person=besides).held()
        known = self._answered_before() if sticky else None
        choice = sharing.choose(
            candidates_of(duties, type(self).objects.all(), at=at, known=known),
            way=way,
            needs=needs,
            weight=sharing.weight_of(priority or self.priority),
            sticky=sticky,
            team=str(team),
        )
        if choice.person:
            Duty.objects.filter(person=choice.person).update(last_given_at=at)
        return choice

    def _is_absent(self, at: datetime) -> bool:
        duty = Duty.objects.filter(person=self.assignee_id).first()
        return not self.assignee.is_active or bool(duty and duty.is_away(at))

    def _answered_before(self) -> int | None:
        """Who had this contact's last ticket."""
        if not self.contact_id:
            return None
        before = type(self).objects.filter(contact=self.contact_id).exclude(pk=self.pk)
        before = before.exclude(assignee=None).order_by("-updated_at", "-id")
        return before.values_list("assignee", flat=True).first()

    def _told(
        self,
        choice: sharing.Choice | None,
        changes: dict[str, Any],
        at: datetime,
        *,
        by: Any = None,
        **more: Any,
    ) -> None:
        """Write it, say why, and tell whoever got it."""
        data = self.change(at, **changes) if changes else {}
        more |= {name.removesuffix("_id"): pair for name, pair in data.items()}
        if choice:
            more |= {"why": choice.why, "passed": [list(one) for one in choice.passed]}
        told = self.record("shared_out", by=by, at=at, label="" if by else LABEL, **more)
        if choice and choice.person and not (by and choice.person == by.pk):
            person = User.objects.get(pk=choice.person)
            if self.batch:
                self.batch.gave(person)
                return
            Notification.objects.tell(
                person,
                cause=f"activity:{told.pk}",
                sentence=f"#{self.pk} {self.subject} is yours: {choice.why}"[:400],
                url=self.get_absolute_url(),
                at=at,
            )
