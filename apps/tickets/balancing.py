"""Who carries how much: what rules would do, what moving tickets would do, and trying again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q

from apps.accounts.models import Team, User
from apps.timeline.refusal import Refused

from .listing import COLUMNS, ListRow
from .models import AssignmentRule, Duty, Ticket, Unplaced
from .models.sharing import Plan, candidates_of, plans_for
from .querysets.sharing import carried
from .rules import sharing

MOST = 200  # tickets looked at, or moved, at once
ONE_BY_ONE = timedelta(microseconds=1)  # so that of many at once each is somebody's turn
ANSWERING = ("support", "support_lead")


@dataclass(frozen=True, slots=True)
class Load:
    """One person: what they carry, what they may, and whether they are there."""

    duty: Duty
    load: int
    open: int
    late: int
    absent: str

    @property
    def person(self) -> User:
        return self.duty.person

    @property
    def theirs(self) -> str:
        """In the words of a list, whose tickets these are."""
        return f"assignee:{self.person.email}"

    @property
    def share(self) -> int | None:
        """Percent of their limit."""
        return round(100 * self.load / self.duty.cap) if self.duty.cap else None

    @property
    def is_over(self) -> bool:
        return bool(self.duty.cap and self.load > self.duty.cap)


@dataclass(frozen=True, slots=True)
class Move:
    """One ticket of a what-if, and who would have it."""

    ticket: ListRow
    to: str
    why: str


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What moving some tickets would do: each person's load before and after."""

    moves: list[Move]
    loads: list[tuple[str, int, int, int | None]]  # name, before, after, limit


@dataclass(frozen=True, slots=True)
class Trial:
    """What the rules would do with one ticket."""

    ticket: ListRow
    plan: Plan
    to: str
    why: str


def loads(team: Team | None = None, *, at: datetime) -> list[Load]:
    """Everybody who answers, the fullest first; a fixed number of queries."""
    people = User.objects.holding(*ANSWERING)
    if team:
        people = people.filter(teams=team)
    duties = {
        duty.person_id: duty
        for duty in Duty.objects.filter(person__in=people).select_related(
            "person", "calendar__current"
        )
    }
    found = [duties.get(person.pk) or Duty(person=person) for person in people]
    carries = carried(Ticket.objects.all(), [duty.person_id for duty in found])
    late = dict(
        Ticket.objects.late()
        .filter(assignee__in=list(carries))
        .order_by()
        .values_list("assignee")
        .annotate(n=Count("pk"))
    )
    rows = [
        Load(duty, *carries[duty.person_id], late.get(duty.person_id, 0), duty.absent(at))
        for duty in found
    ]
    return sorted(rows, key=lambda one: (-(one.share or 0), -one.load, str(one.person)))


def duty_of(person: User) -> Duty:
    """What somebody can take on; begun when it is first asked for."""
    return Duty.objects.select_related("person").get_or_create(person=person)[0]


# --- what the rules would do --------------------------------------------------------------------


def dry_run(*, at: datetime, most: int = MOST) -> list[Trial]:
    """What the rules would do with the last tickets if they came now, one after the other."""
    rules = list(AssignmentRule.objects.in_force())
    newest = Ticket.objects.order_by("-reported_at", "-id")[:most]
    rows = [ListRow._make(row) for row in newest.values_list(*COLUMNS)]
    plans = plans_for(Ticket.objects.filter(pk__in=[row.id for row in rows]), rules)
    speaks = any(rule.speaks for rule in rules)
    reads = dict(newest.values_list("pk", "contact__language")) if speaks else {}
    teams = _Teams(at)
    trials = []
    for row in reversed(rows):
        plan = plans.get(row.id, Plan(()))
        to, why = teams.choose(plan, row, reads.get(row.id) or "")
        trials.append(Trial(row, plan, to, why))
    return trials[::-1]


class _Teams:
    """People of teams as they fill while rules are tried on one ticket after the other."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.people: dict[int, list[sharing.Candidate]] = {}
        self.names: dict[int, str] = {}

    def of(self, team: Team) -> list[sharing.Candidate]:
        if team.pk not in self.people:
            members = team.members.active()
            duties = Duty.objects.filter(person__in=members)
            known = {d.person_id: d for d in duties.select_related("person", "calendar__current")}
            every = [known.get(person.pk) or Duty(person=person) for person in members]
            found = candidates_of(every, Ticket.objects.all(), at=self.at)
            self.people[team.pk] = found
            self.names |= {one.person: one.name for one in found}
        return self.people[team.pk]

    def choose(self, plan: Plan, row: ListRow, language: str) -> tuple[str, str]:
        if person := plan.first("assignee"):
            return str(person), "named by the rule"
        team, way = plan.first("team"), plan.first("way")
        if not (team and way):
            return "", ""
        weight = sharing.weight_of(plan.first("priority") or row.priority)
        people = self.of(team)
        needs = plan.needs(language)
        choice = sharing.choose(
            people, way=way, needs=needs, weight=weight, sticky=False, team=str(team)
        )
        self.at += ONE_BY_ONE
        self.people[team.pk] = sharing.given(people, choice, weight, self.at)
        return self.names.get(choice.person or 0, ""), choice.why


# --- moving tickets between people ---------------------------------------------------------------


def what_if(
    numbers: Sequence[int], *, to: User | None = None, team: Team | None = None, at: datetime
) -> WhatIf:
    """Whom these tickets would go to, and what everybody would carry before and after."""
    tickets = Ticket.objects.filter(pk__in=numbers[:MOST]).unresolved()
    rows = [ListRow._make(row) for row in tickets.order_by("due_order", "id").values_list(*COLUMNS)]
    owners = {row.assignee_id for row in rows if row.assignee_id}
    takers = set(team.members.active().values_list("pk", flat=True)) if team else set()
    people = User.objects.filter(pk__in=owners | takers | ({to.pk} if to else set()))
    duties = {
        duty.person_id: duty
        for duty in Duty.objects.filter(person__in=people).select_related(
            "person", "calendar__current"
        )
    }
    every = [duties.get(person.pk) or Duty(person=person) for person in people.by_name()]
    before = candidates_of(every, Ticket.objects.all(), at=at)
    after, moves = {one.person: one for one in before}, []
    for row in rows:
        at += ONE_BY_ONE
        weight = sharing.weight_of(row.priority) if row.status in ("new", "open") else 0
        if to:
            choice = sharing.Choice(to.pk, "")
        else:
            fit = [one for pk, one in after.items() if pk in takers and pk != row.assignee_id]
            choice = sharing.choose(fit, weight=weight, sticky=False, team=str(team))
        taker = after.get(choice.person or 0)
        moves.append(Move(row, taker.name if taker else "", choice.why))
        if taker:
            if row.assignee_id in after and weight:
                owner = after[row.assignee_id]
                after[owner.person] = replace(owner, load=owner.load - weight)
            [after[taker.person]] = sharing.given([after[taker.person]], choice, weight, at)
    return WhatIf(moves, [(one.name, one.load, after[one.person].load, one.cap) for one in before])


def reassign(
    numbers: Iterable[int],
    *,
    to: User | None = None,
    team: Team | None = None,
    by: User,
    at: datetime,
) -> tuple[list[int], list[str]]:
    """Move these tickets; which were moved, and what those said that were not."""
    moved, refused = [], []
    for ticket in Ticket.objects.filter(pk__in=list(numbers)[:MOST]).order_by("due_order", "pk"):
        at += ONE_BY_ONE
        try:
            if team:
                ticket.spread(team, by=by, at=at)
            else:
                ticket.assign(to, by=by, at=at)
        except Refused as refusal:
            refused.append(f"#{ticket.pk} {refusal.sentence}")
        else:
            moved.append(ticket.pk)
    return moved, refused


# --- trying again --------------------------------------------------------------------------------


def place_waiting(*, at: datetime) -> int:
    """Give what nobody was free for to whoever is free now; returns how many found somebody."""
    placed = 0
    with transaction.atomic():
        waiting = Unplaced.objects.order_by("tried_at").select_for_update(
            skip_locked=True, of=("self",)
        )
        for one in waiting.select_related("ticket")[:MOST]:
            ticket = Ticket.objects.filter(pk=one.ticket_id).select_for_update(skip_locked=True)
            for found in ticket:
                placed += _try(found, one, at)
    return placed


def _try(ticket: Ticket, waiting: Unplaced, at: datetime) -> bool:
    if ticket.assignee_id or ticket.status not in ("new", "open"):
        waiting.delete()
        return False
    ticket.share_out(at=at, again=True)
    if ticket.assignee_id:
        return True
    Unplaced.objects.filter(pk=waiting.pk).update(tried_at=at)
    return False


def unplaced() -> Any:
    """Tickets that wait for somebody to be free, the longest waiting first."""
    return (
        Unplaced.objects.filter(Q(ticket__assignee=None), ticket__status__in=["new", "open"])
        .select_related("ticket__customer")
        .order_by("since")
    )
