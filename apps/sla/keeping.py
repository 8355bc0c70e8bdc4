"""How clocks are read with their tickets' stories, and written where they differ: the SQL."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from apps.statements.statement import Statement
from apps.timeline.models import Activity

from .story import PACKED, RELEVANT, InForce, Sheet, Story
from .versions import OFFERED, Offer, offers_in

MATCHED_BY = "SLA policies"  # who changes a policy because another one fits


class Held(NamedTuple):
    """A clock as it is kept, in epoch seconds; in the order of `COLUMNS`."""

    ticket: int
    kind: str
    cycle: int
    state: str
    reason: str
    priority: str
    started_at: int
    due_at: int | None
    breach_at: int | None
    stopped_at: int | None
    breached_at: int | None
    breach_cause: str
    decided_at: int | None
    repeats: bool
    by_hand: bool
    target: int
    elapsed: int
    paused: int
    policy: int
    calendar: int | None
    assessed_at: int
    noticed_at: int
    next_event_at: int | None

    @property
    def identity(self) -> tuple[str, int]:
        return self.kind, self.cycle


class Due(NamedTuple):
    """The reading copy that lists show, on the ticket's own row."""

    due_at: int | None
    due_kind: str
    sla_state: str
    sla_left: int | None
    breached: bool


class Found(NamedTuple):
    """A ticket as one row of the database tells it."""

    sheet: Sheet
    packed: str | None
    held: dict[tuple[str, int], Held]
    due: Due
    offered: str

    def offers(self) -> list[Offer]:
        """The policies in force as it was read."""
        return offers_in(self.offered)


NO_CLOCKS = Due(None, "", "", None, False)
_INSTANTS = frozenset(name for name in Held._fields if name.endswith("_at"))
COLUMNS = tuple({"ticket": "ticket_id"}.get(name, name) for name in Held._fields)
COLUMNS = tuple(
    f"{name}_version_id" if name in ("policy", "calendar") else name for name in COLUMNS
)


def _epoch(column: str) -> str:
    return f"extract(epoch FROM {column})::bigint"


_held = ", ".join(
    _epoch(f"k.{column}") if column in _INSTANTS else f"k.{column}" for column in COLUMNS
)
SHEET = """
  t.id, floor(extract(epoch FROM t.reported_at))::bigint, t.origin, t.priority, t.queue_id, t.tags,
  c.tier, terms.policy_version_id, terms.calendar_version_id, coalesce(terms.seen, 0)
"""
SOURCES = """
  tickets_ticket t LEFT JOIN customers_customer c ON c.id = t.customer_id
  LEFT JOIN sla_terms terms ON terms.ticket_id = t.id
  LEFT JOIN tickets_importedticket i ON i.ticket_id = t.id
"""
STORY = f"""
  (SELECT {PACKED} FROM timeline_activity
   WHERE kind = 'ticket' AND subject_id = t.id AND {RELEVANT})
"""  # noqa: S608
HELD = f"""
  (SELECT json_agg(json_build_array({_held})) FROM sla_clock k WHERE k.ticket_id = t.id)
"""  # noqa: S608
FIND = f"""
SELECT {SHEET}, {STORY}, {HELD}, {_epoch("t.due_at")}, t.due_kind, t.sla_state, t.sla_left,
  t.breached, {OFFERED}
FROM {SOURCES} WHERE t.id
"""  # noqa: S608  (nothing from outside enters any of these texts)
# Of one its plan is kept; of many PostgreSQL wants to know how many.
FIND_ONE, FIND_MANY = (
    Statement(f"{FIND} = %(one)s"),
    Statement(f"{FIND} = ANY(%(many)s) ORDER BY t.id"),
)

_types = {
    "ticket": "bigint",
    "cycle": "int",
    "repeats": "bool",
    "by_hand": "bool",
    "target": "bigint",
    "elapsed": "bigint",
    "paused": "bigint",
    "policy": "bigint",
    "calendar": "bigint",
} | dict.fromkeys(_INSTANTS, "float8")
GIVEN = ", ".join(f"{name} {_types.get(name, 'text')}" for name in Held._fields)
VALUES = tuple(f"to_timestamp({name})" if name in _INSTANTS else name for name in Held._fields)
_identity = ("ticket_id", "kind", "cycle")
UPSERT = f"""
INSERT INTO sla_clock ({", ".join(COLUMNS)})
SELECT {", ".join(VALUES)} FROM json_to_recordset(%(clocks)s) AS given ({GIVEN})
ON CONFLICT (ticket_id, kind, cycle) DO UPDATE SET
  {", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name not in _identity)}
"""  # noqa: S608
REMOVE = """
DELETE FROM sla_clock k
USING json_to_recordset(%(gone)s) AS gone (ticket bigint, kind text, cycle int)
WHERE k.ticket_id = gone.ticket AND k.kind = gone.kind AND k.cycle = gone.cycle
"""
TELL = """
UPDATE tickets_ticket t SET due_at = to_timestamp(told.due_at), due_kind = told.due_kind,
  sla_state = told.sla_state, sla_left = told.sla_left, breached = told.breached
FROM json_to_recordset(%(dues)s) AS told (
  ticket bigint, due_at float8, due_kind text, sla_state text, sla_left int, breached bool)
WHERE t.id = told.ticket
"""
AGREE = """
INSERT INTO sla_terms (ticket_id, policy_version_id, calendar_version_id, seen)
SELECT ticket, policy, calendar, seen FROM json_to_recordset(%(terms)s)
  AS given (ticket bigint, policy bigint, calendar bigint, seen bigint)
ON CONFLICT (ticket_id) DO UPDATE SET seen = excluded.seen
"""


class Writing:
    """What a batch of tickets needs written, in as few statements as there are kinds of it."""

    def __init__(self) -> None:
        self.clocks: list[Held] = []
        self.gone: list[tuple[int, str, int]] = []
        self.dues: list[tuple[int, Due]] = []
        self.terms: list[dict[str, Any]] = []
        self.moved: list[Activity] = []

    def write(self) -> None:
        """One statement carries all that differs; nothing where nothing does."""
        if self.moved:
            Activity.objects.bulk_create(self.moved)
        parts, values = [], {}
        if self.terms:
            parts.append(AGREE)
            values["terms"] = json.dumps(self.terms)
        if self.gone:
            parts.append(REMOVE)
            values["gone"] = json.dumps(
                [dict(zip(("ticket", "kind", "cycle"), one, strict=True)) for one in self.gone]
            )
        if self.clocks:
            parts.append(UPSERT)
            values["clocks"] = json.dumps([clock._asdict() for clock in self.clocks])
        if self.dues:
            parts.append(TELL)
            values["dues"] = json.dumps(
                [{"ticket": ticket, **due._asdict()} for ticket, due in self.dues]
            )
        if not parts:
            return
        *before, last = parts
        names = [f"part{number} AS ({part})" for number, part in enumerate(before)]
        statement = f"WITH {', '.join(names)} {last}" if names else last
        Statement(statement).do(**values)

    def note_terms(self, story: Story) -> None:
        """Remember under which terms a ticket came, and how far its conditions were asked."""
        sheet = story.sheet
        if sheet.policy is not None and story.seen == sheet.seen:
            return
        first = story.terms[0]
        self.terms.append(
            {
                "ticket": sheet.ticket,
                "policy": first.policy,
                "calendar": first.calendar,
                "seen": story.seen,
            }
        )
        self.moved += [
            changed_terms(
                sheet.ticket,
                moved.at,
                moved.before,
                moved.after,
                because=moved.because,
                **({} if moved.run is None else {"run": moved.run}),
            )
            for moved in story.moved
        ]


def changed_terms(
    ticket: int, at: int, before: InForce, after: InForce, *, by: Any = None, **data: Any
) -> Activity:
    """The Activity that says a ticket goes by other versions from then on."""
    if before.policy != after.policy:
        data["policy_version"] = [before.policy, after.policy]
    if before.calendar != after.calendar:
        data["calendar_version"] = [before.calendar, after.calendar]
    return Activity(
        kind="ticket",
        subject_id=ticket,
        verb="policy_changed" if "policy_version" in data else "calendar_changed",
        at=datetime.fromtimestamp(at, UTC),
        actor=by,
        actor_label="" if by else MATCHED_BY,
        data=data,
    )


def find(ticket_ids: Sequence[int]) -> list[Found]:
    """Everything a batch of tickets is assessed by, in one query; by their numbers."""
    ids = list(ticket_ids)
    rows = FIND_ONE.rows(one=ids[0]) if len(ids) == 1 else FIND_MANY.rows(many=ids)
    return [_found(row) for row in rows]


def _found(row: Sequence[Any]) -> Found:
    held = json.loads(row[11]) if isinstance(row[11], str) else row[11]
    clocks = [Held._make(values) for values in held or ()]
    return Found(
        Sheet(*row[:10]),
        row[10],
        {clock.identity: clock for clock in clocks},
        Due(*row[12:17]),
        row[17],
    )
