"""What stands around every list of tickets, in one statement: columns, views, what can be chosen,
and how much waits.

Lists of choices stay JSON text until they are drawn: the same text is the same select, and is
drawn once (`picks.py`).
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from apps.accounts.models import User
from apps.statements.statement import Given, Statement
from apps.tickets.models import Habit, Macro, Queue, View

from . import desk
from .hours import VERSION

MOST_VIEWS = 100
_LISTS = 7  # what the statement finds besides the desk


class Fittings(NamedTuple):
    """As the database has them now; what is chosen from as JSON text."""

    columns: list[str]  # what the person chose for this list; none for the usual ones
    views: str
    queues: str
    open_queues: str
    people: str
    macros: str
    hours: int | None  # the version of the calendar this person works by
    counts: Mapping[str, int]


def around(person: User, view: View | None = None, *, whole: bool = False) -> Fittings:
    """What this person finds around a list, or around the list of a saved view.

    The rail says what is counted here; with `whole` everything on the desk is.
    """
    names, shares = desk.names_for(person, whole=whole), person.may("views.share")
    values = {"me": person.pk, "view": view.pk if view else 0, "shares": shares}
    found = _statement(shares, names).row(**values)
    (habits, *rest), counted = found[:_LISTS], found[_LISTS:]
    person.desk = desk.Desk.read(person, names, counted)
    chosen = json.loads(habits)
    return Fittings(chosen[0]["columns"] if chosen else [], *rest, person.desk.counts)


@cache
def _statement(shares: bool, names: tuple[str, ...]) -> Statement:
    me, queues = Given("me"), Queue.objects.values_list("slug", "name")
    views = View.objects.visible(me, shares=shares).in_order()
    answering = User.objects.holding("support", "support_lead", "administrator").by_name()
    fittings = Statement.together(
        Habit.objects.on(me, Given("view")).values_list("columns"),
        views.values_list("pk", "name")[:MOST_VIEWS],
        queues,
        queues.filter(retired_at=None),
        answering.values_list("pk", "name"),
        Macro.objects.offered_to(me).in_order().values_list("pk", "title"),
    )
    return fittings.beside(VERSION).beside(desk.statement(names))
