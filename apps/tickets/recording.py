"""Writes a chunk of imported tickets by COPY: rows, messages, Activity, and who they name."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import Any

from django.db import connection

from apps.accounts.models import User
from apps.customers.importers.reading import Malformed
from apps.customers.models import Contact, Customer

from .importers.history import Happened, Story
from .importers.rows import MESSAGES, Told
from .models import CustomField, ImportedTicket, ImportRun, ImportSeen, Queue, SearchDoc, Ticket
from .rules.fields import Unfit, fit
from .writing import snippet_of

_DIRECTIONS = {"agent_message": "out", "automatic_message": "out", "note": "note"}
_TICKET = (
    *("id", "subject", "external_id", "customer_id", "contact_id", "channel", "origin"),
    *("reported_at", "updated_at", "status", "priority", "assignee_id", "queue_id", "tags"),
    *("fields", "snippet", "waiting_since", "first_replied_at", "resolved_at", "closed_at"),
)
_DEFAULTS = ("has_attachment", "version", "due_kind", "sla_state", "breached")
_MESSAGE = (
    *("id", "ticket_id", "direction", "author_id", "contact_id", "author_label", "at", "body"),
    *("quoted", "html", "headers", "message_id", "automatic", "attachments_count"),
)
_ACTIVITY = ("kind", "subject_id", "verb", "at", "actor_id", "actor_label", "data")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A row that can be taken, its story, and the values it was told by."""

    told: Told
    story: Story
    values: dict[str, Any]

    def digest(self) -> bytes:
        """The same for the same words, however they were spaced."""
        said = repr(self.values).encode("utf-8", "surrogatepass")
        return hashlib.blake2b(said, digest_size=16).digest()


@dataclass(slots=True)
class People:
    """Who the rows of a chunk name, by what they are named."""

    users: dict[str, int] = field(default_factory=dict)
    customers: dict[str, int] = field(default_factory=dict)  # by external id
    named: dict[str, int] = field(default_factory=dict)  # by lower-case name
    contacts: dict[str, tuple[int, int | None]] = field(default_factory=dict)

    def customer_of(self, told: Told) -> int | None:
        if told.customer_id:
            return self.customers[told.customer_id]
        if told.customer_name:
            return self.named[told.customer_name.lower()]
        return self.contacts[told.contact_email][1] if told.contact_email else None


class Chunk:
    """Some rows of a file, written inside the caller's transaction."""

    def __init__(self, run: ImportRun, now: datetime) -> None:
        self.run, self.now = run, now
        self.created = self.changed = self.unchanged = 0
        self.placeholders: dict[str, int] = {}
        self.touched: list[int] = []

    def write(self, parsed: Sequence[Parsed]) -> list[tuple[int, Malformed]]:
        """Create and change what the rows tell; returns the rows that cannot be taken after all."""
        faults: list[tuple[int, Malformed]] = []
        rows = self._in_known_queues(self._each_once(parsed, faults), faults)
        known = _known([row.told.external_id for row in rows])
        fresh: list[tuple[Parsed, bytes]] = []
        other: list[tuple[Parsed, bytes, int]] = []
        for row in rows:
            digest = row.digest()
            ticket, was = known.get(row.told.external_id, (None, None))
            if ticket is None:
                fresh.append((row, digest))
            elif was != digest:
                other.append((row, digest, ticket))
            else:
                self.unchanged += 1
        self.created, self.changed = len(fresh), len(other)
        if not fresh and not other:
            return faults
        people = self._meet([row for row, *_ in chain(fresh, other)])
        numbers = _next_numbers("tickets_ticket", len(fresh))
        made = [(row, ticket) for (row, _), ticket in zip(fresh, numbers, strict=True)]
        _copy(
            "tickets_ticket",
            (*_TICKET, *_DEFAULTS),
            ((*self._ticket(row, ticket, people), False, 1, "", "", False) for row, ticket in made),
        )
        if other:
            self._replace([(row, ticket) for row, _, ticket in other], people)
        self._tell(made + [(row, ticket) for row, _, ticket in other], people)
        self._remember(
            [(ticket, digest) for (_, digest), ticket in zip(fresh, numbers, strict=True)],
            [(ticket, digest) for _, digest, ticket in other],
        )
        self.touched = [ticket for _, ticket in made] + [ticket for *_, ticket in other]
        return faults

    # --- which rows ---------------------------------------------------------------------------

    def _each_once(
        self, parsed: Sequence[Parsed], faults: list[tuple[int, Malformed]]
    ) -> list[Parsed]:
        names = [row.told.external_id for row in parsed]
        seen = set(
            ImportSeen.objects.filter(run=self.run, external_id__in=names).values_list(
                "external_id", flat=True
            )
        )
        once: list[Parsed] = []
        for row, name in zip(parsed, names, strict=True):
            if name in seen:
                why = "This external_id stands in an earlier row of the file."
                faults.append((row.told.line, Malformed("external_id", why)))
                continue
            seen.add(name)
            once.append(row)
        _copy(
            "tickets_importseen",
            ("run_id", "external_id"),
            ((self.run.pk, row.told.external_id) for row in once),
        )
        return once

    def _in_known_queues(
        self, rows: list[Parsed], faults: list[tuple[int, Malformed]]
    ) -> list[Parsed]:
        """Rows whose queue there is, with custom fields that fit it."""
        self.queues: dict[str, int] = {}
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
        queue = self.queues.get(told.queue.lower())
        if queue is None:
            raise Malformed("queue", f"There is no queue “{told.queue[:80]}”.")
        for key, one in typed.get(queue, {}).items():
            if key in told.fields:
                try:
                    told.fields[key] = fit(one.type, told.fields[key], tuple(one.options))
                except Unfit as unfit:
                    raise Malformed(f"fields.{key}", str(unfit)) from None

    # --- who ------------------------------------------------------------------------------------

    def _meet(self, rows: list[Parsed]) -> People:
        """Everybody these rows name; who is not known stands in until somebody sets them up."""
        people = People()
        self._meet_users(people, rows)
        self._meet_customers(people, rows)
        self._meet_contacts(people, rows)
        return people

    def _meet_users(self, people: People, rows: list[Parsed]) -> None:
        wanted = {one for row in rows for one in _assignees(row)}
        authors = {
            event.author.lower()
            for row in rows
            for event in row.told.events
            if "@" in event.author and event.type != "customer_message"
        }
        people.users = _pairs(User.objects.filter(email__in=wanted | authors), "email")
        missing = sorted(wanted - people.users.keys())
        if missing:
            User.objects.bulk_create(
                (_placeholder(one) for one in missing),
                ignore_conflicts=True,
            )
            people.users |= _pairs(User.objects.filter(email__in=missing), "email")
            self._count("assignees", len(missing))

    def _meet_customers(self, people: People, rows: list[Parsed]) -> None:
        tolds = [row.told for row in rows]
        ids = {told.customer_id: told.customer_name for told in tolds if told.customer_id}
        names = {
            told.customer_name.lower(): told.customer_name
            for told in tolds
            if told.customer_name and not told.customer_id
        }
        people.customers = _pairs(Customer.objects.filter(external_id__in=ids), "external_id")
        people.named = {} if not names else _named(names)
        missing = [
            Customer(name=ids[one] or one, external_id=one, is_placeholder=True)
            for one in sorted(ids.keys() - people.customers.keys())
        ] + [
            Customer(name=names[one], is_placeholder=True)
            for one in sorted(names.keys() - people.named.keys())
        ]
        for customer in Customer.objects.bulk_create(missing):
            if customer.external_id:
                people.customers[customer.external_id] = customer.pk
            else:
                people.named[customer.name.lower()] = customer.pk
        self._count("customers", len(missing))

    def _meet_contacts(self, people: People, rows: list[Parsed]) -> None:
        wanted = {row.told.contact_email: row.told for row in rows if row.told.contact_email}
        people.contacts = _contacts(wanted)
        missing = sorted(wanted.keys() - people.contacts.keys())
        if not missing:
            return
        Contact.objects.bulk_create(
            (
                Contact(
                    email=one,
                    name=wanted[one].contact_name,
                    customer_id=people.customers.get(wanted[one].customer_id)
                    or people.named.get(wanted[one].customer_name.lower()),
                )
                for one in missing
            ),
            ignore_conflicts=True,
        )
        people.contacts |= _contacts(missing)

    def _count(self, what: str, n: int) -> None:
        if n:
            self.placeholders[what] = self.placeholders.get(what, 0) + n

    # --- what -----------------------------------------------------------------------------------

    def _ticket(self, row: Parsed, ticket: int, people: People) -> tuple:
        told, story = row.told, row.story
        contact = people.contacts[told.contact_email][0] if told.contact_email else None
        return (
            *(ticket, told.subject, told.external_id, people.customer_of(told), contact),
            *(told.channel, told.origin, told.reported_at, story.updated_at, story.status),
            *(story.priority, people.users.get(story.assignee)),
            *(self.queues.get(told.queue.lower()), story.tags, _json(told.fields)),
            *(snippet_of(story.last_words), story.waiting_since, story.first_replied_at),
            *(story.resolved_at, story.closed_at),
        )

    def _replace(self, rows: list[tuple[Parsed, int]], people: People) -> None:
        """Tickets that are here already: their row anew, what they said then gone.

        Activity is never taken away: what an earlier run told is told anew, and counts no more.
        """
        tickets = [ticket for _, ticket in rows]
        Ticket.objects.select_for_update().filter(pk__in=tickets).order_by("pk").count()
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE told ON COMMIT DROP AS " + _EMPTY)
            _copy("told", _TICKET, (self._ticket(row, ticket, people) for row, ticket in rows))
            cursor.execute(_UPDATE)
            cursor.execute("DROP TABLE told")
            cursor.execute(
                "DELETE FROM tickets_message WHERE id IN (SELECT (data->>'message')::bigint"
                " FROM timeline_activity WHERE kind = 'ticket' AND subject_id = ANY(%s)"
                " AND data ? 'run' AND data ? 'message')",
                [tickets],
            )
        SearchDoc.objects.mark_stale(tickets)

    def _tell(self, rows: list[tuple[Parsed, int]], people: People) -> None:
        """Messages and Activity of these tickets, in the order they happened."""
        said = sum(1 for row, _ in rows for one in row.story.happened if _speaks(row, one))
        numbers = iter(_next_numbers("tickets_message", said))
        messages: list[str] = []
        activities: list[str] = []
        run = f'{{"run":{self.run.pk}'
        for row, ticket in rows:
            for one in row.story.happened:
                data = one.data
                author, contact, label = self._author(row.told, one, people)
                if "assignee" in data:
                    by_number = [people.users.get(email) for email in data["assignee"]]
                    data = data | {"assignee": by_number}
                told = f"{run},{_inside(data)}" if data else run
                at = _instant(one.at)
                if _speaks(row, one):
                    message = next(numbers)
                    told = f'{told},"message":{message}'
                    messages.append(
                        _message(row.told, one, message, ticket, author, contact, label, at)
                    )
                activities.append(
                    f"ticket\t{ticket}\t{one.verb}\t{at}\t{_or_null(author)}\t{_cell(label)}\t"
                    f"{_cell(told)}}}\n"
                )
        _copy_text("tickets_message", _MESSAGE, messages)
        _copy_text("timeline_activity", _ACTIVITY, activities)

    def _author(
        self, told: Told, one: Happened, people: People
    ) -> tuple[int | None, int | None, str]:
        """Who did it: one of us, their contact, or a name."""
        event = one.event
        contact = people.contacts[told.contact_email][0] if told.contact_email else None
        theirs = told.contact_name or told.contact_email
        if event is None:
            return (None, contact, theirs) if told.origin == "customer" else (None, None, "")
        said = event.author
        if event.type == "customer_message":
            if not said or said.lower() in (told.contact_email, told.contact_name.lower()):
                return None, contact, theirs
            return None, None, said
        if user := people.users.get(said.lower()):
            return user, None, ""
        return None, None, said

    def _remember(self, fresh: list[tuple[int, bytes]], other: list[tuple[int, bytes]]) -> None:
        """Which run made each ticket, whose telling counts, and what the row said."""
        run = self.run.pk
        _copy(
            "tickets_importedticket",
            ("ticket_id", "run_id", "told_by_id", "digest"),
            ((ticket, run, run, digest) for ticket, digest in fresh),
        )
        ImportedTicket.objects.bulk_create(
            (
                ImportedTicket(ticket_id=ticket, told_by_id=run, digest=digest)
                for ticket, digest in other
            ),
            update_conflicts=True,
            unique_fields=["ticket"],
            update_fields=["told_by", "digest"],
        )
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO tickets_searchdoc (ticket_id, vector, stale, counted)"
                " SELECT unnest(%s::bigint[]), '', true, false",
                [[ticket for ticket, _ in fresh]],
            )


def _placeholder(email: str) -> User:
    user = User(email=email, name=email.partition("@")[0][:120], is_active=False)
    user.set_unusable_password()
    return user


def _assignees(row: Parsed) -> Iterable[str]:
    for one in row.story.happened:
        yield from (email for email in one.data.get("assignee", ()) if email)


def _speaks(row: Parsed, one: Happened) -> bool:
    """Whether it brought a message: every message does, a report only with a body."""
    return one.event.type in MESSAGES if one.event else bool(row.told.body)


def _message(
    told: Told,
    one: Happened,
    pk: int,
    ticket: int,
    author: int | None,
    contact: int | None,
    label: str,
    at: str,
) -> str:
    event = one.event
    if event is None:
        direction, body = ("out" if told.origin == "agent" else "in"), told.body
    else:
        direction, body = _DIRECTIONS.get(event.type, "in"), event.body
    automatic = "t" if event is not None and event.type == "automatic_message" else "f"
    label = "" if author or contact else _cell(label)
    return (
        f"{pk}\t{ticket}\t{direction}\t{_or_null(author)}\t{_or_null(contact)}\t{label}\t{at}\t"
        f"{_cell(body)}\t\t\t\t\t{automatic}\t0\n"
    )


def _known(names: list[str]) -> dict[str, tuple[int, bytes | None]]:
    """The tickets of these external ids, with the digest of the row each came from."""
    found = Ticket.objects.filter(external_id__in=names).values_list(
        "external_id", "pk", "imported__digest"
    )
    return {name: (pk, bytes(was) if was else None) for name, pk, was in found}


def _pairs(rows: Any, name: str) -> dict[str, int]:
    return dict(rows.values_list(name, "pk"))


def _named(names: Iterable[str]) -> dict[str, int]:
    """Customers by their exact name in any case; of several the first."""
    found: dict[str, int] = {}
    for pk, name in (
        Customer.objects.lower_named(list(names)).order_by("pk").values_list("pk", "name")
    ):
        found.setdefault(name.lower(), pk)
    return found


def _contacts(emails: Iterable[str]) -> dict[str, tuple[int, int | None]]:
    rows = Contact.objects.filter(email__in=list(emails)).values_list("email", "pk", "customer")
    return {email: (pk, customer) for email, pk, customer in rows}


def _next_numbers(table: str, count: int) -> list[int]:
    """Numbers for rows that refer to each other before they are written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(sequence) FROM (SELECT pg_get_serial_sequence(%s, 'id')::regclass"
            " AS sequence OFFSET 0) AS one, generate_series(1, %s)",
            [table, count],
        )
        return [number for (number,) in cursor.fetchall()]


def _copy(table: str, columns: Sequence[str], rows: Iterable[tuple]) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)


def _copy_text(table: str, columns: Sequence[str], lines: list[str]) -> None:
    """Lines that are written as COPY reads them: most of an import, and so worth it."""
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy,
    ):
        copy.write("".join(lines))


_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def _cell(text: str) -> str:
    """Text as COPY reads it."""
    if text.isprintable() and "\\" not in text:
        return text
    return text.translate(_ESCAPES)


def _or_null(number: int | None) -> str:
    return "\\N" if number is None else str(number)


@lru_cache(maxsize=4096)
def _instant(at: datetime) -> str:
    return at.isoformat()


@lru_cache(maxsize=1024)
def _moved(before: str | None, after: str) -> str:
    return f'"status":{_json([before, after])}'


def _inside(data: dict[str, Any]) -> str:
    """The members of a JSON object, without its braces."""
    if len(data) == 1 and "status" in data:
        return _moved(*data["status"])
    return _json(data)[1:-1]


_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


_EMPTY = f"SELECT {', '.join(_TICKET)} FROM tickets_ticket WITH NO DATA"  # noqa: S608
_UPDATE = (
    "UPDATE tickets_ticket AS ticket SET "  # noqa: S608
    + ", ".join(f"{name} = told.{name}" for name in _TICKET if name != "id")
    + ", version = version + 1 FROM told WHERE ticket.id = told.id"
)
