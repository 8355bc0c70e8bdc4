"""Tickets with their history as the import reads them: JSON Lines, or CSV without the history.

A file is written in chunks of tickets in the order of their numbers; what it says again after an
import into an empty house is the same, byte for byte. What came with messages is listed beside it.
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from apps.outbox.models import Job
from apps.timeline.models import Activity
from apps.timeline.refusal import Refused

from . import listing
from .choices import Status
from .importers.table import FORMULA
from .models import Attachment, ImportedTicket, Message, Ticket
from .rules import moves
from .rules.words import ask

CHUNK = 500
FORMATS = ("jsonl", "csv")
SPEAKS = {
    "replied": "agent_message",
    "heard": "customer_message",
    "noted": "note",
    "wrote_aside": "note",
    "heard_aside": "note",
    "auto_replied": "automatic_message",
    "heard_from_program": "automatic_message",
}
SAYS = {"needed_no_reply": "no_reply_needed", "merged": "merge", "marked_spam": "spam"}
BACK = {"undone": "undo", "bounced": "bounce"}
HEAD = (
    *("external_id", "subject", "body", "reported_at", "priority", "status", "channel"),
    *("contact.email", "contact.name", "customer.external_id", "customer.name", "assignee"),
    *("queue", "origin", "answered_in_contact", "tags", "fields"),
)

Row = dict[str, Any]


def rows(tickets: Sequence[Ticket]) -> Iterator[Row]:
    """These tickets (with contact, customer, assignee, queue) as JSON Lines carry them."""
    numbers = [ticket.pk for ticket in tickets]
    told_by = dict(
        ImportedTicket.objects.filter(ticket__in=numbers).values_list("ticket", "told_by")
    )
    messages = Message.objects.filter(ticket__in=numbers).in_bulk()
    told: dict[int, list[Activity]] = {}
    happened = Activity.objects.filter(kind="ticket", subject_id__in=numbers)
    for one in happened.with_people().in_order():
        if "run" not in one.data or one.data["run"] == told_by.get(one.subject_id):
            told.setdefault(one.subject_id, []).append(one)
    people = _emails(told)
    for ticket in tickets:
        yield _Told(ticket, told.get(ticket.pk, []), messages, people).row()


def _emails(told: dict[int, list[Activity]]) -> dict[int, str]:
    """The addresses of everybody a ticket was given to."""
    numbers = {
        pk
        for activities in told.values()
        for one in activities
        for pk in one.data.get("assignee") or ()
        if isinstance(pk, int)
    }
    owners = Ticket.assignee.field.related_model.objects.filter(pk__in=numbers)
    return {pk: email.lower() for pk, email in owners.values_list("pk", "email")}


class _Told:
    """One ticket on its way into a row."""

    def __init__(
        self,
        ticket: Ticket,
        activities: Sequence[Activity],
        messages: dict[int, Message],
        people: dict[int, str],
    ) -> None:
        self.ticket, self.messages, self.people = ticket, messages, people
        self.first = next((one for one in activities if one.verb == "reported"), None)
        self.data = self.first.data if self.first else {}
        self.events: list[Row] = []
        self.status: str = "new"
        restored = {one.data["activity"] for one in activities if one.verb == "restored"}
        self.never_was = set(_taken_back(activities))
        for one in activities:
            if one is not self.first and (one.verb != "needed_no_reply" or one.pk not in restored):
                self._tell(one)
        self._begin()

    def row(self) -> Row:
        """What the file says; what there is not is left out."""
        ticket = self.ticket
        opening = self.messages.get(self.data.get("message", 0))
        told: Row = {
            "external_id": ticket.external_id or f"afterlaunch-{ticket.pk}",
            "subject": ticket.subject,
            "body": words_of(opening) if opening else "",
            "reported_at": stamp(ticket.reported_at),
            "priority": ticket.priority,
            "status": ticket.status,
            "channel": ticket.channel,
            "contact": _named(ticket.contact, "email", "name"),
            "customer": _named(ticket.customer, "external_id", "name"),
            "assignee": ticket.assignee.email.lower() if ticket.assignee else "",
            "queue": ticket.queue.name if ticket.queue else "",
            "origin": ticket.origin,
            "answered_in_contact": bool(self.data.get("answered_in_contact")),
            "tags": sorted(ticket.tags),
            "fields": ticket.fields,
            "events": self.events,
        }
        return {name: value for name, value in told.items() if value}

    def _tell(self, one: Activity) -> None:
        """The events that an activity is to the import."""
        at, data = one.at, one.data
        kind = SPEAKS.get(one.verb)
        implied = self.status
        if kind:
            message = self.messages.get(data.get("message", 0))
            body = words_of(message) if message else ""
            of_many = "incident" in data and kind == "agent_message"
            self._add(at, kind, author=self._author(one), body=body, incident_update=of_many)
            if kind == "customer_message":
                implied = str(moves.after_customer_wrote(self.status))
        elif one.verb in BACK:
            self._add(at, BACK[one.verb], of=stamp(datetime.fromisoformat(data["of"])))
        elif one.verb in SAYS and (one.pk, "status") not in self.never_was:
            self._add(at, SAYS[one.verb])
            implied = {"merged": Status.MERGED.value, "marked_spam": Status.SPAM.value}.get(
                one.verb, implied
            )
        if "assignee" in data and one.verb != "undone":  # it goes with what is undone
            self._add(at, "assign", to=self.people.get(data["assignee"][1]))
        if "priority" in data and (one.pk, "priority") not in self.never_was:
            self._add(at, "priority", to=data["priority"][1])
        if "tags" in data:
            self._tag(at, *data["tags"])
        self._move(one, implied)

    def _move(self, one: Activity, implied: str) -> None:
        if (one.pk, "status") in self.never_was:
            return
        after = one.data.get("status", (None, self.status))[1]
        told = one.verb == "undone" or "without_history" in one.data
        if after != implied and not told:
            self._add(one.at, "status", to=after)
        self.status = after

    def _begin(self) -> None:
        """What held from the first, where an event would make the import forget it."""
        kinds = {event["type"] for event in self.events}
        at, first = self.ticket.reported_at, []
        priority, owner, tags = (
            (self.data.get(name) or (None, None))[1] for name in ("priority", "assignee", "tags")
        )
        if "priority" in kinds and priority not in (None, "normal"):
            first.append({"at": stamp(at), "type": "priority", "to": priority})
        if "assign" in kinds and owner in self.people:
            first.append({"at": stamp(at), "type": "assign", "to": self.people[owner]})
        if "tag" in kinds:
            for tag in sorted(tags or []):
                first.append({"at": stamp(at), "type": "tag", "to": tag})
        self.events[:0] = first

    def _tag(self, at: datetime, before: list[str] | None, after: list[str] | None) -> None:
        was, now = before or [], after or []
        for tag in was:
            if tag not in now:
                self._add(at, "tag", remove=tag)
        for tag in now:
            if tag not in was:
                self._add(at, "tag", to=tag)

    def _author(self, one: Activity) -> str:
        """Who wrote it, unless it is the ticket's contact."""
        if one.actor_id:
            return one.actor.email.lower()
        contact = self.ticket.contact
        theirs = (contact.name, contact.email) if contact and one.verb == "heard" else ()
        return "" if one.actor_label in theirs else one.actor_label

    def _add(self, at: datetime, kind: str, **more: Any) -> None:
        said = {name: value for name, value in more.items() if value or name == "to"}
        if kind == "tag":
            said = {name: value for name, value in said.items() if value}
        at = max(at, self.ticket.reported_at)
        self.events.append({"at": stamp(at), "type": kind, **said})


def _taken_back(activities: Sequence[Activity]) -> Iterator[tuple[int, str]]:
    """What is as if it never was, as it is to the clocks: which activity, and what of it."""
    merged = 0
    for one in activities:
        if one.verb == "merged":
            merged = one.pk
        elif one.verb == "unmerged":
            yield from ((one.pk, "status"), (merged, "status"))
        elif one.verb == "restored":
            for name in ("status", "priority"):
                if name in one.data:
                    yield from ((one.pk, name), (one.data["activity"], name))


def words_of(message: Message) -> str:
    """A message whole: what it says and what it quotes."""
    return f"{message.body}\n\n{message.quoted}" if message.quoted else message.body


def stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _named(record: Any, *names: str) -> dict[str, str]:
    told = {name: getattr(record, name) for name in names} if record else {}
    return {name: value for name, value in told.items() if value}


# --- how a row is written -------------------------------------------------------------------------


def line_of(row: Row, kind: str) -> str:
    """One line of the file."""
    if kind == "jsonl":
        return json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cell_of(row, name) for name in HEAD)
    return line.getvalue()


def cell_of(row: Row, name: str) -> str:
    """A column of the table, harmless in a spreadsheet; the import takes the quote off again."""
    value: Any = row
    for part in name.split("."):
        value = value.get(part, "") if isinstance(value, dict) else ""
    if isinstance(value, bool):
        value = "true" if value else ""
    elif name == "tags":
        value = ",".join(value or ())
    elif isinstance(value, dict):
        value = json.dumps(value, ensure_ascii=False) if value else ""
    return f"'{value}" if str(value).startswith(FORMULA) else str(value)


def head_of(kind: str) -> str:
    return ",".join(HEAD) + "\n" if kind == "csv" else ""


def chunk_after(tickets: QuerySet[Ticket], after: int) -> list[Ticket]:
    """The next tickets by number, with what a row names."""
    found = tickets.filter(pk__gt=after).select_related("contact", "customer", "assignee", "queue")
    return list(found.order_by("pk")[:CHUNK])


def files_of(tickets: Sequence[Ticket]) -> Iterator[str]:
    """What came with the messages of these tickets: name, size and digest, a line each."""
    found = Attachment.objects.filter(message__ticket__in=tickets).select_related("message__ticket")
    for one in found.order_by("message__ticket", "message", "pk"):
        ticket = one.message.ticket
        told = {
            "ticket": ticket.external_id or f"afterlaunch-{ticket.pk}",
            "at": stamp(one.message.at),
            "name": one.name,
            "content_type": one.content_type,
            "size": one.size,
            "sha256": one.digest,
        }
        yield json.dumps(told, ensure_ascii=False) + "\n"


def export(tickets: QuerySet[Ticket], target: Path, kind: str) -> int:
    """Write them all; how many. The list of files is `TARGET.files.jsonl`, where there are any."""
    after = count = 0
    beside = target.with_name(f"{target.name}.files.jsonl")
    with target.open("w", encoding="utf-8", newline="") as file, beside.open("w") as files:
        file.write(head_of(kind))
        while chunk := chunk_after(tickets, after):
            file.writelines(line_of(row, kind) for row in rows(chunk))
            files.writelines(files_of(chunk))
            after, count = chunk[-1].pk, count + len(chunk)
    if not beside.stat().st_size:
        beside.unlink()
    return count


# --- as long work ---------------------------------------------------------------------------------


def start(words: str, kind: str, *, by: Any, at: datetime) -> Job:
    """Order a file of the tickets that these words ask for; its progress is a page."""
    if kind not in FORMATS:
        raise Refused("The formats are csv and jsonl.", field="format")
    return Job.start(
        "tickets.export",
        title=f"Export of tickets{f': {words[:100]}' if words else ''}",
        params={"words": words[:400], "format": kind},
        total=listing.whole(ask(words), by).count(),
        by=by,
        at=at,
    )


def path_of(job: Job) -> Path:
    """Where the file of a job lies."""
    return Path(settings.MEDIA_ROOT) / "exports" / f"tickets-{job.pk}.{job.params['format']}"


def step(job: Job) -> bool:
    """One chunk behind the place the last one ended at; true when it was the last."""
    kind, path = job.params["format"], path_of(job)
    path.parent.mkdir(parents=True, exist_ok=True)
    found = listing.whole(ask(job.params["words"]), job.started_by)
    chunk = chunk_after(found, job.cursor.get("after", 0))
    with path.open("r+b" if path.exists() else "w+b") as file:
        file.truncate(job.cursor.get("size", 0))
        file.seek(0, io.SEEK_END)
        lines = "" if job.cursor else head_of(kind)
        lines += "".join(line_of(row, kind) for row in rows(chunk))
        file.write(lines.encode())
        size = file.tell()
    after = chunk[-1].pk if chunk else job.cursor.get("after", 0)
    job.cursor = {"after": after, "size": size}
    job.done += len(chunk)
    job.counts = {"tickets": job.done}
    if len(chunk) < CHUNK:
        job.result = {"url": f"/tickets/exports/{job.pk}/", "label": "Fetch the file"}
        return True
    return False
