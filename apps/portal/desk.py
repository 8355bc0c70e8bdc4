"""How much waits on the desk: what the rail and the inbox say, in one statement.

Every page says what the rail says; only the inbox and today say the rest, and it is counted there.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
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
    "SELECT (SELECT coalesce(merged_into_id, id) FROM tickets_ticket WHERE id = side.ticket_id)"
    " FROM tickets_sideconversation AS side"
    " WHERE side.waiting_since IS NOT NULL AND NOT side.taken_back))"
)

RAIL = {
    "mine": f"{_TODO} AND assignee_id = %(me)s",
    "todo": _TODO,
    "unread": "FROM outbox_notification WHERE person_id = %(me)s AND read_at IS NULL",
    "incidents": (
        "FROM incidents_incident WHERE state IN ('triage', 'active', 'mitigated') AND NOT private"
    ),
    "actions": "FROM actions_action WHERE owner_id = %(me)s AND state = 'open'",
    "dead": "FROM outbox_delivery WHERE state = 'dead'",
    "mail": "FROM tickets_inboundmail WHERE state IN ('quarantined', 'failed')",
}
LATE = {"late": _LATE, "late_mine": f"{_LATE} AND assignee_id = %(me)s"}  # the rail says one
INBOX = {
    "unassigned": f"{_TODO} AND assignee_id IS NULL",
    "owed": _OWED,
    "loop": _LOOP,
    "waiting": _WAITING,
    "waiting_mine": f"{_WAITING} AND assignee_id = %(me)s",
    "asked": _ASKED,
    "snoozed": "FROM tickets_ticket WHERE snoozed_until IS NOT NULL",
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
    """Counts by name, each stopped at one past a thousand, and the pinned views."""

    counts: Mapping[str, int]
    pins: tuple[Pin, ...] = ()

    @classmethod
    def of(cls, person: User, *, whole: bool = False) -> "Desk":
        """What the rail says, or everything that can be told."""
        names = names_for(person, whole=whole)
        found = statement(names).row(me=person.pk, shares=person.may("views.share"))
        return cls.read(person, names, found)

    @classmethod
    def read(cls, person: User, names: Sequence[str], found: Sequence[Any]) -> "Desk":
        """From the answer to a statement of these names."""
        *counts, pins = found
        pinned = _counted([Pin(*pin) for pin in json.loads(pins)], person)
        return cls(dict(zip(names, counts, strict=True)), pinned)


def names_for(person: User, *, whole: bool) -> tuple[str, ...]:
    """What is counted for somebody: what the rail says, or everything."""
    return (*RAIL, *LATE, *INBOX) if whole else (*RAIL, _late_of(person))


def _late_of(person: User) -> str:
    """Whose late tickets the rail tells somebody of: whoever answers only sees their own."""
    leads = person.holds("support_lead") or not person.holds("support")
    return "late" if leads else "late_mine"


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
def statement(names: tuple[str, ...]) -> Statement:
    """One bounded count after the other; nothing from outside enters the text."""
    counted = RAIL | LATE | INBOX
    parts = (
        f"(SELECT count(*) FROM (SELECT 1 {counted[name]} LIMIT {CAP + 1}) AS found)"  # noqa: S608
        for name in names
    )
    return Statement(f"SELECT {', '.join(parts)}, ({_PINS})")


def railed(user: User) -> Desk:
    """What the rail says, counted once a request."""
    if not hasattr(user, "desk"):
        user.desk = Desk.of(user)
    return user.desk


def rail(user: User) -> list[Count]:
    """What the rail says beside its pages."""
    desk = railed(user)
    counts = desk.counts
    dead = f"{capped(counts['dead'])} dead" if counts["dead"] else ""
    all_dead = f"{reverse('portal:deliveries')}?state=dead"
    return [
        _inbox(user, counts),
        Count("portal:tickets", _some(counts["todo"]), url=_listed("is:todo"), of="to do"),
        Count("portal:mailroom", _some(counts["mail"])),
        Count("portal:incidents", _some(counts["incidents"]), "bad"),
        Count("portal:actions", _some(counts["actions"])),
        Count("portal:deliveries", dead, "bad", url=all_dead, of="deliveries"),
        Count("portal:notifications", _some(counts["unread"])),
        *(Count(f"portal:{pin.counter}", *_pin_says(pin)) for pin in desk.pins),
    ]


def _inbox(user: User, counts: Mapping[str, int]) -> Count:
    """What is late, else what one has to do."""
    late_of = _late_of(user)
    if late := counts[late_of]:
        url = _listed("is:late" if late_of == "late" else "is:late assignee:me")
        return Count("portal:inbox", f"{capped(late)} late", "bad", url=url, of="tickets")
    url = _listed("is:todo assignee:me")
    return Count("portal:inbox", _some(counts["mine"]), url=url, of="to do by you")


def _listed(words: str) -> str:
    """The list of tickets that the words ask for."""
    return f"{reverse('portal:tickets')}?{urlencode({'q': words})}"


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
