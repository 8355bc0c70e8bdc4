"""Taking an import of tickets back: chunk by chunk, each one transaction.

What the run made goes, what it told anew is told as before, and what somebody has worked with
since stays, with the reason. Every step may be done twice, and by two at once: a chunk locks its
tickets and asks again what they are.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.customers import referring
from apps.customers import withdrawing as people
from apps.customers.importers.undone import Undone
from apps.customers.models import Contact, Customer
from apps.customers.models import ImportRun as PeopleRun
from apps.outbox.models import Job, Notification
from apps.timeline import seals
from apps.timeline.models import Activity
from apps.timeline.objections import objections
from apps.timeline.projections import project

from .meeting import STAFF
from .models import ImportBefore, ImportedTicket, ImportRun, Message, SearchDoc, StandIn, Ticket
from .transcribing import TICKET

CHUNK = 1000
SHOWN = 200  # of those that stay, in the result of a job
PHASES = ("changed", "created", Contact.kind, Customer.kind, STAFF)
UNDONE = "import_undone"
# What our programs do by themselves, and would do again; no work of anybody's.
ALONE = [
    *("closed", "woken", "assigned", "prioritised"),
    *("policy_changed", "calendar_changed", UNDONE),
]
_BY_ITSELF = "(a.actor_id IS NULL AND a.actor_label IN ('', 'SLA policies') AND a.verb = ANY(%s))"
_SINCE = f"""
SELECT DISTINCT ON (a.subject_id) a.subject_id, a.verb, a.data->>'run'
FROM timeline_activity a
JOIN unnest(%s::bigint[], %s::bigint[]) AS here (ticket, seen) ON here.ticket = a.subject_id
WHERE a.kind = 'ticket' AND a.id > here.seen AND NOT {_BY_ITSELF}
  AND (a.data->>'run')::bigint IS DISTINCT FROM %s
ORDER BY a.subject_id, (a.data ? 'run') DESC, a.id DESC
"""  # noqa: S608  (no part of it comes from outside)
_ERASED = """
SELECT DISTINCT subject_id FROM timeline_activity a JOIN timeline_redaction ON activity_id = a.id
WHERE a.kind = 'ticket' AND a.subject_id = ANY(%s)
"""
_TOLD_BY_RUN = f"""
SELECT a.id FROM timeline_activity a
JOIN tickets_importbefore b ON b.ticket_id = a.subject_id AND b.run_id = %s
WHERE a.kind = 'ticket' AND a.subject_id = ANY(%s)
  AND ((a.data->>'run')::bigint = b.run_id OR (a.id > b.seen AND a.verb <> %s AND {_BY_ITSELF}))
"""  # noqa: S608  (no part of it comes from outside)
_UNSAY = """
DELETE FROM tickets_message WHERE id IN (
  SELECT (data->>'message')::bigint FROM timeline_activity
  WHERE id = ANY(%s) AND data ? 'message')
"""
_columns = ", ".join(f"{name} = was.{name}" for name in TICKET if name != "id")
_PUT_BACK = f"""
UPDATE tickets_ticket t SET {_columns}, version = t.version + 1
FROM tickets_importbefore b, jsonb_populate_record(NULL::tickets_ticket, b.row) was
WHERE b.run_id = %s AND b.ticket_id = ANY(%s) AND t.id = b.ticket_id
"""  # noqa: S608  (no part of it comes from outside)
_said = [field.column for field in Message._meta.concrete_fields]
_told = ", ".join(
    "(SELECT id FROM customers_contact WHERE id = m.contact_id)"
    if name == "contact_id"
    else f"m.{name}"
    for name in _said
)
_SAY = f"""
INSERT INTO tickets_message ({", ".join(_said)}) SELECT {_told}
FROM tickets_importbefore b, jsonb_populate_recordset(NULL::tickets_message, b.messages) m
WHERE b.run_id = %s AND b.ticket_id = ANY(%s)
"""  # noqa: S608  (no part of it comes from outside)
_BELIEVE = """
UPDATE tickets_importedticket i SET told_by_id = b.told_by_id, digest = b.digest
FROM tickets_importbefore b
WHERE b.run_id = %s AND b.ticket_id = ANY(%s) AND i.ticket_id = b.ticket_id
  AND b.told_by_id IS NOT NULL
"""
_NEVER_TOLD = """
DELETE FROM tickets_importedticket i USING tickets_importbefore b
WHERE b.run_id = %s AND b.ticket_id = ANY(%s) AND i.ticket_id = b.ticket_id
  AND b.told_by_id IS NULL
"""
_NAMED = """
WITH told AS (
  SELECT ticket_id FROM tickets_importedticket WHERE run_id = %s
  UNION SELECT ticket_id FROM tickets_importbefore WHERE run_id = %s
)
SELECT DISTINCT who #>> '{}' FROM told
JOIN timeline_activity a ON a.kind = 'ticket' AND a.subject_id = told.ticket_id
CROSS JOIN jsonb_array_elements(CASE jsonb_typeof(a.data->'assignee')
  WHEN 'array' THEN a.data->'assignee' ELSE '[]' END) who
WHERE who #>> '{}' = ANY(%s)
"""
# In the order of the words, as whoever counts them locks them.
_FORGET_WORDS = """
WITH fewer AS MATERIALIZED (
  SELECT word, count(*) AS n FROM tickets_searchdoc, unnest(tsvector_to_array(vector)) word
  WHERE ticket_id = ANY(%s) AND counted GROUP BY word
), held AS MATERIALIZED (
  SELECT w.word, w.tickets - f.n AS tickets FROM tickets_searchword w JOIN fewer f USING (word)
  ORDER BY w.word FOR UPDATE OF w
), gone AS (
  DELETE FROM tickets_searchword w USING held WHERE held.word = w.word AND held.tickets <= 0
)
UPDATE tickets_searchword w SET tickets = held.tickets
FROM held WHERE held.word = w.word AND held.tickets > 0
"""


def undo_import(run: ImportRun, **how: Any) -> Undone:
    """Take a run back here and now, or rehearse it; `how` as for a file of customers."""
    return people.take_back(run, [PHASES[0], 0], advance, **how)


def step(job: Job) -> bool:
    """One chunk; true when it was the last. The job's transaction is the chunk's."""
    run = ImportRun.objects.get(pk=job.params["run"])
    said = Undone(run=str(run))
    place = job.cursor.get("place", [PHASES[0], 0])
    place = advance(run, place, said, by=job.started_by, at=timezone.now())
    return _note(job, place, said)


def order_people(run: PeopleRun, *, by: Any, at: datetime) -> Job:
    """The same for a file of customers: long work with a page."""
    with transaction.atomic():
        run.withdraw(by=by, at=at)
        return Job.start(
            "customers.undo_import",
            title=f"Undo the import of {run.name}"[:200],
            params={"run": run.pk},
            total=run.touched.count(),
            about=(run.kind, run.pk),
            by=by,
            at=at,
        )


def people_step(job: Job) -> bool:
    """Some more customers and contacts; true when none was left."""
    run = PeopleRun.objects.get(pk=job.params["run"])
    said = Undone(run=str(run))
    place = job.cursor.get("place", people.NEWEST)
    place = people.advance(run, place, said, by=job.started_by, at=timezone.now())
    return _note(job, place, said)


def _note(job: Job, place: Any, said: Undone) -> bool:
    job.cursor = {"place": place}
    job.done += said.removed + said.restored + len(said.kept)
    told = {"removed": said.removed, "put back": said.restored, "kept": len(said.kept)}
    told |= {f"placeholder {name}": count for name, count in said.placeholders.items()}
    job.counts |= {name: job.counts.get(name, 0) + count for name, count in told.items()}
    kept = [line for line in (job.result or {}).get("kept", "").split(" · ") if line]
    kept += [f"{one['record']}: {one['reason']}" for one in said.kept]
    job.result = {"run": said.run} | ({"kept": " · ".join(kept[:SHOWN])} if kept else {})
    return place is None


@transaction.atomic
def advance(
    run: ImportRun, place: Sequence[Any], said: Undone, *, by: Any, at: datetime
) -> list[Any] | None:
    """The chunk at this place; where the next one is, or nothing after the last."""
    phase, after = place
    numbers = _next(run, phase, after)
    if not numbers:
        later = PHASES[PHASES.index(phase) + 1 :]
        return [later[0], 0] if later else None
    if phase == "changed":
        _put_back(run, _held(Ticket, numbers), said, by=by, at=at)
    elif phase == "created":
        _remove(run, _held(Ticket, numbers), said, by=by, at=at)
    elif phase == STAFF:
        _dismiss_staff(run, numbers, said)
    else:
        _dismiss(run, Contact if phase == Contact.kind else Customer, numbers, said)
    return [phase, numbers[-1]]


def _next(run: ImportRun, phase: str, after: int) -> list[int]:
    if phase == "changed":
        found, name = ImportBefore.objects.filter(run=run), "ticket_id"
    elif phase == "created":
        found, name = ImportedTicket.objects.filter(run=run), "ticket_id"
    else:
        found, name = StandIn.objects.filter(run=run, kind=phase), "subject_id"
    later = found.filter(**{f"{name}__gt": after}).order_by(name)
    return list(later.values_list(name, flat=True)[:CHUNK])


def _held(model: Any, numbers: Sequence[int]) -> list[int]:
    """Those that are still there, locked."""
    rows = model.objects.filter(pk__in=numbers).select_for_update().order_by("pk")
    return list(rows.values_list("pk", flat=True))


# --- what stays -----------------------------------------------------------------------------------


def staying(run: ImportRun, seen: dict[int, int]) -> dict[int, str]:
    """Of these tickets those that stay, and why; `seen` is after which Activity that is asked."""
    tickets = list(seen)
    found = referring.kept_by(Ticket, tickets)
    for ticket, verb, later in _rows(_SINCE, tickets, list(seen.values()), ALONE, run.pk):
        found[ticket] = (
            f"tickets-{later} told it anew: undo that first."
            if later
            else f"It was worked with since ({verb.replace('_', ' ')})."
        )
    found |= objections("ticket.remove", tickets)
    erased = [ticket for (ticket,) in _rows(_ERASED, tickets)]
    return found | dict.fromkeys(erased, "Its words were erased.")


def _going(run: ImportRun, seen: dict[int, int], said: Undone) -> list[int]:
    why = staying(run, seen)
    for ticket in sorted(why):
        said.keep(f"#{ticket}", why[ticket])
    return [ticket for ticket in seen if ticket not in why]


# --- what goes, what comes back -------------------------------------------------------------------


def _remove(run: ImportRun, held: list[int], said: Undone, *, by: Any, at: datetime) -> None:
    """Tickets the run made."""
    tickets = _going(run, dict.fromkeys(held, 0), said)
    if not tickets:
        return
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_WORDS, [tickets])
    about = Activity.objects.filter(kind=Ticket.kind, subject_id__in=tickets)
    activities, proof = seals.remove(about, at=at)
    Notification.objects.filter(url__in=[f"/tickets/{ticket}/" for ticket in tickets]).delete()
    referring.delete(Ticket, tickets)
    said.removed += len(tickets)
    told = {"removed": len(tickets), "activities": activities, "proof": proof.hex()}
    _tell(run, tickets, by=by, at=at, **told)


def _put_back(run: ImportRun, held: list[int], said: Undone, *, by: Any, at: datetime) -> None:
    """Tickets that were there before the run told them anew."""
    befores = ImportBefore.objects.filter(run=run, ticket__in=held).order_by("ticket")
    tickets = _going(run, dict(befores.values_list("ticket_id", "seen")), said)
    if not tickets:
        return
    told = [number for (number,) in _rows(_TOLD_BY_RUN, run.pk, tickets, UNDONE, ALONE)]
    with connection.cursor() as cursor:
        cursor.execute(_UNSAY, [told])
        for statement in (_PUT_BACK, _SAY, _BELIEVE, _NEVER_TOLD):
            cursor.execute(statement, [run.pk, tickets])
    activities, proof = seals.remove(Activity.objects.filter(pk__in=told), at=at)
    ImportBefore.objects.filter(run=run, ticket__in=tickets).delete()
    SearchDoc.objects.mark_stale(tickets)
    said.restored += len(tickets)
    _tell(
        run, tickets, by=by, at=at, restored=len(tickets), activities=activities, proof=proof.hex()
    )
    project(Ticket.kind, tickets)


def _tell(run: ImportRun, tickets: Sequence[int], *, by: Any, at: datetime, **told: Any) -> None:
    """What follows the timeline hears of each ticket; the run says who did it and how much."""
    Activity.objects.bulk_create(
        Activity(kind=Ticket.kind, subject_id=ticket, verb=UNDONE, at=at, data={"run": run.pk})
        for ticket in tickets
    )
    run.record("undone", by=by, at=at, **told)


def _dismiss(run: ImportRun, model: Any, numbers: list[int], said: Undone) -> None:
    """Stand-ins the run made, where nobody set them up and nothing names them any more."""
    held = _held(model, numbers)
    known = Activity.objects.filter(kind=model.kind, subject_id__in=held)
    stays = set(known.values_list("subject_id", flat=True))
    stays |= referring.kept_by(model, held).keys()
    stays |= objections(f"{model.kind}.remove", held).keys()
    if model is Contact:
        merged = model.objects.filter(pk__in=held).exclude(merged_into=None)
        stays |= set(merged.values_list("pk", flat=True))
    if model is Customer:
        stays |= set(
            model.objects.filter(pk__in=held, is_placeholder=False).values_list("pk", flat=True)
        )
    gone = [number for number in held if number not in stays]
    referring.delete(model, gone)
    StandIn.objects.filter(run=run, kind=model.kind, subject_id__in=gone).delete()
    if gone:
        word = f"{model.kind}s"
        said.placeholders[word] = said.placeholders.get(word, 0) + len(gone)


def _dismiss_staff(run: ImportRun, numbers: list[int], said: Undone) -> None:
    """The same of colleagues the run made up; a history that stays may name them by number."""
    if ImportRun.objects.filter(pk__gt=run.pk, undone_at=None).exists():
        return  # what a later file told may name them
    held = _held(User, numbers)
    never = User.objects.filter(pk__in=held, is_active=False, roles=[], last_login=None)
    stays = set(held) - set(never.values_list("pk", flat=True))
    stays |= referring.kept_by(User, held).keys()
    names = [str(number) for number in held]
    stays |= {int(number) for (number,) in _rows(_NAMED, run.pk, run.pk, names)}
    gone = [number for number in held if number not in stays]
    referring.delete(User, gone)
    StandIn.objects.filter(run=run, kind=STAFF, subject_id__in=gone).delete()
    if gone:
        said.placeholders["assignees"] = said.placeholders.get("assignees", 0) + len(gone)


def _rows(statement: str, *values: Any) -> Iterator[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        yield from cursor.fetchall()
