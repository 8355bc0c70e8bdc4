"""How rules of assignment and people's duties are asked for."""

from collections.abc import Iterable, Sequence

from django.db import models
from django.db.models import Count, Exists, ExpressionWrapper, OuterRef, Q

from apps.accounts.models import User

from ..rules import finding
from ..rules.sharing import weight_of
from ..rules.words import Question
from .conditions import condition_of

_NOBODY = User(timezone="UTC")  # a rule looks at tickets as nobody in particular


class AssignmentRuleQuerySet(models.QuerySet):
    """Rules, in the order they are asked."""

    def in_force(self) -> "AssignmentRuleQuerySet":
        return self.filter(is_active=True).select_related("queue", "team", "assignee")


def asks(question: Question, docs: models.QuerySet) -> models.Expression:
    """Whether a ticket is what a question asks for, as a column."""
    condition = Q()
    for term in question.terms:
        one = condition_of(term, _NOBODY)
        condition &= ~one if term.negated else one
    if question.text:
        words = finding.tokens(docs.folded(question.text))
        query = finding.query(words, {}) if words else ""
        held = docs.filter(ticket=OuterRef("pk")).matching(query)
        condition &= Q(Exists(held)) if words else Q(pk__in=[])
    return ExpressionWrapper(condition or Q(pk__isnull=False), output_field=models.BooleanField())


class DutyQuerySet(models.QuerySet):
    """What people can take on."""

    def of_team(self, team: models.Model) -> "DutyQuerySet":
        """The active members of a team, each with a duty."""
        members = team.members.active()
        lacking = members.exclude(pk__in=self.filter(person__in=members).values("person"))
        missing = [self.model(person=person) for person in lacking]
        if missing:
            self.bulk_create(missing, ignore_conflicts=True)
        return self.filter(person__in=members).select_related("person", "calendar__current")

    def held(self) -> "DutyQuerySet":
        """Locked, always in one order: of two who share out at once one waits for the other."""
        return self.order_by("person").select_for_update(of=("self",))


def loads_of(tickets: models.QuerySet, people: Iterable[int]) -> dict[int, int]:
    """What each of these people carries: their open tickets that are awake, weighed."""
    return {person: load for person, (load, _) in carried(tickets, list(people)).items()}


def carried(tickets: models.QuerySet, people: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Person → weighed load and number of tickets, in one query along the index of the desk."""
    rows = (
        tickets.todo()
        .filter(assignee__in=people)
        .order_by()
        .values_list("assignee", "priority")
        .annotate(n=Count("pk"))
    )
    found = dict.fromkeys(people, (0, 0))
    for person, priority, n in rows:
        load, count = found[person]
        found[person] = (load + n * weight_of(priority), count + n)
    return found
