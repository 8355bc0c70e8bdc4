"""Writes a chunk of imported tickets by COPY: which rows, what is new, what is told anew."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from apps.customers.importers.reading import Malformed
from apps.timeline.projections import Foretold, foretell, project

from .importers.rows import Told
from .meeting import People, meet
from .models import CustomField, ImportedTicket, ImportRun, Queue, SearchDoc, Ticket
from .rules.fields import Unfit, fit
from .transcribing import (
    ACTIVITY,
    CLOCKS,
    MESSAGE,
    NEW,
    TICKET,
    Parsed,
    Transcript,
    arrivals_of,
    cell,
    clocks_line,
    copy,
    next_numbers,
    ticket_line,
    transcribe,
)

_KNOWN = """
SELECT t.external_id, t.id, i.digest FROM tickets_ticket t
LEFT JOIN tickets_importedticket i ON i.ticket_id = t.id WHERE t.external_id = ANY(%s)
"""
_SEEN = "SELECT external_id FROM tickets_importseen WHERE run_id = %s AND external_id = ANY(%s)"
_EMPTY = f"SELECT {', '.join(TICKET)} FROM tickets_ticket WITH NO DATA"  # noqa: S608
_UPDATE = (
    "UPDATE tickets_ticket AS ticket SET "  # noqa: S608
    + ", ".join(f"{name} = told.{name}" for name in TICKET if name != "id")
    + ", version = version + 1 FROM told WHERE ticket.id = told.id"
)
_SPOKEN = """
DELETE FROM tickets_message WHERE id IN (
  SELECT (data->>'message')::bigint FROM timeline_activity
  WHERE kind = 'ticket' AND subject_id = ANY(%s) AND data ? 'run' AND data ? 'message')
"""
_BEFORE = """
INSERT INTO tickets_importbefore
  (run_id, ticket_id, contact_id, customer_id, told_by_id, digest, seen, row, messages)
SELECT %s, t.id, t.contact_id, t.customer_id, i.told_by_id, i.digest,
  (SELECT coalesce(max(id), 0) FROM timeline_activity
   WHERE kind = 'ticket' AND subject_id = t.id),
  to_jsonb(t),
  coalesce((SELECT jsonb_agg(to_jsonb(m) ORDER BY m.id) FROM tickets_message m WHERE m.id IN (
    SELECT (data->>'message')::bigint FROM timeline_activity
    WHERE kind = 'ticket' AND subject_id = t.id AND data ? 'run' AND data ? 'message')), '[]')
FROM tickets_ticket t LEFT JOIN tickets_importedticket i ON i.ticket_id = t.id
WHERE t.id = ANY(%s)
"""
_DOCUMENTS = """
INSERT INTO tickets_searchdoc (ticket_id, vector, stale, counted)
SELECT unnest(%s::bigint[]), '', true, false
"""


def digest_of(values: dict[str, Any]) -> bytes:
    """The same for the same words, however they were spaced."""
    said = repr(values).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(said, digest_size=16).digest()


class Chunk:
    """Some rows of a file, written inside the caller's transaction."""

    def __init__(self, run: ImportRun, now: datetime) -> None:
        self.run, self.now = run, now
        self.created = self.changed = self.unchanged = 0
        self.placeholders: dict[str, int] = {}
        self.queues: dict[str, int] = {}

    def write(self, parsed: Sequence[Parsed]) -> list[tuple[int, Malformed]]:
        """Create and change what the rows tell; returns the rows that cannot be taken after all."""
        faults: list[tuple[int, Malformed]] = []
        rows = self._in_known_queues(self._each_once(parsed, faults), faults)
        known = {
            name: (ticket, was and bytes(was))
            for name, ticket, was in _ask(_KNOWN, [[row.told.external_id for row in rows]])
        }
        fresh: list[Parsed] = []
        other: list[tuple[Parsed, int]] = []
        for row in rows:
            ticket, was = known.get(row.told.external_id, (None, None))
            if ticket is None:
                fresh.append(row)
            elif was != row.digest:
                other.append((row, ticket))
            else:
                self.unchanged += 1
        self.created, self.changed = len(fresh), len(other)
        if fresh or other:
            self._take(fresh, other)
        return faults

    def _take(self, fresh: list[Parsed], other: list[tuple[Parsed, int]]) -> None:
        """What follows from new tickets is written with them, from changed ones after them."""
        everything = [*fresh, *(row for row, _ in other)]
        people = meet([row.told for row in everything], [row.story for row in everything])
        self.placeholders = people.stand_ins
        run = self.run.pk
        copy(
            "tickets_standin",
            ("run_id", "kind", "subject_id"),
            [f"{run}\t{kind}\t{pk}\n" for kind, pk in people.made],
        )
        numbers = next_numbers("tickets_ticket", len(fresh))
        made = list(zip(fresh, numbers, strict=True))
        script = transcribe([*made, *other], people, self.run.pk)
        foretold = self._create(made, script, people)
        if other:
            self._replace(other, people)
        copy("tickets_message", MESSAGE, script.messages)
        copy("timeline_activity", ACTIVITY, script.activities)
        self._remember(made, other)
        foretold.write()
        if other:
            project("ticket", [ticket for _, ticket in other])

    # --- which rows ---------------------------------------------------------------------------

    def _each_once(
        self, parsed: Sequence[Parsed], faults: list[tuple[int, Malformed]]
    ) -> list[Parsed]:
        names = [row.told.external_id for row in parsed]
        seen = {name for (name,) in _ask(_SEEN, [self.run.pk, names])}
        once: list[Parsed] = []
        for row, name in zip(parsed, names, strict=True):
            if name in seen:
                why = "This external_id stands in an earlier row of the file."
                faults.append((row.told.line, Malformed("external_id", why)))
                continue
            seen.add(name)
            once.append(row)
        run = self.run.pk
        copy(
            "tickets_importseen",
            ("run_id", "external_id"),
            [f"{run}\t{cell(row.told.external_id)}\n" for row in once],
        )
        return once

    def _in_known_queues(
        self, rows: list[Parsed], faults: list[tuple[int, Malformed]]
    ) -> list[Parsed]:
        """Rows whose queue there is, with custom fields that fit it."""
        if not any(row.told.queue for row in rows):
            return rows
        for pk, slug, name in Queue.objects.values_list("pk", "slug", "name"):
            self.queues |= {name.lower(): pk, slug: pk}
        typed: dict[int, dict[str, CustomField]] = {}
        for one in CustomField.objects.all():
            typed.setdefault(one.queue_id, {})[one.key] = one
        kept: list[Parsed] = []
        for row in rows:
            try:
                self._fit(row.told, typed)
            except Malformed as fault:
                faults.append((row.told.line, fault))
            else:
                kept.append(row)
        return kept

    def _fit(self, told: Told, typed: dict[int, dict[str, CustomField]]) -> None:
        if not told.queue:
            return
        queue = self._queue_of(told)
        if queue is None:
            raise Malformed("queue", f"There is no queue “{told.queue[:80]}”.")
        for key, one in typed.get(queue, {}).items():
            if key in told.fields:
                try:
                    told.fields[key] = fit(one.type, told.fields[key], tuple(one.options))
                except Unfit as unfit:
                    raise Malformed(f"fields.{key}", str(unfit)) from None

    def _queue_of(self, told: Told) -> int | None:
        return self.queues.get(told.queue.lower()) if told.queue else None

    # --- what -----------------------------------------------------------------------------------

    def _create(
        self, made: list[tuple[Parsed, int]], script: Transcript, people: People
    ) -> Foretold:
        """New tickets, with what their clocks will show of them."""
        queues = [self._queue_of(row.told) for row, _ in made]
        foretold = foretell("ticket", list(arrivals_of(made, script, people, queues)))
        copy(
            "tickets_ticket",
            (*NEW, *CLOCKS),
            [
                f"{ticket_line(row, ticket, people, queue)}\tf\t1\t{clocks_line(*shown)}\n"
                for (row, ticket), queue, shown in zip(made, queues, foretold.shown, strict=True)
            ],
        )
        return foretold

    def _replace(self, rows: list[tuple[Parsed, int]], people: People) -> None:
        """Tickets that are here already: their row anew, what they said then gone.

        What an earlier run told is told anew, and counts no more; how it stood is kept for an undo.
        """
        tickets = [ticket for _, ticket in rows]
        Ticket.objects.select_for_update().filter(pk__in=tickets).order_by("pk").count()
        with connection.cursor() as cursor:
            cursor.execute(_BEFORE, [self.run.pk, tickets])
            cursor.execute("CREATE TEMP TABLE told ON COMMIT DROP AS " + _EMPTY)
            lines = [
                f"{ticket_line(row, ticket, people, self._queue_of(row.told))}\n"
                for row, ticket in rows
            ]
            copy("told", TICKET, lines)
            cursor.execute(_UPDATE)
            cursor.execute("DROP TABLE told")
            cursor.execute(_SPOKEN, [tickets])
        SearchDoc.objects.mark_stale(tickets)

    def _remember(self, made: list[tuple[Parsed, int]], other: list[tuple[Parsed, int]]) -> None:
        """Which run made each ticket, whose telling counts, and what the row said."""
        run = self.run.pk
        copy(
            "tickets_importedticket",
            ("ticket_id", "run_id", "told_by_id", "digest"),
            [f"{ticket}\t{run}\t{run}\t\\\\x{row.digest.hex()}\n" for row, ticket in made],
        )
        ImportedTicket.objects.bulk_create(
            (
                ImportedTicket(ticket_id=ticket, told_by_id=run, digest=row.digest)
                for row, ticket in other
            ),
            update_conflicts=True,
            unique_fields=["ticket"],
            update_fields=["told_by", "digest"],
        )
        with connection.cursor() as cursor:
            cursor.execute(_DOCUMENTS, [[ticket for _, ticket in made]])


def _ask(statement: str, values: Iterable[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        return cursor.fetchall()
