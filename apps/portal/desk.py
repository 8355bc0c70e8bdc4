"""How much waits on the desk: every number of the rail and the inbox in one statement."""

import json
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import cache

from django.http import HttpRequest
from django.utils.timezone import now

from apps.accounts.models import User
from apps.statements.statement import Statement
from apps.tickets.listing import lengths
from apps.tickets.rules.words import ask
from apps.tickets.viewing import SLOW

from .counts import COUNTERS, Count
from .words import ago, capped, plural

CAP = 1000
_TODO = "FROM tickets_ticket WHERE status IN ('new', 'open') AND snoozed_until IS NULL"
_WAITING = "FROM tickets_ticket WHERE status IN ('waiting_customer', 'waiting_third_party')"
_LATE = "FROM tickets_ticket WHERE sla_state = 'breached_open' AND breached AND NOT (due_kind = '')"

_OWED = (
    "FROM tickets_ticket WHERE status IN"
    " ('new', 'open', 'waiting_customer', 'waiting_third_party') AND (waiting_since IS NOT NULL"
    " OR due_kind IN ('first_response', 'next_response'))"
)

_LOOP = (
    "FROM tickets_ticket WHERE loop_since IS NOT NULL"
    " AND NOT (status IN ('merged', 'duplicate', 'spam'))"
)

_ASKED = (
    "FROM tickets_ticket WHERE status IN"
    " ('new', 'open', 'waiting_customer', 'waiting_third_party') AND id = ANY(ARRAY("
    "SELECT coalesce(home.merged_into_id, home.id) FROM tickets_sideconversation AS side"
    " JOIN tickets_ticket AS home ON home.id = side.ticket_id"
    " WHERE side.waiting_since IS NOT NULL AND NOT side.taken_back))"
)

COUNTED = {
    "mine": f"{_TODO} AND assignee_id = %(me)s",
    "unassigned": f"{_TODO} AND assignee_id IS NULL",
    "todo": _TODO,
    "owed": _OWED,
    "loop": _LOOP,
    "late": _LATE,
    "late_mine": f"{_LATE} AND assignee_id = %(me)s",
    "waiting": _WAITING,
    "waiting_mine": f"{_WAITING} AND assignee_id = %(me)s",
    "asked": _ASKED,
    "snoozed": "FROM tickets_ticket WHERE snoozed_until IS NOT NULL",
    "unread": "FROM outbox_notification WHERE person_id = %(me)s AND read_at IS NULL",
    "incidents": (
        "FROM incidents_incident WHERE state IN ('triage', 'active', 'mitigated') AND NOT private"
    ),
    "actions": "FROM actions_action WHERE owner_id = %(me)s AND state = 'open'",
    "dead": "FROM outbox_delivery WHERE state = 'dead'",
    "mail": "FROM tickets_inboundmail WHERE state IN ('quarantined', 'failed')",
}


_PINS = """
SELECT coalesce(json_agg(json_build_array(
  view.id, view.name, view.words, habit.count, habit.counted_at, habit.took
) ORDER BY habit.position, view.name), '[]')::text
FROM tickets_habit AS habit JOIN tickets_view AS view ON view.id = habit.view_id
WHERE habit.person_id = %(me)s AND habit.pinned AND view.deleted_at IS NULL AND (
  view.owner_id = %(me)s OR (view.owner_id IS NULL AND (
    %(shares)s OR view.team_id IS NULL OR view.team_id IN (
    SELECT team_id FROM accounts_team_members WHERE user_id = %(me)s))))
"""


@dataclass(frozen=True, slots=True)
class Pin:
    """A saved view in the rail; `counted_at` says since when its number stands."""

    view: int
    name: str
    words: str
    count: int | None = None
    counted_at: str | None = None
    took: int | None = None

    @property
    def is_quick(self) -> bool:
        return self.took is not None and self.took < SLOW

    @property
    def counter(self) -> str:
        return f"view-{self.view}"


@dataclass(frozen=True, slots=True)
class Desk:
    """Counts, each stopped at one past a thousand."""

    mine: int = 0
    unassigned: int = 0
    todo: int = 0
    owed: int = 0
    loop: int = 0
    late: int = 0
    late_mine: int = 0
    waiting: int = 0
    waiting_mine: int = 0
    asked: int = 0
    snoozed: int = 0
    unread: int = 0
    incidents: int = 0
    actions: int = 0
    dead: int = 0
    mail: int = 0
    pins: tuple["Pin", ...] = ()

    @classmethod
    def of(cls, person: User) -> "Desk":
        *counts, pins = statement().row(me=person.pk, shares=person.may("views.share"))
        return cls(*counts, pins=_counted([Pin(*pin) for pin in json.loads(pins)], person))


def _counted(pins: list[Pin], person: User) -> tuple[Pin, ...]:
    """Pinned views with their numbers: what is quick is counted now, in one more statement."""
    quick = [pin for pin in pins if pin.is_quick]
    if not quick:
        return tuple(pins)
    counts = dict(zip(quick, lengths([ask(pin.words) for pin in quick], person), strict=True))
    return tuple(
        replace(pin, count=counts[pin], counted_at=None) if pin.is_quick else pin for pin in pins
    )


@cache
def statement() -> Statement:
    """One bounded count after the other; nothing from outside enters the text."""
    parts = (
        f"(SELECT count(*) FROM (SELECT 1 {COUNTED[field.name]} LIMIT {CAP + 1}) AS found)"  # noqa: S608
        for field in fields(Desk)
        if field.name != "pins"
    )
    return Statement(f"SELECT {', '.join(parts)}, ({_PINS})")


def of(request: HttpRequest) -> Desk:
    """The desk of whoever asks, counted once a request."""
    if not hasattr(request.user, "desk"):
        request.user.desk = Desk.of(request.user)
    return request.user.desk


def rail(user: User) -> list[Count]:
    """What the rail says beside its pages."""
    if not hasattr(user, "desk"):
        user.desk = Desk.of(user)
    desk = user.desk
    leads = user.holds("support_lead") or not user.holds("support")
    late = desk.late if leads else desk.late_mine
    inbox = (f"{capped(late)} late", "bad") if late else (_some(desk.mine), "")
    return [
        Count("portal:inbox", *inbox),
        Count("portal:tickets", _some(desk.todo)),
        Count("portal:mailroom", _some(desk.mail)),
        Count("portal:incidents", _some(desk.incidents), "bad"),
        Count("portal:actions", _some(desk.actions)),
        Count("portal:deliveries", f"{capped(desk.dead)} dead" if desk.dead else "", "bad"),
        Count("portal:notifications", _some(desk.unread)),
        *(Count(f"portal:{pin.counter}", *_pin_says(pin)) for pin in desk.pins),
    ]


def _pin_says(pin: Pin) -> tuple[str, str, str]:
    """The number of a pinned view; an old one says since when it stands."""
    if pin.count is None:
        return "", "", "Not counted yet"
    if pin.counted_at is None:
        return _some(pin.count), "", ""
    return capped(pin.count), "", f"Counted {ago(datetime.fromisoformat(pin.counted_at), now())}"


def _some(count: int) -> str:
    return capped(count) if count else ""


def sentence(count: int, one: str) -> str:
    """ "17 open tickets", "1 000+ open tickets"."""
    return f"{capped(count)} {one}s" if count > CAP else plural(count, one)


COUNTERS.append(rail)
