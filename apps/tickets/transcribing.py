"""Imported rows as lines that COPY reads: tickets, messages, Activity; most of what one costs."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any, NamedTuple

from django.db import connection

from apps.timeline.projections import Telling

from .importers.history import Story
from .importers.rows import MESSAGES, Event, Told
from .meeting import People
from .writing import snippet_of

TICKET = (
    *("id", "subject", "external_id", "customer_id", "contact_id", "channel", "origin"),
    *("reported_at", "updated_at", "status", "priority", "assignee_id", "queue_id", "tags"),
    *("fields", "snippet", "waiting_since", "first_replied_at", "resolved_at", "closed_at"),
)
NEW = (*TICKET, "has_attachment", "version")
CLOCKS = ("due_at", "due_kind", "sla_state", "sla_left", "breached")
MESSAGE = (
    *("id", "ticket_id", "direction", "author_id", "contact_id", "author_label", "at", "body"),
    *("quoted", "html", "headers", "message_id", "automatic", "attachments_count"),
)
ACTIVITY = ("id", "kind", "subject_id", "verb", "at", "actor_id", "actor_label", "data")
_DIRECTIONS = {"agent_message": "out", "automatic_message": "out", "note": "note"}


@dataclass(frozen=True, slots=True)
class Parsed:
    """A row that can be taken, its story, the values it was told by and the digest of them."""

    told: Told
    story: Story
    values: dict[str, Any]
    digest: bytes


_telling = partial(tuple.__new__, Telling)  # as `Telling(…)`, in half the time


class Arrival(NamedTuple):
    """A ticket that is about to be written, as its projections need to know it."""

    ticket: int
    reported_at: int
    origin: str
    priority: str
    customer: int | None
    queue: int | None
    tags: list[str]
    told: list[Telling]


@dataclass(slots=True)
class Transcript:
    """The lines of some rows, and what they tell."""

    messages: list[str] = field(default_factory=list)
    activities: list[str] = field(default_factory=list)
    told: list[list[Telling]] = field(default_factory=list)  # of each row


def ticket_line(row: Parsed, ticket: int, people: People, queue: int | None) -> str:
    """The columns `TICKET` of a row."""
    told, story = row.told, row.story
    contact = people.contacts[told.contact_email][0] if told.contact_email else None
    tags = ",".join(map(_element, story.tags))
    fields = cell(to_json(told.fields)) if told.fields else "{}"
    return (
        f"{ticket}\t{cell(told.subject)}\t{cell(told.external_id)}\t"
        f"{_or_null(people.customer_of(told))}\t{_or_null(contact)}\t{told.channel}\t"
        f"{told.origin}\t{told.reported_at.isoformat()}\t{_when(story.updated_at)}\t"
        f"{story.status}\t{story.priority}\t{_or_null(people.users.get(story.assignee))}\t"
        f"{_or_null(queue)}\t{{{cell(tags)}}}\t{fields}\t{cell(snippet_of(story.last_words))}\t"
        f"{_when(story.waiting_since)}\t{_when(story.first_replied_at)}\t"
        f"{_when(story.resolved_at)}\t{_when(story.closed_at)}"
    )


def clocks_line(due: int | None, kind: str, state: str, left: int | None, breached: bool) -> str:
    """The columns `CLOCKS`."""
    at = "\\N" if due is None else datetime.fromtimestamp(due, UTC).isoformat()
    return f"{at}\t{kind}\t{state}\t{_or_null(left)}\t{breached:d}"


def transcribe(rows: Sequence[tuple[Parsed, int]], people: People, run: int) -> Transcript:
    """What happened to these tickets, in the order it did, as messages and Activity."""
    script = Transcript()
    numbers = iter(next_numbers("timeline_activity", sum(len(r.story.happened) for r, _ in rows)))
    said = iter(next_numbers("tickets_message", sum(_speaking(row) for row, _ in rows)))
    begin = f'{{"run":{run}'
    for row, ticket in rows:
        told = row.told
        contact = people.contacts[told.contact_email][0] if told.contact_email else None
        tellings: list[Telling] = []
        for one in row.story.happened:
            data, event, at = one.data, one.event, one.at.isoformat()
            author, writer, label = _author(told, event, people, contact)
            if "assignee" in data:
                data = data | {"assignee": [people.users.get(email) for email in data["assignee"]]}
            inside = f"{begin},{_inside(data)}" if data else begin
            if event.type in MESSAGES if event else told.body:
                number = next(said)
                inside = f'{inside},"message":{number}'
                if event is None:
                    direction, body = ("out" if told.origin == "agent" else "in"), told.body
                    automatic = "f"
                else:
                    direction, body = _DIRECTIONS.get(event.type, "in"), event.body
                    automatic = "t" if event.type == "automatic_message" else "f"
                signed = "" if author or writer else label
                script.messages.append(
                    f"{number}\t{ticket}\t{direction}\t{_or_null(author)}\t{_or_null(writer)}\t"
                    f"{signed}\t{at}\t{cell(body)}\t\t\t\t\t{automatic}\t0\n"
                )
            number = next(numbers)
            script.activities.append(
                f"{number}\tticket\t{ticket}\t{one.verb}\t{at}\t{_or_null(author)}\t{label}\t"
                f"{inside}}}\n"
            )
            told_of = data | {"run": run} if data else data
            tellings.append(_telling((int(one.at.timestamp()), number, one.verb, told_of)))
        script.told.append(tellings)
    return script


def arrivals_of(
    rows: Sequence[tuple[Parsed, int]],
    script: Transcript,
    people: People,
    queues: Sequence[int | None],
) -> Iterator[Arrival]:
    """The first rows of a transcript as tickets to come."""
    for (row, ticket), queue, told in zip(rows, queues, script.told, strict=False):
        story = row.story
        yield Arrival(
            ticket,
            int(row.told.reported_at.timestamp()),
            row.told.origin,
            story.priority,
            people.customer_of(row.told),
            queue,
            story.tags,
            told,
        )


def _speaking(row: Parsed) -> int:
    """How many messages it brings: every message is one, a report only with a body."""
    return bool(row.told.body) + sum(event.type in MESSAGES for event in row.told.events)


def _author(
    told: Told, event: Event | None, people: People, contact: int | None
) -> tuple[int | None, int | None, str]:
    """Who did it: one of us, their contact, or a name, as COPY reads it."""
    if event is None:
        if told.origin != "customer":
            return None, None, ""
        return None, contact, cell(told.contact_name or told.contact_email)
    said = event.author
    if event.type == "customer_message":
        if not said or said.lower() in (told.contact_email, told.contact_name.lower()):
            return None, contact, cell(told.contact_name or told.contact_email)
        return None, None, cell(said)
    if not said:
        return None, None, ""
    user = people.users.get(said.lower())
    return (user, None, "") if user else (None, None, cell(said))


# --- COPY ---------------------------------------------------------------------------------------


def next_numbers(table: str, count: int) -> list[int]:
    """Numbers for rows that refer to each other before they are written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(nextval(sequence)) FROM"
            " (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS sequence OFFSET 0) AS one,"
            " generate_series(1, %s)",
            [table, count],
        )
        return cursor.fetchone()[0] or []


def copy(table: str, columns: Sequence[str], lines: Sequence[str]) -> None:
    """Lines that are written as COPY reads them."""
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as writing,
    ):
        writing.write("".join(lines))


def cell(text: str) -> str:
    """Text as COPY reads it."""
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    if "\n" in text:
        text = text.replace("\n", "\\n")
    if "\t" in text:
        text = text.replace("\t", "\\t")
    return text.replace("\r", "\\r") if "\r" in text else text


def _element(tag: str) -> str:
    """An element of an array, quoted whatever it is."""
    escaped = tag.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _or_null(number: int | None) -> str:
    return "\\N" if number is None else str(number)


def _when(at: datetime | None) -> str:
    return "\\N" if at is None else at.isoformat()


to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@lru_cache(maxsize=1024)
def _moved(name: str, before: str | None, after: str) -> str:
    return f'"{name}":{to_json([before, after])}'


def _inside(data: dict[str, Any]) -> str:
    """The members of a JSON object as COPY reads them, without its braces."""
    if len(data) == 1:
        if "status" in data:
            return _moved("status", *data["status"])
        if "priority" in data:
            return _moved("priority", *data["priority"])
    return cell(to_json(data)[1:-1])
