"""Many tickets under one lock: their verbs are done in memory, written in a few statements."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction

from apps.outbox.models import Notification
from apps.timeline.models import Activity
from apps.timeline.projections import project

if TYPE_CHECKING:
    from .ticket import Ticket

NAMED = ("customer", "contact", "assignee", "queue", "label")


class Batch:
    """Held tickets; a verb of one of them tells the batch what it would have written."""

    def __init__(self, tickets: models.QuerySet) -> None:
        rows = (
            tickets.with_stop()
            .order_by("pk")
            .select_related(*NAMED)
            .prefetch_related("queue__fields")
        )
        self.tickets: dict[int, Ticket] = {
            ticket.pk: ticket for ticket in rows.select_for_update(of=("self",))
        }
        self.told: list[Activity] = []
        self._fields: set[str] = set()
        self._changed: dict[int, Ticket] = {}
        self._given: Counter[Any] = Counter()
        for ticket in self.tickets.values():
            ticket.batch = self

    # --- what the verbs tell ----------------------------------------------------------------------

    def changed(self, ticket: "Ticket", fields: Iterable[str]) -> None:
        self._fields.update(ticket._meta.get_field(name).attname for name in fields)
        self._changed[ticket.pk] = ticket

    def note(self, activity: Activity) -> Activity:
        self.told.append(activity)
        return activity

    def gave(self, person: Any) -> None:
        self._given[person] += 1

    @contextmanager
    def whole(self, ticket: "Ticket", *, writes: bool = True) -> Iterator[list[Activity]]:
        """All that is done to one ticket, or nothing; gives what it told.

        What `writes` nothing by itself is taken back in memory, and needs no savepoint.
        """
        was, named = dict(ticket.__dict__), dict(ticket._state.fields_cache)
        before, changed, given = len(self.told), dict(self._changed), self._given.copy()
        said: list[Activity] = []
        try:
            with transaction.atomic() if writes else nullcontext():
                yield said
        except Exception:
            ticket.__dict__.update(was)
            ticket._state.fields_cache = named
            del self.told[before:]
            self._changed, self._given = changed, given
            raise
        said += self.told[before:]

    # --- written ----------------------------------------------------------------------------------

    def write(self, *, by: Any, at: datetime, cause: str, url: str) -> None:
        """One statement for the rows, one for what happened, the clocks, a word to who got some."""
        rows = list(self._changed.values())
        if rows:
            write(rows, sorted({*self._fields, "updated_at", "version", "has_attachment"}))
        Activity.objects.bulk_create(self.told)
        if self.told:
            project("ticket", sorted({activity.subject_id for activity in self.told}))
        for person, count in self._given.items():
            if person != by:
                many = "a ticket" if count == 1 else f"{count} tickets"
                Notification.objects.tell(
                    person, cause=cause, sentence=f"{by} gave you {many}", url=url, at=at
                )


def write(rows: Sequence[models.Model], columns: Sequence[str]) -> None:
    """These columns of rows that are held, in one statement."""
    model = type(rows[0])
    table = connection.ops.quote_name(model._meta.db_table)
    named = [connection.ops.quote_name(column) for column in columns]
    values = [{"id": row.pk} | {name: getattr(row, name) for name in columns} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} AS kept SET {', '.join(f'{name} = given.{name}' for name in named)} "  # noqa: S608
            f"FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb) AS given "
            "WHERE kept.id = given.id",
            [json.dumps(values, cls=DjangoJSONEncoder)],
        )
