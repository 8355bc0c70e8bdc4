"""Forgetting somebody: chunk by chunk their tickets, then they themselves; facts that are counted
stay.

Every step may be done twice. Tickets keep their times, statuses, priorities and people of ours, so
that clocks and figures read as before; words, names, addresses and files go.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.module_loading import import_string

from apps.customers.models import Contact, Customer, CustomerNote
from apps.features.models import Insight
from apps.outbox import journal
from apps.outbox.models import (
    Delivery,
    DeliveryAttempt,
    InboundEvent,
    Job,
    Notification,
    StoppedAddress,
)
from apps.sla.models import StepFired, Waiver
from apps.surveys.models import Response
from apps.tickets.files import path_of
from apps.tickets.models import (
    Attachment,
    CannedFile,
    Draft,
    DraftFile,
    ImportBefore,
    ImportedTicket,
    ImportRejection,
    ImportRun,
    ImportSeen,
    InboundMail,
    Message,
    OwedAnswer,
    RawMail,
    SearchDoc,
    SenderRule,
    SideConversation,
    SideDraft,
    Ticket,
)
from apps.timeline import seals
from apps.timeline.models import Activity

from . import ledger
from .choices import Stand, Whose
from .columns import COLUMNS, MENTION
from .models import ERASED_DOMAIN, Erasure, Takeout
from .subject import Subject

CHUNK = 200
GONE = "Erased"
# What is counted or decides a clock; everything else an activity says goes.
FACTS = (
    *("status", "priority", "tags", "queue", "team", "assignee", "component", "capability"),
    *("origin", "answered_in_contact", "message", "of", "kind", "cycle", "due", "run"),
    *("without_history", "policy_version", "calendar_version", "status_label", "into"),
    *("customer", "contact", "tier", "plan", "arr", "currency", "renews_at", "owner", "state"),
    *(
        "is_placeholder",
        "imported",
        "snoozed_until",
        "stand",
        "ticket",
        "through",
        "messages",
        "merged_into",
        "answer",
        "told",
    ),
)


def step(job: Job) -> bool:
    """One chunk of tickets; without any left the rest, and it is over."""
    erasure = Erasure.objects.select_for_update().get(pk=job.params["erasure"])
    subject, at = erasure.subject, timezone.now()
    if not job.cursor:
        ledger.note(erasure)
    tickets = list(
        subject.tickets.filter(pk__gt=job.cursor.get("after", 0))
        .order_by("pk")
        .values_list("pk", flat=True)[:CHUNK]
    )
    if tickets:
        _count(erasure, forget_tickets(tickets, at=at))
        job.cursor, job.done = {"after": tickets[-1]}, job.done + len(tickets)
    else:
        _count(erasure, forget_people(subject, at=at))
        erasure.stand, erasure.done_at = Stand.DONE, at
        erasure.record(
            "done",
            by=erasure.approved_by,
            at=at,
            stand=[Stand.APPROVED, Stand.DONE],
            proof=bytes(erasure.proof).hex(),
        )
        job.done += 1
    erasure.save()
    job.counts = erasure.counts
    return not tickets


def _count(erasure: Erasure, found: dict[str, int | bytes]) -> None:
    proof = found.pop("proof")
    erasure.proof = seals.chained(bytes(erasure.proof), proof)
    for name, count in found.items():
        erasure.counts[name] = erasure.counts.get(name, 0) + count


# --- tickets --------------------------------------------------------------------------------------


def forget_tickets(tickets: Sequence[int], *, at: datetime) -> dict[str, int | bytes]:
    """All words of these tickets and about them."""
    messages = Message.objects.filter(ticket__in=tickets)
    files = Attachment.objects.filter(message__in=messages)
    drafts = Draft.objects.filter(ticket__in=tickets)
    digests = {
        *files.values_list("digest", flat=True),
        *DraftFile.objects.filter(draft__in=drafts).values_list("digest", flat=True),
    }
    found: dict[str, int | bytes] = {"files": files.delete()[0]}
    drafts.delete()
    SideDraft.objects.filter(ticket__in=tickets).delete()
    remove_files(digests)
    found["mails"] = empty_mails(InboundMail.objects.filter(ticket__in=tickets), at=at)
    found["messages"] = empty_messages(messages)
    SideConversation.objects.filter(ticket__in=tickets).update(subject=GONE, address="")
    Response.objects.filter(survey__ticket__in=tickets).update(comment="")
    Insight.objects.filter(ticket__in=tickets).update(snippet="")
    OwedAnswer.objects.filter(asked_on__in=tickets).update(reason="")
    names = list(Ticket.objects.filter(pk__in=tickets).values_list("external_id", flat=True))
    ImportSeen.objects.filter(external_id__in=[name for name in names if name]).delete()
    found["tickets"] = Ticket.objects.filter(pk__in=tickets).update(
        subject=GONE,
        external_id=_numbered("erased-"),
        fields={},
        snippet="",
        version=F("version") + 1,
    )
    ImportedTicket.objects.filter(ticket__in=tickets).update(digest=bytes(16))
    ImportBefore.objects.filter(ticket__in=tickets).delete()
    forget_words(tickets)
    Waiver.objects.filter(ticket__in=tickets).update(reason=GONE)
    StepFired.objects.filter(ticket__in=tickets).update(outcome="")
    Notification.objects.filter(speaks_of(tickets)).update(sentence=GONE)
    found["deliveries"] = empty_deliveries(
        Delivery.objects.filter(subject_kind="ticket", subject_id__in=tickets)
    )
    about = Activity.objects.filter(kind="ticket", subject_id__in=tickets)
    found["activities"], found["proof"] = seals.redact(about, keep=FACTS, at=at)
    return found


def speaks_of(tickets: Sequence[int]) -> Q:
    """Which notifications lead to one of these tickets."""
    said = Q(pk=None)
    for ticket in tickets:
        said |= Q(url__startswith=f"/tickets/{ticket}/")
    return said


def empty_messages(messages: QuerySet[Message]) -> int:
    return messages.update(
        author_label="",
        cc=[],
        body=GONE,
        quoted="",
        html="",
        headers="",
        message_id="",
        remarks="",
    )


def empty_mails(found: QuerySet[InboundMail], *, at: datetime) -> int:
    """Mails as they came: the bytes go, that one came stays."""
    numbers = list(found.values_list("pk", flat=True))
    raws = set(found.exclude(raw=None).values_list("raw", flat=True))
    chosen = InboundMail.objects.filter(pk__in=numbers)
    told = dict.fromkeys(("detail", "remarks", "sender", "sender_name", "recipient", "subject"), "")
    count = chosen.update(raw=None, header_id="", fingerprint="", **told)
    raws -= set(InboundMail.objects.filter(raw__in=raws).values_list("raw", flat=True))
    RawMail.objects.filter(pk__in=raws).delete()
    about = Activity.objects.filter(kind="mail", subject_id__in=numbers)
    seals.redact(about, keep=FACTS, at=at)
    return count


def remove_files(digests: Iterable[str]) -> None:
    """Content that no row names any more."""
    digests = set(digests)
    for model in (Attachment, CannedFile, DraftFile):
        digests -= set(model.objects.filter(digest__in=digests).values_list("digest", flat=True))
    for digest in digests:
        path_of(digest).unlink(missing_ok=True)


def forget_words(tickets: Sequence[int]) -> None:
    """Empty their search documents; a word that no other ticket holds leaves the dictionary."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT word FROM tickets_searchdoc d,"
            " unnest(tsvector_to_array(d.vector)) word WHERE d.ticket_id = ANY(%s)",
            [list(tickets)],
        )
        words = [word for (word,) in cursor.fetchall()]
        SearchDoc.objects.filter(ticket__in=tickets).update(vector="", stale=False, counted=True)
        cursor.execute(
            "DELETE FROM tickets_searchword w WHERE w.word = ANY(%s) AND NOT EXISTS ("
            " SELECT FROM tickets_searchdoc d"
            " WHERE d.vector @@ (quote_literal(w.word))::tsquery)",
            [words],
        )


def empty_deliveries(found: QuerySet[Delivery]) -> int:
    """What was told, and to whom; what was not sent yet is not sent any more."""
    numbers = list(found.values_list("pk", flat=True))
    chosen = Delivery.objects.filter(pk__in=numbers)
    DeliveryAttempt.objects.filter(delivery__in=numbers).update(response="")
    chosen.filter(state__in=["pending", "held"]).update(state="cancelled", held_for="")
    chosen.filter(channel="mail").update(
        recipient=_numbered("erased-", f"@{ERASED_DOMAIN}"), host=ERASED_DOMAIN
    )
    about = Activity.objects.filter(kind="delivery", subject_id__in=numbers)
    seals.redact(about, keep=FACTS, at=timezone.now())
    return chosen.update(payload={}, last_error="")


def _numbered(before: str, after: str = "") -> Concat:
    return Concat(Value(before), Cast("pk", CharField()), Value(after))


# --- people ---------------------------------------------------------------------------------------


def forget_people(subject: Subject, *, at: datetime) -> dict[str, int | bytes]:
    """What stands elsewhere under their name or address, and then they themselves."""
    contacts = list(subject.contacts.values_list("pk", flat=True))
    customers = list(subject.customers.values_list("pk", flat=True))
    addresses = subject.addresses()
    asked = SideConversation.objects.filter(address__in=addresses)
    theirs = Q(side__in=list(asked.values_list("pk", flat=True)), author=None)
    said = Message.objects.filter(Q(contact__in=contacts) | theirs)
    files = Attachment.objects.filter(message__in=said)
    digests = set(files.values_list("digest", flat=True))
    files.delete()
    remove_files(digests)
    elsewhere = list(said.exclude(body=GONE).values_list("ticket", flat=True).distinct())
    found: dict[str, int | bytes] = {"messages": empty_messages(said)}
    _forget_befores(contacts)
    SideDraft.objects.filter(Q(side__in=asked) | Q(to__in=addresses)).delete()
    asked.update(address="")
    SearchDoc.objects.mark_stale(elsewhere)
    found["deliveries"] = empty_deliveries(Delivery.objects.filter(recipient__in=addresses))
    found["mails"] = empty_mails(InboundMail.objects.filter(sender__in=addresses), at=at)
    found["arrived"] = forget_arrived(addresses)
    Response.objects.filter(survey__contact__in=contacts).update(comment="")
    _forget_rules(addresses, at=at)
    forget_stopped(addresses, at=at)
    forget_files(subject, addresses)
    names = [name for name in _names(subject) if name]
    forget_imports(addresses, names)
    mask_journal(addresses)
    mask_mentions(addresses)
    for work in settings.FORGETTING:
        import_string(work)()
    _forget_admin_log(contacts, customers)
    about = Activity.objects.filter(
        Q(kind="contact", subject_id__in=contacts) | Q(kind="customer", subject_id__in=customers)
    )
    found["activities"], found["proof"] = seals.redact(about, keep=FACTS, at=at)
    found["people"] = Contact.objects.filter(pk__in=contacts).update(
        name="", email=_numbered("erased-", f"@{ERASED_DOMAIN}"), phone="", external_id=None
    )
    CustomerNote.objects.filter(customer__in=customers).update(body=GONE)
    Customer.objects.filter(pk__in=customers).update(
        name=_numbered("Erased customer "), external_id=None, domain=""
    )
    return found


def _forget_befores(contacts: Sequence[int]) -> None:
    """How tickets of others stood before an import told them anew, where these people speak."""
    for contact in contacts:
        ImportBefore.objects.filter(
            Q(contact=contact) | Q(messages__contains=[{"contact_id": contact}])
        ).delete()


def _names(subject: Subject) -> list[str]:
    rows = (*subject.contacts, *subject.customers)
    return [value for row in rows for value in (row.name, row.external_id) if value]


def forget_arrived(addresses: Sequence[str]) -> int:
    """Raw events that name one of the addresses."""
    named = [address.encode() for address in addresses]
    gone = 0
    for address, raw in zip(addresses, named, strict=True):
        found = InboundEvent.objects.extra(
            where=["(position(%s in body) > 0 OR headers::text ILIKE %s OR key ILIKE %s)"],
            params=[raw, f"%{escaped(address)}%", f"%{escaped(address)}%"],
        )
        numbers = list(found.values_list("pk", flat=True))
        seals.redact(
            Activity.objects.filter(kind="inbound_event", subject_id__in=numbers),
            keep=FACTS,
            at=timezone.now(),
        )
        gone += InboundEvent.objects.filter(pk__in=numbers).delete()[0]
    return gone


def _forget_rules(addresses: Sequence[str], *, at: datetime) -> None:
    found = SenderRule.objects.filter(pattern__in=addresses)
    numbers = list(found.values_list("pk", flat=True))
    about = Activity.objects.filter(kind=SenderRule.kind, subject_id__in=numbers)
    seals.redact(about, keep=FACTS, at=at)
    found.delete()


def forget_stopped(addresses: Sequence[str], *, at: datetime) -> None:
    """That mail to them came back, even if that was lifted long ago."""
    found = StoppedAddress.objects.filter(address__in=addresses)
    told = Activity.objects.filter(kind=StoppedAddress.kind)
    lifted = told.filter(data__address__in=addresses).values_list("subject_id", flat=True)
    numbers = [*found.values_list("pk", flat=True), *lifted]
    seals.redact(told.filter(subject_id__in=numbers), keep=FACTS, at=at)
    found.delete()


def forget_files(subject: Subject, addresses: Sequence[str]) -> None:
    """Copies that were made for somebody to fetch."""
    people = Q(whose=Whose.CONTACT, subject_id__in=subject.contacts.values("pk"))
    around = Q(whose=Whose.CUSTOMER, subject_id__in=subject.contacts.values("customer"))
    own = Q(whose=subject.whose, subject_id=subject.pk)
    for takeout in Takeout.objects.filter(people | around | own).exclude(digest=""):
        takeout.path.unlink(missing_ok=True)
        Takeout.objects.filter(pk=takeout.pk).update(digest="", size=0)
    _remove_where_named("exports", addresses)


def _remove_where_named(folder: str, addresses: Sequence[str], *, but: Iterable[str] = ()) -> None:
    wanted, kept = [one.encode() for one in addresses], set(but)
    for path in (Path(settings.MEDIA_ROOT) / folder).glob("*"):
        if path.is_file() and str(path) not in kept and holds(path, wanted):
            path.unlink(missing_ok=True)


def forget_imports(addresses: Sequence[str], names: Sequence[str]) -> None:
    """Rejected rows and raw files that speak of them; the counts of the runs stay."""
    said = Q()
    for one in (*addresses, *names):
        said |= Q(reason__icontains=one)
    if said:
        ImportRejection.objects.filter(said).update(reason=GONE)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customers_importrun SET rejected = '[]' WHERE rejected::text ILIKE ANY(%s)",
            [[f"%{escaped(one)}%" for one in (*addresses, *names)]],
        )
    running = ImportRun.objects.filter(state="running").values_list("path", flat=True)
    _remove_where_named("imports", addresses, but=running)


def holds(path: Path, wanted: Sequence[bytes]) -> bool:
    """Whether a file holds one of these, in any case; read a megabyte at a time."""
    wanted = [one.lower() for one in wanted]
    longest = max(map(len, wanted), default=0)
    tail = b""
    with path.open("rb") as source:
        while block := source.read(1024 * 1024):
            seen = (tail + block).lower()
            if any(one in seen for one in wanted):
                return True
            tail = block[-longest:]
    return False


def mask_journal(addresses: Sequence[str]) -> None:
    """Overwrite addresses in the journal of sends where they stand: its lines keep their place."""
    for path in journal.folder().glob("*.jsonl"):
        content = path.read_bytes()
        for address in addresses:
            raw = address.encode()
            start = content.find(raw)
            while start >= 0:
                with path.open("r+b") as file:
                    file.seek(start)
                    file.write(b"x" * len(raw))
                start = content.find(raw, start + len(raw))


def mask_mentions(addresses: Sequence[str]) -> None:
    """Take their addresses out of what we wrote elsewhere."""
    for label, decided in COLUMNS.items():
        if not isinstance(decided, dict):
            continue
        table = apps.get_model(label)._meta.db_table
        for column in (name for name, what in decided.items() if what == MENTION):
            for address in addresses:
                with connection.cursor() as cursor:
                    cursor.execute(
                        f"UPDATE {table} SET {column} = replace({column}, %s, %s)"  # noqa: S608
                        f" WHERE {column} LIKE %s",
                        [address, f"erased@{ERASED_DOMAIN}", f"%{escaped(address)}%"],
                    )


def _forget_admin_log(contacts: Sequence[int], customers: Sequence[int]) -> None:
    for model, numbers in (("contact", contacts), ("customer", customers)):
        LogEntry.objects.filter(
            content_type__app_label="customers",
            content_type__model=model,
            object_id__in=list(map(str, numbers)),
        ).update(object_repr=GONE, change_message="")


def escaped(text: str) -> str:
    """Text that a LIKE takes literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
