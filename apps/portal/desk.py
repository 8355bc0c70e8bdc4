"""How much waits on the desk: every number of the rail and the inbox in one statement."""

from dataclasses import dataclass, fields
from functools import cache

from django.db import connection
from django.http import HttpRequest

from apps.accounts.models import User

from .counts import COUNTERS, Count
from .words import capped, plural

CAP = 1000
_TODO = "FROM tickets_ticket WHERE status IN ('new', 'open') AND snoozed_until IS NULL"
_WAITING = "FROM tickets_ticket WHERE status IN ('waiting_customer', 'waiting_third_party')"
_LATE = "FROM tickets_ticket WHERE sla_state = 'breached_open' AND breached AND NOT (due_kind = '')"

COUNTED = {
    "mine": f"{_TODO} AND assignee_id = %(me)s",
    "unassigned": f"{_TODO} AND assignee_id IS NULL",
    "todo": _TODO,
    "late": _LATE,
    "late_mine": f"{_LATE} AND assignee_id = %(me)s",
    "waiting": _WAITING,
    "snoozed": "FROM tickets_ticket WHERE snoozed_until IS NOT NULL",
    "unread": "FROM outbox_notification WHERE person_id = %(me)s AND read_at IS NULL",
    "actions": "FROM actions_action WHERE owner_id = %(me)s AND state = 'open'",
    "dead": "FROM outbox_delivery WHERE state = 'dead'",
}


@dataclass(frozen=True, slots=True)
class Desk:
    """Counts, each stopped at one past a thousand."""

    mine: int = 0
    unassigned: int = 0
    todo: int = 0
    late: int = 0
    late_mine: int = 0
    waiting: int = 0
    snoozed: int = 0
    unread: int = 0
    actions: int = 0
    dead: int = 0

    @classmethod
    def of(cls, person: User) -> "Desk":
        with connection.cursor() as cursor:
            cursor.execute(statement(), {"me": person.pk})
            return cls(*cursor.fetchone())


@cache
def statement() -> str:
    """One bounded count after the other; nothing from outside enters the text."""
    parts = (
        f"(SELECT count(*) FROM (SELECT 1 {COUNTED[field.name]} LIMIT {CAP + 1}) AS found)"  # noqa: S608
        for field in fields(Desk)
    )
    return f"SELECT {', '.join(parts)}"


def of(request: HttpRequest) -> Desk:
    """The desk of whoever asks, counted once a request."""
    if not hasattr(request.user, "desk"):
        request.user.desk = Desk.of(request.user)
    return request.user.desk


def rail(user: User) -> list[Count]:
    """What the rail says beside its pages."""
    desk = user.desk if hasattr(user, "desk") else Desk.of(user)
    leads = user.holds("support_lead") or not user.holds("support")
    late = desk.late if leads else desk.late_mine
    inbox = (f"{capped(late)} late", "bad") if late else (_some(desk.mine), "")
    return [
        Count("portal:inbox", *inbox),
        Count("portal:tickets", _some(desk.todo)),
        Count("portal:actions", _some(desk.actions)),
        Count("portal:deliveries", f"{capped(desk.dead)} dead" if desk.dead else "", "bad"),
        Count("portal:notifications", _some(desk.unread)),
    ]


def _some(count: int) -> str:
    return capped(count) if count else ""


def sentence(count: int, one: str) -> str:
    """ "17 open tickets", "1 000+ open tickets"."""
    return f"{capped(count)} {one}s" if count > CAP else plural(count, one)


COUNTERS.append(rail)
