"""How the talk of tickets stands, read from what was said: of one, or of many in few statements."""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from apps.timeline.models import Activity

from ..writing import snippet_of
from .message import Message

_COUNTS = "m.undone_at IS NULL AND m.bounced_at IS NULL AND NOT m.automatic"
_FAMILY = """family (root, id) AS (
  SELECT number, number FROM unnest(%(tickets)s::bigint[]) AS number
  UNION ALL
  SELECT family.root, t.id FROM family JOIN tickets_ticket AS t ON t.merged_into_id = family.id
)"""
_WAITING = f"""
SELECT asked.ticket, answered.at, (
  SELECT min(m.at) FROM tickets_message AS m
  WHERE m.ticket_id = asked.ticket AND m.direction = 'in' AND m.id <> %(besides)s AND {_COUNTS}
    AND (answered.at IS NULL OR m.at > answered.at)
)
FROM unnest(%(tickets)s::bigint[]) AS asked (ticket)
CROSS JOIN LATERAL (SELECT greatest((
  SELECT max(m.at) FROM tickets_message AS m
  WHERE m.ticket_id = asked.ticket AND (m.direction = 'out' OR m.answered) AND m.id <> %(besides)s
    AND {_COUNTS}
), (
  SELECT max(told.at) FROM timeline_activity AS told
  LEFT JOIN tickets_importedticket AS imported ON imported.ticket_id = asked.ticket
  WHERE told.kind = 'ticket' AND told.subject_id = asked.ticket AND told.id <> %(undone)s
    AND (told.verb = 'needed_no_reply' OR told.data->'status'->>1 = 'resolved'
      AND told.verb NOT IN ('replied', 'restored', 'undone'))
    AND (told.data->>'run' IS NULL OR (told.data->>'run')::bigint = imported.told_by_id)
    AND NOT EXISTS (
      SELECT FROM timeline_activity AS back
      WHERE back.kind = 'ticket' AND back.subject_id = asked.ticket AND back.verb = 'restored'
        AND (back.data->>'activity')::bigint = told.id)
)) AS at) AS answered
"""  # noqa: S608
_SHOWN = f"""
WITH RECURSIVE {_FAMILY}
SELECT asked.ticket, (
  SELECT min(m.at) FROM tickets_message AS m
  WHERE m.ticket_id = asked.ticket AND (m.direction = 'out' OR m.answered)
    AND m.undone_at IS NULL AND NOT m.automatic
), (
  SELECT m.body FROM tickets_message AS m
  WHERE m.ticket_id = ANY (ARRAY(SELECT id FROM family WHERE root = asked.ticket))
    AND m.undone_at IS NULL AND m.direction <> 'note'
  ORDER BY m.at DESC, m.id DESC LIMIT 1
)
FROM unnest(%(tickets)s::bigint[]) AS asked (ticket)
"""  # noqa: S608
_LAST = f"""
WITH RECURSIVE {_FAMILY}, talk AS (
  SELECT number AS ticket, ARRAY(SELECT id FROM family WHERE root = number) AS tickets
  FROM unnest(%(tickets)s::bigint[]) AS number
)
SELECT talk.ticket, last.id FROM talk CROSS JOIN LATERAL (
  (SELECT m.id FROM tickets_message AS m
   WHERE m.ticket_id = ANY (talk.tickets) AND m.direction = 'in' AND NOT m.automatic
     AND m.undone_at IS NULL
   ORDER BY m.at DESC, m.id DESC LIMIT 1)
  UNION
  (SELECT m.id FROM tickets_message AS m
   WHERE m.ticket_id = ANY (talk.tickets) AND m.direction = 'in' AND NOT m.automatic
     AND m.undone_at IS NULL AND m.message_id <> ''
   ORDER BY m.at DESC, m.id DESC LIMIT 1)
  UNION
  (SELECT m.id FROM tickets_message AS m
   WHERE m.ticket_id = ANY (talk.tickets) AND m.direction = 'out' AND m.undone_at IS NULL
   ORDER BY m.at DESC, m.id DESC LIMIT 1)
) AS last
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Shown:
    """What a ticket's row shows of its talk."""

    waiting_since: datetime | None
    first_replied_at: datetime | None
    snippet: str

    def columns(self) -> dict[str, Any]:
        """As they are kept on the ticket."""
        return asdict(self)


def first_unanswered(
    tickets: Collection[Any], *, besides: int = 0, without: int = 0, undone: int = 0
) -> dict[int, datetime | None]:
    """When the oldest message that waits for an answer came, there or on a merged ticket.

    As if the message `besides` were not there, nor the merged ticket `without`, nor the move
    `undone`. A resolve settles what was asked before it.
    """
    rows = _ask(_WAITING, tickets, besides=besides, undone=undone)
    since = {ticket: waiting for ticket, _, waiting in rows}
    if absorbing := [ticket.pk for ticket in tickets if ticket.absorbed]:
        answered = {ticket: at for ticket, at, _ in rows}
        for ticket, brought in _brought(absorbing, answered, without).items():
            since[ticket] = min(filter(None, [since[ticket], *brought]), default=None)
    return since


def shown(tickets: Collection[Any]) -> dict[int, Shown]:
    """As it is without what was taken back."""
    waiting = first_unanswered(tickets)
    return {
        ticket: Shown(waiting[ticket], replied, snippet_of(body) if body else "")
        for ticket, replied, body in _ask(_SHOWN, tickets)
    }


def last_said(tickets: Collection[Any]) -> dict[int, list[Message]]:
    """What an answer on each follows: the customer's last message, their last mail, our last."""
    rows = _ask(_LAST, tickets)
    messages = Message.objects.select_related("contact").in_bulk([pk for _, pk in rows])
    found: dict[int, list[Message]] = {ticket.pk: [] for ticket in tickets}
    for ticket, pk in rows:
        found[ticket].append(messages[pk])
    return found


def _brought(
    tickets: Iterable[int], answered: dict[int, datetime | None], without: int
) -> dict[int, list[datetime]]:
    """Since when the customers of merged tickets wait, where nobody answered after that."""
    found: dict[int, dict[int, datetime]] = {}
    told = Activity.objects.filter(
        kind="ticket", subject_id__in=tickets, verb__in=["joined", "parted"]
    )
    for ticket, verb, at, data in told.order_by("at", "id").values_list(
        "subject_id", "verb", "at", "data"
    ):
        brought, end = found.setdefault(ticket, {}), answered[ticket]
        brought.pop(data["ticket"], None)
        if verb == "joined" and data["of"] and not (end and end > at):
            brought[data["ticket"]] = datetime.fromisoformat(data["of"])
    for brought in found.values():
        brought.pop(without, None)
    return {ticket: list(brought.values()) for ticket, brought in found.items()}


def _ask(sql: str, tickets: Iterable[Any], **values: Any) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"tickets": [ticket.pk for ticket in tickets], **values})
        return cursor.fetchall()
