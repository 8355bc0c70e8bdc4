"""Everything known of somebody as one zip: records as JSON Lines, files, mails as they came.

Parts are written under names that follow from the cursor, so that a step done twice writes the
same; the last step packs them with a manifest of their checksums.
"""

import json
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, Q
from django.utils import timezone

from apps.customers.models import CustomerNote
from apps.features.models import Insight
from apps.outbox.models import (
    Delivery,
    DeliveryAttempt,
    InboundEvent,
    Job,
    Notification,
    StoppedAddress,
)
from apps.surveys.models import Response
from apps.tickets.files import path_of
from apps.tickets.models import Attachment, InboundMail, Message, OwedAnswer, Ticket
from apps.timeline.models import Activity

from .forgetting.emptying import escaped
from .forgetting.tickets import speaks_of
from .models import KEPT, Takeout
from .subject import Subject

CHUNK = 200


def step(job: Job) -> bool:
    """One chunk of tickets, or the rest and the zip."""
    takeout = Takeout.objects.get(pk=job.params["takeout"])
    subject = takeout.subject
    after = job.cursor.get("after", 0)
    tickets = list(subject.tickets.filter(pk__gt=after).order_by("pk")[:CHUNK])
    if tickets:
        write_tickets(takeout.folder, tickets, part=after)
        job.cursor, job.done = {"after": tickets[-1].pk}, job.done + len(tickets)
        return False
    write_people(takeout.folder, subject)
    at = timezone.now()
    pack(takeout.folder, takeout.path, takeout, at=at)
    takeout.digest, takeout.size = digest_of(takeout.path), takeout.path.stat().st_size
    takeout.done_at, takeout.expires_at = at, at + KEPT
    takeout.save()
    job.done += 1
    job.result = {"url": f"/privacy/takeouts/{takeout.pk}/", "label": "Fetch the file"}
    return True


def write_tickets(folder: Path, tickets: list[Ticket], *, part: int) -> None:
    """These tickets with what was said, their timeline, files and deliveries."""
    numbers = [ticket.pk for ticket in tickets]
    messages = Message.objects.filter(ticket__in=numbers).order_by("pk")
    write(folder, f"tickets/{part:012d}.jsonl", map(plain, tickets))
    write(folder, f"messages/{part:012d}.jsonl", map(plain, messages))
    for message in messages:
        if message.headers:
            mail = folder / "mails" / f"{message.pk}.eml"
            mail.parent.mkdir(parents=True, exist_ok=True)
            mail.write_text(f"{message.headers}\n\n{message.body}\n{message.quoted}\n", "utf-8")
    files = Attachment.objects.filter(message__in=messages)
    write(folder, f"attachments/{part:012d}.jsonl", map(plain, files))
    for one in files:
        content = path_of(one.digest)
        if content.exists():
            target = folder / "files" / one.digest
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(content, target)
    mails = InboundMail.objects.filter(ticket__in=numbers).select_related("raw").order_by("pk")
    write(folder, f"mails/{part:012d}.jsonl", map(plain, mails))
    for one in mails:
        if one.raw:
            (folder / "mails" / f"as-it-came-{one.pk}.eml").write_bytes(bytes(one.raw.body))
    answers = Response.objects.filter(survey__ticket__in=numbers).order_by("pk")
    write(folder, f"answers/{part:012d}.jsonl", map(plain, answers))
    asked = Insight.objects.filter(ticket__in=numbers).order_by("pk")
    write(folder, f"insights/{part:012d}.jsonl", map(plain, asked))
    owed = OwedAnswer.objects.filter(asked_on__in=numbers).order_by("pk")
    write(folder, f"owed-answers/{part:012d}.jsonl", map(plain, owed))
    about = Activity.objects.filter(kind="ticket", subject_id__in=numbers).order_by("pk")
    write(folder, f"activities/{part:012d}.jsonl", map(plain, about))
    told = Delivery.objects.filter(subject_kind="ticket", subject_id__in=numbers).order_by("pk")
    write(folder, f"deliveries/{part:012d}.jsonl", map(plain, told))
    tries = DeliveryAttempt.objects.filter(delivery__in=told).order_by("pk")
    write(folder, f"attempts/{part:012d}.jsonl", map(plain, tries))
    heard = Notification.objects.filter(speaks_of(numbers)).order_by("pk")
    write(folder, f"notifications/{part:012d}.jsonl", map(plain, heard))


def write_people(folder: Path, subject: Subject) -> None:
    """Who they are, and what came and went under their addresses."""
    write(folder, "customers.jsonl", map(plain, subject.customers))
    write(folder, "contacts.jsonl", map(plain, subject.contacts))
    notes = CustomerNote.objects.filter(customer__in=subject.customers).order_by("pk")
    write(folder, "notes.jsonl", map(plain, notes))
    contacts = subject.contacts.values("pk")
    for kind, numbers in (("contact", contacts), ("customer", subject.customers.values("pk"))):
        about = Activity.objects.filter(kind=kind, subject_id__in=numbers).order_by("pk")
        write(folder, f"activities/{kind}.jsonl", map(plain, about))
    own = subject.tickets.values("pk")
    addresses = subject.addresses()
    asked = Q(side__address__in=addresses, author=None)  # what they answered aside
    said = Message.objects.filter(Q(contact__in=contacts) | asked).exclude(ticket__in=own)
    write(folder, "messages/elsewhere.jsonl", map(plain, said.order_by("pk")))
    told = Delivery.objects.filter(recipient__in=addresses).order_by("pk")
    write(folder, "deliveries/by-address.jsonl", map(plain, told.iterator()))
    tries = DeliveryAttempt.objects.filter(delivery__in=told).order_by("pk")
    write(folder, "attempts/by-address.jsonl", map(plain, tries.iterator()))
    stopped = StoppedAddress.objects.filter(address__in=addresses).order_by("pk")
    write(folder, "stopped-addresses.jsonl", map(plain, stopped))
    for address in addresses:
        arrived = InboundEvent.objects.extra(
            where=["(position(%s in body) > 0 OR headers::text ILIKE %s)"],
            params=[address.encode(), f"%{escaped(address)}%"],
        )
        for event in arrived.iterator():
            raw = folder / "arrived" / f"{event.pk}.raw"
            raw.parent.mkdir(parents=True, exist_ok=True)
            raw.write_bytes(bytes(event.body))


def plain(record: Model) -> dict[str, Any]:
    """Every column of a row, as JSON carries it; bytes as hexadecimal digits."""
    told = {}
    for field in record._meta.concrete_fields:
        value = field.value_from_object(record)
        told[field.attname] = bytes(value).hex() if isinstance(value, memoryview | bytes) else value
    return told


def write(folder: Path, name: str, records: Iterable[dict[str, Any]]) -> None:
    """A part as JSON Lines, whole or not at all; nothing where there is nothing."""
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    arriving = target.with_suffix(".arriving")
    lines = 0
    with arriving.open("w", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(record, cls=DjangoJSONEncoder, ensure_ascii=False) + "\n")
            lines += 1
    if lines:
        arriving.replace(target)
    else:
        arriving.unlink()


def pack(folder: Path, target: Path, takeout: Takeout, *, at: datetime) -> None:
    """All parts and the manifest in one zip; the parts go."""
    arriving = target.with_suffix(".arriving")
    parts = sorted(_files(folder))
    manifest = {
        "whose": takeout.whose,
        "id": takeout.subject_id,
        "made_at": at.isoformat(),
        "files": {str(one.relative_to(folder)): digest_of(one) for one in parts},
    }
    with zipfile.ZipFile(arriving, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("manifest.json", json.dumps(manifest, indent=1))
        for one in parts:
            pack.write(one, one.relative_to(folder))
    arriving.replace(target)
    shutil.rmtree(folder)


def _files(folder: Path) -> Iterator[Path]:
    return (one for one in folder.rglob("*") if one.is_file())


def digest_of(path: Path) -> str:
    found = sha256()
    with path.open("rb") as source:
        while block := source.read(1024 * 1024):
            found.update(block)
    return found.hexdigest()


def tidy(*, at: datetime) -> int:
    """The daily slot: files that nobody may fetch any more; how many."""
    gone = 0
    for takeout in Takeout.objects.filter(expires_at__lt=at).exclude(digest=""):
        takeout.path.unlink(missing_ok=True)
        Takeout.objects.filter(pk=takeout.pk).update(digest="", size=0)
        gone += 1
    return gone
