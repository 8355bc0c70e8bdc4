"""What stands around every list of tickets, in one statement: columns, views, what can be chosen.

Lists of choices stay JSON text until they are drawn: the same text is the same select, and is
drawn once (`picks.py`).
"""

import json
from functools import cache
from typing import NamedTuple

from apps.accounts.models import User
from apps.statements.statement import Given, Statement
from apps.tickets.models import Habit, Macro, Queue, View

MOST_VIEWS = 100


class Fittings(NamedTuple):
    """As the database has them now; all but the columns as JSON text."""

    columns: list[str]  # what the person chose for this list; none for the usual ones
    views: str
    queues: str
    open_queues: str
    people: str
    macros: str


def around(person: User, view: View | None = None) -> Fittings:
    """What this person finds around a list, or around the list of a saved view."""
    statement = _statement(person.may("views.share"))
    habits, *lists = statement.row(me=person.pk, view=view.pk if view else 0)
    chosen = json.loads(habits)
    return Fittings(chosen[0]["columns"] if chosen else [], *lists)


@cache
def _statement(shares: bool) -> Statement:
    me, queues = Given("me"), Queue.objects.values_list("slug", "name")
    views = View.objects.visible(me, shares=shares).in_order()
    answering = User.objects.holding("support", "support_lead", "administrator").by_name()
    return Statement.together(
        Habit.objects.on(me, Given("view")).values_list("columns"),
        views.values_list("pk", "name")[:MOST_VIEWS],
        queues,
        queues.filter(retired_at=None),
        answering.values_list("pk", "name"),
        Macro.objects.offered_to(me).in_order().values_list("pk", "title"),
    )
